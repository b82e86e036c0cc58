"""The accounts of gateways as JSON, version 1.  Pure.

::

    v, at, field_time
    gateways[]
        coop, gateway
        hello               at, epoch, oldest, next; null before the first
        newest              stamp of the newest reading
        newest_age_s        at the time of asking
        has_meta            whether it has told of its channels and periods
        days[]              day, due, stored, valued, suspect, missing, undue,
                            complete_pct; stored = valued + missing, valued has the
                            suspect ones in it, complete_pct is of valued - undue
        epochs[]            epoch, current, first, last, and how many numbers are held,
                            rejected, pending, lost, closed: together last - first + 1;
                            awaited: how many pending ones a refill has taken out
            rejected_ranges, pending_ranges, lost_ranges, closed_ranges,
            awaited_ranges  [first, last] each
            merged_ranges   [first, last, of which merged] each
            merged_spans    [from, to] of each of these, stamps of its lines, or null
            left_out        of each list, how many of its oldest are not named
        alarms[]            kind, epoch, first, last, times, since, newest
        quarantined         lines, bodies, dropped to keep it small
        unregistered_plots  of its sensors; null without a registry

Keys may be added within a version; none goes away or changes its meaning.  Instants
are ISO 8601 in UTC, days those of Asia/Ho_Chi_Minh.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from province.alarms import Raised
from province.completeness.facts import Account, Day, Epoch, Merged
from province.tally import NS_OF_MS
from telemetry.ranges import total

VERSION: Final = 1
RANGES_MOST: Final = 1_000  # of each list: some 30 kB, and no person reads more


def form(
    accounts: Sequence[Account], at_ms: int, *, is_simulated: bool
) -> dict[str, Any]:
    """Return the accounts as objects of JSON."""
    return {
        "v": VERSION,
        "at": _iso(at_ms),
        "field_time": "simulated" if is_simulated else "real",
        "gateways": [_account(one) for one in accounts],
    }


def _account(one: Account) -> dict[str, Any]:
    hello, newest_ms = one.hello, one.newest_ms
    return {
        "coop": one.identity.coop,
        "gateway": one.identity.gateway,
        "hello": hello
        and {
            "at": _iso(hello.at_ms),
            "epoch": hello.epoch,
            "oldest": hello.oldest,
            "next": hello.next,
        },
        "newest": None if newest_ms is None else _iso(newest_ms),
        "newest_age_s": None if newest_ms is None else (one.at_ms - newest_ms) // 1000,
        "has_meta": one.has_meta,
        "days": [_day(day) for day in one.days],
        "epochs": [_epoch(epoch) for epoch in one.epochs],
        "alarms": [_alarm(raised) for raised in one.alarms],
        "quarantined": {
            "lines": one.lines,
            "bodies": one.bodies,
            "dropped": one.dropped,
        },
        "unregistered_plots": one.unregistered,
    }


def _day(one: Day) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "due": one.due,
        "stored": one.stored,
        "valued": one.valued,
        "suspect": one.doubtful,
        "missing": one.missing,
        "undue": one.undue,
        "complete_pct": one.complete_pct,
    }


def _epoch(one: Epoch) -> dict[str, Any]:
    lists = {
        "rejected": one.rejected,
        "pending": one.pending,
        "lost": one.lost,
        "closed": one.closed,
        "awaited": one.awaited,
    }
    counted = [*lists.items(), ("merged", one.merged)]
    merged = one.merged[-RANGES_MOST:]
    return {
        "epoch": one.epoch,
        "current": one.is_current,
        "first": one.first,
        "last": one.last,
        "held": total(one.held),
        **{name: total(ranges) for name, ranges in lists.items()},
        **{f"{name}_ranges": some[-RANGES_MOST:] for name, some in lists.items()},
        "merged_ranges": [(part.first, part.last, part.merged) for part in merged],
        "merged_spans": [_span(part) for part in merged],
        "left_out": {
            name: len(some) - RANGES_MOST
            for name, some in counted
            if len(some) > RANGES_MOST
        },
    }


def _span(part: Merged) -> tuple[str, str] | None:
    if part.first_ns is None or part.last_ns is None:
        return None
    return _iso(part.first_ns // NS_OF_MS), _iso(part.last_ns // NS_OF_MS)


def _alarm(one: Raised) -> dict[str, Any]:
    return {
        "kind": one.alarm.kind,
        "epoch": one.alarm.epoch,
        "first": one.alarm.first,
        "last": one.alarm.last,
        "times": one.times,
        "since": _iso(one.at_ms),
        "newest": _iso(one.last_ms),
    }


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, tz=UTC).isoformat(timespec="seconds")
