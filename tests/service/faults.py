"""Packets that vanish: iptables drops what goes to and from a port of the loopback interface."""

import functools
import os
import shutil
import subprocess
import unittest

_rules = []


def _iptables(*words):
    return subprocess.run(["iptables", "-w", "5", *words], capture_output=True, text=True)


@functools.cache
def _why_not():
    if os.geteuid() != 0:
        return "only root may drop packets"
    if not shutil.which("iptables"):
        return "iptables is not installed"
    probe = _iptables("-n", "-L", "INPUT")
    return f"iptables does not work here: {probe.stderr.strip()}" if probe.returncode != 0 else None


def black_hole(port, address=None):
    """Established connections too; nobody gets a reset. Until heal(). With an address: only for those who speak to the
    server at that address of the loopback interface."""
    if _why_not():
        raise unittest.SkipTest(f"NOT TESTED: black hole: {_why_not()}")
    for side, end in (("--dport", "-d"), ("--sport", "-s")):
        whose = [end, address] if address else []
        rule = ["INPUT", "-i", "lo", "-p", "tcp", side, str(port), *whose, "-j", "DROP"]
        done = _iptables("-I", *rule)
        if done.returncode != 0:
            raise AssertionError(f"iptables: {done.stderr}")
        _rules.append(rule)


def heal():
    while _rules:
        _iptables("-D", *_rules.pop())
