"""Child processes that never outlive a test, whatever ends it, and ports for them."""

import ctypes
import os
import random
import resource
import signal
import socket
import stat
import subprocess
import time

_prctl = ctypes.CDLL(None, use_errno=True).prctl
_PR_SET_PDEATHSIG = 1


def allow_many_sockets(count=16384):
    """A thousand clients in one process need more descriptors than the usual soft limit; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count), hard))


def free_port():
    """Below the range that the kernel hands to outgoing connections, so that it stays free until it is used."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_for(what, condition, seconds=20.0, every=0.02):
    """Polls until `condition()` is true and returns its value; fails with `what` after `seconds`."""
    give_up = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > give_up:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(every)


def _children(parent):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == parent:
            found.append(int(pid))
    return found


class Child:
    """A process in its own group that the kernel kills when this one dies."""

    def __init__(self, argv, log_path, env=None, user=None, cwd="/", death_signal=signal.SIGKILL):
        def die_with_parent():
            _prctl(_PR_SET_PDEATHSIG, int(death_signal))

        self.argv = argv
        self.log_path = log_path
        self.is_paused = False
        with open(log_path, "ab") as log:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=cwd,
                                             user=user, group=user, extra_groups=[] if user else None,
                                             start_new_session=True, preexec_fn=die_with_parent)

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process.poll() is None

    def log(self):
        if stat.S_ISFIFO(os.stat(self.log_path).st_mode):
            return "its log is a pipe, and is its reader's"
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def send(self, number):
        """To it and its children: Postgres has a process per connection, each in a session of its own."""
        for pid in [self.pid] + _children(self.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def pause(self):
        self.is_paused = True
        self.send(signal.SIGSTOP)

    def resume(self):
        self.send(signal.SIGCONT)
        self.is_paused = False

    def kill(self):
        self.send(signal.SIGKILL)
        self._process.wait()

    def wait(self, seconds=20):
        """Returns the exit code of a process that ends by itself."""
        return self._process.wait(timeout=seconds)

    def stop(self, number=signal.SIGTERM, seconds=20):
        """Asks politely and returns the exit code; kills, and returns None, when that takes too long."""
        if self.is_paused:
            self.resume()
        if self.is_running():
            os.kill(self.pid, number)
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
