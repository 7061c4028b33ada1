"""What only weir_replay can tell: the L1 by itself, without a server around it."""

from peers import NotMeasured, built


def of_a_million(bench):
    built("weir_replay")
    raise NotMeasured("weir_replay has no measurement of a large L1 yet")


def on_traces(bench):
    built("weir_replay")
    raise NotMeasured("weir_replay has no comparison yet")
