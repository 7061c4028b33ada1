"""A private Redis and a private Postgres for one test."""

import fcntl
import glob
import hashlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from processes import Child, free_port, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REDIS_PASSWORD = "redis-secret-9f2c"
POSTGRES_PASSWORD = "postgres-secret-71ab"
OTHER_ADDRESS = "127.0.0.2"


class RedisError(Exception):
    pass


class RedisClient:
    """As much of RESP2 as the tests need. Speaks to the server through its socket file, so that faults on its port
    do not concern it."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        try:
            self._socket.connect(path)
            self._file = self._socket.makefile("rb")
            self("AUTH", REDIS_PASSWORD)
        except Exception:
            self._socket.close()
            raise

    @classmethod
    def ask(cls, port, *words):
        """One command over TCP without a password: what a sentinel understands."""
        client = cls.__new__(cls)
        client._socket = socket.create_connection(("127.0.0.1", port), timeout=2)
        client._file = client._socket.makefile("rb")
        try:
            return client(*words)
        finally:
            client.close()

    def __call__(self, *words):
        encoded = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        parts = [b"*%d\r\n" % len(encoded)] + [b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded]
        self._socket.sendall(b"".join(parts))
        return self._reply()

    def _reply(self):
        line = self._file.readline()
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2]
        return None if rest == b"-1" else [self._reply() for _ in range(int(rest))]

    def close(self):
        self._file.close()
        self._socket.close()


class Redis:
    def __init__(self, folder):
        self.port = free_port()
        self.path = os.path.join(folder, "redis.sock")
        self._folder = folder
        self._dump = os.path.join(folder, "dump.rdb")
        self._client = None
        self.child = None
        self.start()

    @property
    def url(self):
        return self.url_at("127.0.0.1")

    def url_at(self, address):
        """Also served at OTHER_ADDRESS, so that a fault can concern one client alone."""
        return f"redis://:{REDIS_PASSWORD}@{address}:{self.port}/0"

    def save(self):
        """What a later start(dump=…) shall find: the state of now."""
        self("SAVE")
        shutil.copy(self._dump, self._dump + ".kept")
        os.remove(self._dump)
        return self._dump + ".kept"

    def start(self, dump=None):
        """Empty, or with an old dump."""
        if dump:
            shutil.copy(dump, self._dump)
        self.child = Child(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "-" + OTHER_ADDRESS,
                            "--unixsocket", self.path,
                            "--save", "", "--dir", self._folder, "--requirepass", REDIS_PASSWORD],
                           os.path.join(self._folder, "redis.log"))
        wait_for("Redis answers", self._answers)
        if dump:
            os.remove(self._dump)

    def _answers(self):
        try:
            self._client = RedisClient(self.path)
            return self("PING") == b"PONG"
        except (OSError, RedisError):
            return False

    def __call__(self, *words):
        return self._client(*words)

    def kill(self):
        self._client.close()
        self.child.kill()

    def stop(self):
        self._client.close()
        self.child.stop()


def _postgres_program(name):
    folders = glob.glob("/usr/lib/postgresql/*/bin")
    newest = max(folders, key=lambda path: int(path.split("/")[4]))
    return os.path.join(newest, name)


def _initdb():
    return [_postgres_program("initdb"), "-U", "weir", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync", "--wal-segsize=1"]


def _catalogue():
    return [os.path.join(ROOT, "config", name) for name in ("schema.sql", "catalogue.sql")]


def _kept_cluster():
    """Where this clone keeps the cluster that is made of these words and files."""
    known = hashlib.sha256("\n".join([*_initdb(), POSTGRES_PASSWORD]).encode())
    for path in _catalogue():
        with open(path, "rb") as file:
            known.update(file.read())
    folder = os.path.join(ROOT, "build", "test-clusters")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, known.hexdigest()[:16])


class Postgres:
    """Knows no fsync: a test's data need not survive the machine."""

    def __init__(self, folder, settings=()):
        self.port = free_port()
        self._settings = settings
        self._folder = os.path.join(folder, "postgres")
        self._user = None
        os.mkdir(self._folder)
        if os.geteuid() == 0:  # Postgres refuses to run as root
            self._user = "postgres"
            shutil.chown(self._folder, "postgres", pwd.getpwnam("postgres").pw_gid)
        self._data = os.path.join(self._folder, "data")
        self._sessions = []
        self._make_cluster(folder)
        self.start()

    @property
    def url(self):
        return f"postgresql://weir:{POSTGRES_PASSWORD}@127.0.0.1:{self.port}/weir"

    def _make_cluster(self, folder):
        """Making a cluster with the catalogue in it costs a second of computing, and more than a hundred tests have one
        of their own: the first of them keeps a copy in build/, the others copy it back."""
        try:
            kept = _kept_cluster()
            lock = open(kept + ".lock", "w")
        except OSError:
            self._fill_cluster(folder)
            return
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(kept):
                self._fill_cluster(folder)
                shutil.rmtree(kept + ".unfinished", ignore_errors=True)
                subprocess.run(["cp", "-a", self._data, kept + ".unfinished"], check=True)
                os.rename(kept + ".unfinished", kept)
                return
        subprocess.run(["cp", "-a", kept, self._data], check=True)

    def _fill_cluster(self, folder):
        with tempfile.NamedTemporaryFile("w", dir=folder) as password:
            password.write(POSTGRES_PASSWORD)
            password.flush()
            os.chmod(password.name, 0o644)
            subprocess.run([*_initdb(), "-D", self._data, "--pwfile", password.name], check=True,
                           stdout=subprocess.DEVNULL, user=self._user, group=self._user,
                           extra_groups=[] if self._user else None, cwd="/")
        self.start()
        self.sql("create database weir", database="postgres")
        for path in _catalogue():
            self.file(path)
        self.stop()

    def start(self):
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self._folder}",
                    "fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=120",
                    "dynamic_shared_memory_type=mmap",  # in its folder: nothing in /dev/shm outlives a kill
                    "log_min_error_statement=panic", *self._settings]
        self.child = Child([_postgres_program("postgres"), "-D", self._data] + [w for s in settings for w in ("-c", s)],
                           os.path.join(os.path.dirname(self._folder), "postgres.log"), user=self._user,
                           death_signal=signal.SIGQUIT)
        wait_for("Postgres answers", lambda: self._psql(["-c", "select 1"], "postgres").returncode == 0, every=0.05)

    def _command(self, database):
        return [_postgres_program("psql"), "-h", self._folder, "-p", str(self.port), "-U", "weir", "-d", database, "-X", "-q", "-At",
                "-v", "ON_ERROR_STOP=1"]

    def _psql(self, words, database):
        return subprocess.run(self._command(database) + words, capture_output=True, text=True)

    def sql(self, text, database="weir"):
        """Rows as lines, columns joined by '|'. Goes through the socket folder: faults on the port do not concern it."""
        done = self._psql(["-c", text], database)
        if done.returncode != 0:
            raise AssertionError(f"{text}: {done.stderr}")
        return done.stdout.strip()

    def file(self, path):
        done = self._psql(["-f", path], "weir")
        if done.returncode != 0:
            raise AssertionError(f"{path}: {done.stderr}")

    def session(self):
        session = Session(self._command("weir"))
        self._sessions.append(session)
        return session

    def kill(self):
        self._close_sessions()
        self.child.kill()

    def stop(self):
        self._close_sessions()
        self.child.stop(signal.SIGINT)

    def _close_sessions(self):
        for session in self._sessions:
            session.close()
        self._sessions.clear()


class Session:
    """One connection that stays open: for transactions across steps, and for sampling without a new process each time."""

    _END = "--end--"

    def __init__(self, command):
        self._psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, text):
        self._psql.stdin.write(f"{text};\n\\echo {self._END}\n")
        self._psql.stdin.flush()
        lines = []
        while (line := self._psql.stdout.readline().rstrip("\n")) != self._END:
            if not line and self._psql.poll() is not None:
                raise AssertionError(f"{text}: psql ended")
            lines.append(line)
        return "\n".join(lines)

    def close(self):
        self._psql.stdin.close()
        self._psql.stdout.close()
        self._psql.wait()


def redact(text):
    """URLs in test output carry no passwords either."""
    return re.sub(r"://[^@\s]*@", "://…@", text)
