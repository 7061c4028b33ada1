"""Three nodes under load while something breaks, over and over: what tests and long runs of the checker share."""

import json
import os
import time
import unittest

import faults
from case import ServiceCase
from checker import JOINED, JOINED_FILE, JOINED_SCHEMA, SCHEMA, Checker, summary
from node import BINARY, SHIPPED
from servers import OTHER_ADDRESS, Redis

LEASE = 1.0  # seconds that a node may trust its L1 without a confirmed renewal
ACKNOWLEDGED_WANTED = int(os.environ.get("WEIR_CHECKER_WRITES", "0"))  # per fault; 0: a few seconds of it
# Times are judged in a long run, on a machine that does nothing else; a busy one says nothing about them.
IS_MEASURED = ACKNOWLEDGED_WANTED > 0
BOUND = 1000 if IS_MEASURED else 3000  # ms within which a write that bypasses Weir is seen, p99
REPORT = os.environ.get("WEIR_CHECKER_REPORT")  # a file for the whole of it
SECONDS = float(os.environ.get("WEIR_CHECKER_SECONDS", "4"))


def fault_binary():
    binary = os.environ.get("WEIR_FAULT_BINARY", os.path.join(os.path.dirname(BINARY), "weir_with_fault_points"))
    if not os.path.exists(binary):
        raise unittest.SkipTest("NOT TESTED: there is no binary with fault points")
    return binary


def leave_report(report):
    if REPORT:
        with open(REPORT, "w") as file:
            json.dump(report, file)


class FreshCase(ServiceCase):
    has_joins = False  # whether the checker also asks for what shows rows through joins

    def prepare(self):
        self.postgres.sql(SCHEMA)
        with open(SHIPPED) as shipped:  # without a line for each of some 100,000 requests
            text = shipped.read().replace("# access_sample = 1", "access_sample = 0")
        if self.has_joins:
            self.postgres.sql(JOINED_SCHEMA)
            text += JOINED_FILE
        self.config = self.write_file("quiet.toml", text)

    def next_version(self):
        """The same file with keys of another version: its nodes are another consumer."""
        with open(self.config) as file:
            return self.write_file("next.toml", file.read().replace('version = "v1"', 'version = "v2"'))

    def start_nodes(self, configs=(None, None, None), **more):
        """The last one speaks to Redis at an address of its own."""
        elsewhere = {"WEIR_REDIS_URL": self.redis.url_at(OTHER_ADDRESS)} if self.redis_kind is Redis else {}
        for urls, config in zip(({}, {}, elsewhere), configs):
            self.start_node(keeps_ports=True, config=config, WEIR_WORKERS="2", **urls, **more)

    def start_faulty_nodes(self, fault, **more):
        """With the binary whose fault points read the environment; the shipped one has none."""
        self.start_nodes(binary=fault_binary(), WEIR_TEST_FAULT=fault, **more)

    def load(self, **options):
        if self.has_joins:
            options = {"joined": JOINED, **options}
        checker = Checker(self.nodes, self.postgres, **options)
        self.addCleanup(checker.close)
        return checker

    def run_under(self, fault, has_exception=False, **options):
        """Repeats `fault(round)` under load and waits each time until every node is healthy again; the report.
        With an exception: what is stale between a fault and the recovery from it is excused."""
        checker = self.load(**options)
        checker.wait_healthy(range(len(self.nodes)))
        began, recoveries, during_faults = time.monotonic(), [], 0
        while self._goes_on(checker, began, recoveries):
            before = checker.progress["violations"]
            fault(len(recoveries))
            recoveries.append(checker.wait_healthy(range(len(self.nodes))))
            during_faults += checker.progress["violations"] - before
            if IS_MEASURED:
                print(f"  {checker.acknowledged} acknowledged, {checker.progress['violations']} violations, "
                      f"recovery {len(recoveries)} took {recoveries[-1]:.1f} s", flush=True)
        report = checker.stop()
        report.update(rounds=len(recoveries), recovery_s=max(recoveries), excused=during_faults if has_exception else 0)
        leave_report(report)
        print(f"{self.id()}: {len(recoveries)} rounds, recovery at most {max(recoveries):.1f} s; {summary(report)}",
              flush=True)
        return report

    @staticmethod
    def _goes_on(checker, began, recoveries):
        if IS_MEASURED:
            return checker.acknowledged < ACKNOWLEDGED_WANTED
        return not recoveries or time.monotonic() - began < SECONDS

    def assert_fresh(self, report):
        self.assertEqual(report["excused"], report["violations"], json.dumps(report["first_violations"][:3], indent=1))
        self.assertGreater(report["acknowledged"], 0)
        if report["bypass_unseen_ms"]["count"]:
            self.assertLessEqual(report["bypass_unseen_ms"]["p99"], BOUND)


# The faults. Each breaks something while the load goes on, and heals it.

def let_it_run(_case, _round):
    time.sleep(1.0)


def kill_a_node(case, number):
    node = case.nodes[number % 3]
    node.kill()
    time.sleep(0.3)
    node.start()


def stop_a_node(case, number):
    node = case.nodes[number % 3]
    node.child.pause()
    time.sleep(1.6 * LEASE)
    node.child.resume()


def roll(case, _round):
    """To the next version of the file, a node at a time, and back."""
    for config in (case.next_version(), case.config):
        for node in case.nodes:
            node.stop()
            node.start(config)
            node.wait_ready()


def kill_subscribers(case, _round):
    _kill_clients(case, "pubsub")


def kill_data_connections(case, _round):
    _kill_clients(case, "normal")


def _kill_clients(case, kind):
    for _ in range(3):
        case.redis("CLIENT", "KILL", "TYPE", kind)
        time.sleep(0.1)


def restart_redis_empty(case, _round):
    case.redis.kill()
    time.sleep(0.4)
    case.redis.start()


def restart_redis_with_an_old_dump(case, _round):
    dump = case.redis.save()
    time.sleep(0.8)  # every row is written meanwhile
    case.redis.kill()
    time.sleep(0.2)
    case.redis.start(dump=dump)


def cut_a_node_off(case, _round):
    """No reset, no error: only silence, for longer than the node's lease."""
    faults.black_hole(case.redis.port, OTHER_ADDRESS)
    time.sleep(1.6 * LEASE)
    faults.heal()


def fail_over(case, _round):
    case.redis.fail_over()


def restart_postgres(case, _round):
    case.postgres.stop()
    case.postgres.start()


def kill_postgres(case, _round):
    case.postgres.kill()
    time.sleep(0.3)
    case.postgres.start()
