"""weir_checker (tests/checker) at work: starts it against running nodes, follows its progress, returns its report."""

import json
import os
import subprocess
import threading
import time

from node import TOKEN
from processes import wait_for
from servers import ROOT

PROGRAM = os.environ.get("WEIR_CHECKER", os.path.join(ROOT, "build", "release", "weir_checker"))
ROWS, LISTS = 64, 8

# A request whose client gave up may still be carried out, after the row's next version was written: it must not set the
# row back, or the history would not be what the checker believes.
SCHEMA = f"""
insert into products (id, locale, name, price_cents, currency)
select 'c' || n, 'x' || (n % {LISTS}), 'Checked ' || n, 0, 'USD' from generate_series(0, {ROWS - 1}) as n;
create function never_back() returns trigger language plpgsql as $$
begin
    if new.price_cents < old.price_cents then return null; end if;
    return new;
end $$;
create trigger never_back before update on products for each row when (old.id like 'c%') execute function never_back();
"""


# What shows rows through joins: an order its line's product, a basket the product of its order, a shelf those of all its
# lines. Which ones they show changes all the time (--moving).
JOINED = 16
JOINED_SCHEMA = f"""
create table lines (order_no int primary key, product text not null, shelf int not null);
create table baskets (basket int primary key, order_no int not null);
insert into lines select n, 'c' || n, n % 4 from generate_series(0, {JOINED - 1}) as n;
insert into baskets select n, n from generate_series(0, {JOINED - 1}) as n;
"""
SHOWN = "json_build_object('id', p.id, 'price_cents', p.price_cents)"
JOINED_FILE = f"""
[resource.order]
path = "/v1/checked/orders/{{n}}"
key = "checked:order:{{n}}"
ttl = "5m"
parameter.n = {{ type = "integer" }}
sql = "select json_build_array({SHOWN}) as items from lines l join products p on p.id = l.product where l.order_no = {{n}}"

[resource.basket]
path = "/v1/checked/baskets/{{n}}"
key = "checked:basket:{{n}}"
ttl = "5m"
parameter.n = {{ type = "integer" }}
sql = '''
select json_build_array({SHOWN}) as items
  from baskets b join lines l using (order_no) join products p on p.id = l.product where b.basket = {{n}}'''

[resource.shelf]
path = "/v1/checked/shelves/{{n}}"
key = "checked:shelf:{{n}}"
ttl = "5m"
parameter.n = {{ type = "integer" }}
sql = '''
select sum(p.price_cents) as total, coalesce(json_agg({SHOWN}), '[]') as items
  from lines l join products p on p.id = l.product where l.shelf = {{n}}'''

[change.baskets]
keys = ["checked:basket:{{basket}}"]

[change.lines]
keys = ["checked:order:{{order_no}}", "checked:shelf:{{shelf}}"]
[[change.lines.through]]
sql = "select basket from baskets where order_no = {{order_no}}"
keys = ["checked:basket:{{basket}}"]

[[change.products.through]]
sql = "select order_no, shelf from lines where product = {{id}}"
keys = ["checked:order:{{order_no}}", "checked:shelf:{{shelf}}"]
[[change.products.through]]
sql = "select basket from lines join baskets using (order_no) where product = {{id}}"
keys = ["checked:basket:{{basket}}"]
"""


class Checker:
    def __init__(self, nodes, postgres, **options):
        words = [PROGRAM, f"--rows={ROWS}", f"--lists={LISTS}"]
        words += [f"--node={node.port}/{node.admin_port}" for node in nodes]
        words += [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        env = {"WEIR_ADMIN_TOKEN": TOKEN, "WEIR_POSTGRES_URL": postgres.url}
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True)
        self._seen = []  # progress, oldest first
        self._report = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wait_for("the checker loads the nodes", lambda: self._seen or not self._reader.is_alive())

    def _read(self):
        for line in self._process.stdout:
            said = json.loads(line)
            if "report" in said:
                self._report = said["report"]
            else:
                self._seen = self._seen[-9:] + [said["progress"]]

    @property
    def progress(self):
        if not self._reader.is_alive():
            raise AssertionError(f"weir_checker ended with {self._process.wait()}")
        return self._seen[-1]

    @property
    def acknowledged(self):
        return self.progress["acknowledged"]

    def wait_healthy(self, nodes, seconds=20):
        """Until, for two rounds of progress in a row, every one of these nodes acknowledged writes and nothing else,
        and answered from its L1. Returns how long that took."""
        began = time.monotonic()
        first = self.progress["seconds"]

        def is_healthy():
            now = self.progress
            rounds = [seen for seen in self._seen if seen["seconds"] >= first][-3:]
            return len(rounds) == 3 and all(_is_healthy(before["nodes"][n], after["nodes"][n])
                                            for before, after in zip(rounds, rounds[1:]) for n in nodes) and now
        try:
            wait_for("every node is healthy", is_healthy, seconds, every=0.05)
        except AssertionError as late:
            raise AssertionError(f"{late}; the last rounds: {self._seen[-3:]}") from None
        return time.monotonic() - began

    def stop(self):
        """The report. Ends with every client's last request."""
        if self._report is None and self._process.poll() is None:
            try:
                self._process.stdin.write("stop\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                pass
        self._reader.join(timeout=30)
        self.close()
        if self._report is None:
            raise AssertionError(f"weir_checker gave no report and ended with {self._process.returncode}")
        return self._report

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass


def _is_healthy(before, after):
    grown = {name: after[name] - before[name] for name in after}
    return (grown["acknowledged"] > 0 and grown["l1"] > 0 and
            not any(grown[name] for name in ("pending", "failed", "errors")))


def summary(report):
    """What a reader of a log wants to see of a report, in one line."""
    cost, unseen = report["acknowledged_ms"], report["bypass_unseen_ms"]
    reads = {name: sum(node[name] for node in report["nodes"]) for name in ("l1", "l2", "miss", "other", "errors")}
    pending, failed = (sum(node[name] for node in report["nodes"]) for name in ("pending", "failed"))
    return (f"{report['acknowledged']} acknowledged in {report['seconds']:.1f} s, {pending} pending, {failed} failed; "
            f"{report['bypassing']} bypassing; reads {reads} of {report['items']} items, {report['lists']} lists, "
            f"{report['pages']} pages, {report['joined']} joined; {report['violations']} violations, longest staleness "
            f"{report['longest_staleness_ms']:.0f} ms; acknowledging {_spread(cost)}; transaction "
            f"{_spread(report['transaction_ms'])}; bypassing unseen {_spread(unseen)}; pending unseen "
            f"{_spread(report['pending_unseen_ms'])}")


def _spread(times):
    return "-" if times["count"] == 0 else f"{times['p50']:.1f} / {times['p99']:.1f} / {times['max']:.0f} ms"
