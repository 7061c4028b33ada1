"""The promise on a Redis Cluster: keys on several masters, slots that move, a master that dies."""

import functools
import unittest

from case import heavy
from cluster import RedisCluster
from freshness import FreshCase

BUS = "weir:registry:{weir:v1}"
ITEM = "weir:v1:products:item:c1"  # one of the checker's
TAG = "weir:v1:tag:products:pages:x1"


def move_slots(case, number):
    case.redis.move((ITEM, TAG, BUS)[number % 3])


def fail_over(case, number):
    case.redis.fail_over((BUS, ITEM, TAG)[number % 3])


class Cluster(FreshCase):
    redis_kind = RedisCluster

    def setUp(self):
        super().setUp()
        self.start_nodes()

    @heavy
    def test_no_stale_read_while_slots_of_a_cluster_move(self):
        self.assert_fresh(self.run_under(functools.partial(move_slots, self)))

    @heavy
    def test_no_stale_read_while_a_master_of_a_cluster_fails_over(self):
        """Replication is asynchronous here too: what is stale during the failover is counted apart."""
        self.assert_fresh(self.run_under(functools.partial(fail_over, self), has_exception=True))


if __name__ == "__main__":
    unittest.main()
