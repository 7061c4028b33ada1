"""From values to verdicts. Pure."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    low: float
    middle: float
    high: float


def spread(values):
    return Spread(min(values), median(values), max(values))


def ratios(ours, theirs):
    """One for each round: what disturbs the machine for longer than a round disturbs both."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def verdict(goal, values):
    """'met', 'missed by …', or '' when there is nothing to reach."""
    if goal.limit is None:
        return ""
    seen = spread(values)
    worst = seen.low if goal.at_least else seen.high
    value = worst if goal.judged_by == "all" else seen.middle
    is_met = value >= goal.limit if goal.at_least else value <= goal.limit
    return "met" if is_met else f"missed by {abs(value / goal.limit - 1):.0%}".replace("by 0%", "by under 1%")


def number(value, unit=""):
    """Three figures: enough to compare, few enough to read."""
    if unit in ("×", "") and value < 10:
        return f"{value:.2f}" if unit or value != round(value) else f"{value:.0f}"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}"


def limit_text(goal):
    if goal.limit is None:
        return ""
    return f"{'≥' if goal.at_least else '≤'} {goal.limit:g}{_after(goal.unit)}"


def _after(unit):
    return {"": "", "×": ""}.get(unit, f" {unit}")


def spread_text(goal, values):
    seen = spread(values)
    return [number(seen.low, goal.unit), number(seen.middle, goal.unit) + _after(goal.unit), number(seen.high, goal.unit)]
