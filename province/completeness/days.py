"""Rows and polls due of each local day of one gateway.

A channel is due from its first row on, up to now; one that stood elsewhere before it
was moved, until its last row there; one of which nothing was ever stored, since the
gateway told of it.  So each day's polls add up to those of the whole time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from province.channels import Channel
from province.completeness.facts import Day
from province.stores.base import Store
from province.tally import DAY_NS, NS_OF_MS, Scope, Seen, Tally, due
from rules.text import local_day
from telemetry.ranges import Range
from telemetry.series import Series
from telemetry.topics import Identity

MIDNIGHT_NS: Final = 17 * 3600 * 10**9  # 00:00 in Viet Nam on 1970-01-02


@dataclass(frozen=True, slots=True)
class _Plan:
    """Polls each ``period_ns`` from ``first_ns`` on, until ``end_ns``."""

    period_ns: int
    first_ns: int
    end_ns: int

    def due(self, start_ns: int, end_ns: int) -> int:
        """Polls due in [start, end)."""
        start_ns, end_ns = max(start_ns, self.first_ns), min(end_ns, self.end_ns)
        if start_ns >= end_ns:
            return 0
        return due(self.period_ns, self.first_ns, start_ns, end_ns)


def days_of(
    identity: Identity,
    store: Store,
    channels: Sequence[Channel],
    first_ns: int,
    span: Range,
    told_ns: int,
) -> list[Day]:
    """Every day of ``span``, which begins at a midnight; its end is outside.

    ``first_ns`` is the gateway's first stamp, ``told_ns`` when it last told of its
    channels. [ns since 1970]
    """
    if span[0] >= span[1]:
        return []
    seen = store.series(_scope(identity, min(first_ns, span[0]), span[1]))
    plans = {one.series: _plan(one, channels, span[1]) for one in seen}
    silent = [
        _Plan(one.period_ns, told_ns, span[1])
        for one in channels
        if not any(map(one.makes, plans))
    ]
    known = {one for one, plan in plans.items() if plan is not None}
    due_of = [*silent, *(plan for plan in plans.values() if plan is not None)]
    tallies = store.counts(_scope(identity, *span), DAY_NS, MIDNIGHT_NS)
    rows = _rows(tallies, known)
    days = []
    for begin_ns in range(span[0], span[1], DAY_NS):
        end_ns = min(begin_ns + DAY_NS, span[1])
        day = local_day(begin_ns // NS_OF_MS)
        polls = sum(plan.due(begin_ns, end_ns) for plan in due_of)
        days.append(Day(day=day, due=polls, **rows[day]))
    return days


def _scope(identity: Identity, start_ns: int, end_ns: int) -> Scope:
    return Scope(
        coop=identity.coop,
        gateway=identity.gateway,
        start_ns=start_ns,
        end_ns=end_ns,
    )


def _plan(one: Seen, channels: Iterable[Channel], end_ns: int) -> _Plan | None:
    """How often rows of a series are due, as far as the gateway has told."""
    channels = list(channels)
    for channel in channels:
        if channel.makes(one.series):
            return _Plan(channel.period_ns, one.first_ns, end_ns)
    for channel in channels:
        if (channel.sensor, channel.quantity) == (
            one.series.sensor,
            one.series.quantity,
        ):
            return _Plan(channel.period_ns, one.first_ns, one.last_ns + 1)
    return None


def _rows(
    tallies: Iterable[Tally], known: set[Series]
) -> defaultdict[date, dict[str, int]]:
    rows: defaultdict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in tallies:
        day = rows[local_day(one.begin_ns // NS_OF_MS)]
        day["good"] += one.good
        day["doubtful"] += one.doubtful
        day["missing"] += one.missing
        if one.series not in known:
            day["undue"] += one.good + one.doubtful
    return rows
