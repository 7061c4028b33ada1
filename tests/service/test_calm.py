"""However many ask, on however many nodes, the loader runs once; and whoever waits is answered in time."""

import threading
import unittest

import client
from case import alone, in_every_build
from processes import wait_for
from slow import LOAD_SECONDS, SlowCase

KEY = "weir:v1:things:item:"


def lease(thing):
    return f"weir:lease:{{{KEY}{thing}}}"


class Calm(SlowCase):
    def assert_all_got(self, price, answers):
        self.assertEqual({200}, {a.status for a in answers}, [a for a in answers if a.status != 200][:3])
        self.assertEqual({price}, {a.json["price"] for a in answers})

    @alone
    def test_a_thousand_gets_of_one_cold_key_over_two_processes_load_once(self):
        nodes = [self.start_node(), self.start_node()]
        answers = client.get_at_once([n.port for n in nodes], ["/v1/things/t1"] * 1000)
        self.assert_all_got(1, answers)
        self.assertEqual(1, self.loads("t1"))
        self.assertEqual(1, sum("stored" in a["Cache-Status"] for a in answers))
        self.assertEqual(999, sum("collapsed" in a["Cache-Status"] or a.is_hit for a in answers))
        for node in nodes:
            self.assert_hit(node.get("/v1/things/t1"))

    @in_every_build
    def test_a_hundred_gets_of_one_cold_key_over_two_processes_load_once(self):
        nodes = [self.start_node(), self.start_node()]
        self.assert_all_got(2, client.get_at_once([n.port for n in nodes], ["/v1/things/t2"] * 100))
        self.assertEqual(1, self.loads("t2"))

    @in_every_build
    def test_many_cold_keys_at_once_load_once_each(self):
        nodes = [self.start_node(), self.start_node()]
        targets = [f"/v1/things/t{n // 10}" for n in range(100, 200)]
        answers = client.get_at_once([n.port for n in nodes], targets)
        self.assertEqual({200}, {a.status for a in answers})
        self.assertEqual([1] * 10, [self.loads(f"t{n}") for n in range(10, 20)])

    def test_who_waited_for_another_nodes_load_gets_its_entry(self):
        first, second = self.start_node(), self.start_node()
        answers = client.get_at_once([first.port, second.port], ["/v1/things/t3"] * 2)
        self.assert_all_got(3, answers)
        self.assertEqual(1, self.loads("t3"))
        # One loaded, the other waited: it is a hit or was collapsed, never a load of its own.
        self.assertEqual(1, sum("stored" in a["Cache-Status"] for a in answers), answers)
        self.assertLess(max(a.seconds for a in answers), LOAD_SECONDS + 1.0)

    @in_every_build
    def test_a_lease_that_never_ends_costs_a_bounded_wait_and_stores_nothing(self):
        node = self.start_node()
        self.redis("SET", lease("t4"), "somebody-else", "PX", 60_000)
        answer = self.assert_miss(node.get("/v1/things/t4"))
        self.assertNotIn("stored", answer["Cache-Status"])
        self.assertEqual(4, answer.json["price"])
        self.assertLess(answer.seconds, 2.0)
        self.assertEqual(0, self.redis("EXISTS", KEY + "t4"))
        self.assertEqual(b"somebody-else", self.redis("GET", lease("t4")), "a lease is its holder's")

    def test_a_node_that_dies_with_the_lease_holds_nobody_up_for_long(self):
        dying, other = self.start_node(), self.start_node()
        threading.Thread(target=lambda: self._ignore_errors(dying, "/v1/things/t5"), daemon=True).start()
        wait_for("the lease is taken", lambda: self.redis("EXISTS", lease("t5")), every=0.005)
        dying.kill()
        answer = self.assert_status(200, other.get("/v1/things/t5"))
        self.assertEqual(5, answer.json["price"])
        self.assertLess(answer.seconds, 2.0)

    @staticmethod
    def _ignore_errors(node, target):
        try:
            node.get(target)
        except OSError:
            pass

    @in_every_build
    def test_a_value_loaded_before_a_write_is_never_stored_after_it(self):
        """The loader is asleep with the old row in its snapshot while the write commits and deletes."""
        node, other = self.start_node(), self.start_node()
        answers = []
        reader = threading.Thread(target=lambda: answers.append(node.get("/v1/things/t6")))
        reader.start()
        wait_for("the loader runs", lambda: self.loads("t6") == 1, every=0.005)
        written = self.assert_status(200, other.post("/things/t6", {"price": 600}))
        self.assertEqual("done", written.json["invalidation"])
        reader.join()
        self.assertEqual(6, answers[0].json["price"], "the loader's snapshot was not older than the write")
        self.assertNotIn("stored", answers[0]["Cache-Status"])
        self.assertEqual(600, node.get("/v1/things/t6").json["price"])
        self.assertEqual(600, node.get("/v1/things/t6").json["price"])

    @in_every_build
    def test_a_get_that_starts_after_a_write_does_not_join_a_load_from_before_it(self):
        node = self.start_node()
        threads = [threading.Thread(target=node.get, args=("/v1/things/t7",))]
        threads[0].start()
        wait_for("the loader runs", lambda: self.loads("t7") == 1, every=0.005)
        self.assert_status(200, node.post("/things/t7", {"price": 700}))
        answers = client.get_at_once([node.port], ["/v1/things/t7"] * 20)
        threads[0].join()
        self.assert_all_got(700, answers)

    def test_more_loads_than_the_limiter_admits_get_a_503_with_retry_after(self):
        node = self.start_node()
        answers = client.get_at_once([node.port], [f"/v1/things/t{n}" for n in range(100, 700)])
        self.assertEqual({200, 503}, {a.status for a in answers})
        refused = [a for a in answers if a.status == 503]
        self.assertTrue(all(int(a["Retry-After"]) >= 1 for a in refused), refused[:3])
        self.assertLess(max(a.seconds for a in answers), 4.0)


if __name__ == "__main__":
    unittest.main()
