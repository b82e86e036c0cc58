"""The account of a gateway in words: Vietnamese first, 80 columns.  Pure."""

import textwrap
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from province.alarms import Raised, told
from province.completeness.facts import Account, Day, Epoch, Merged
from province.tally import NS_OF_MS
from rules.text import local
from telemetry.ranges import Range, total

WIDTH: Final = 80
RANGES_TOLD: Final = 8  # the JSON has all

_WIDTHS: Final = (12, 10, 10, 12, 10, 9, 10)
_TITLES: Final = (
    ("ngày", "phải có", "có dòng", "có giá trị", "nghi ngờ", "thiếu", "đủ %"),
    ("day", "due", "stored", "with value", "suspect", "missing", "complete"),
)


def text(account: Account, *, has_all: bool = False) -> str:
    """What is known of one gateway, as lines of at most 80 columns.

    Epochs of which nothing needs to be known are counted, unless it ``has_all``.
    """
    return "\n".join(_lines(account, has_all=has_all)) + "\n"


def _lines(one: Account, *, has_all: bool) -> Iterator[str]:
    yield str(one.identity)
    if one.hello is None:
        yield "  chưa từng chào · has never said hello"
    else:
        yield f"  chào lần cuối · last hello {_ago(one.hello.at_ms, one.at_ms)}"
    if one.newest_ms is None:
        yield "  chưa có số đo nào · nothing is stored yet"
    else:
        yield f"  số đo mới nhất · newest reading {_ago(one.newest_ms, one.at_ms)}"
    if not one.has_meta:
        yield "  chưa rõ nhịp đo · no up/meta: what is due is not known"
    if one.days:
        yield ""
        yield from _of_days(one.days)
    others = {} if has_all else _quiet(one)
    for epoch in one.epochs:
        if epoch.epoch not in others:
            yield ""
            yield from _of_epoch(epoch)
    yield from _of_others(others.values())
    if one.lines or one.bodies or one.dropped:
        gone = f", đã bỏ bớt · dropped {one.dropped}" if one.dropped else ""
        yield (
            f"  cách ly · quarantined: {one.lines} dòng · lines,"
            f" {one.bodies} gói · bodies{gone}"
        )
    yield from _of_alarms(one.alarms)
    if one.unregistered:
        yield from _wrapped(
            f"! chưa có trong sổ đăng ký · plots not in the registry:"
            f" {', '.join(one.unregistered)}"
        )


def _of_days(days: Sequence[Day]) -> Iterator[str]:
    for titles in _TITLES:
        yield _row(*titles)
    for day in days:
        yield _row(day.day.isoformat(), *_numbers(day))
    if len(days) > 1:
        yield _row("tổng · total", *_numbers(sum_of(days)))
    undue = sum(day.undue for day in days)
    if undue:
        fact = f"{undue} giá trị không rõ nhịp đo, không tính vào đủ %"
        english = "values without a known period, not in complete"
        yield from _wrapped(f"{fact} · {english}")


def sum_of(days: Sequence[Day]) -> Day:
    """All days as one; it bears the first one's date."""
    return Day(
        day=days[0].day,
        due=sum(day.due for day in days),
        good=sum(day.good for day in days),
        doubtful=sum(day.doubtful for day in days),
        missing=sum(day.missing for day in days),
        undue=sum(day.undue for day in days),
    )


def _numbers(day: Day) -> list[str]:
    share = day.complete_pct
    return [
        str(day.due) if day.due else "–",
        *map(str, (day.stored, day.valued, day.doubtful, day.missing)),
        "–" if share is None else f"{share:.1f}".replace(".", ","),
    ]


def _row(*cells: str) -> str:
    day, *rest = zip(cells, _WIDTHS, strict=True)
    aligned = "".join(f"{cell:>{width}}" for cell, width in rest)
    return f"  {day[0]:<{day[1]}}{aligned}"


def _quiet(one: Account) -> dict[str, Epoch]:
    """Older epochs with nothing pending, lost or rejected, and without an alarm."""
    alarmed = {raised.alarm.epoch for raised in one.alarms}
    return {
        epoch.epoch: epoch
        for epoch in one.epochs[:-1]
        if not (epoch.pending or epoch.lost or epoch.rejected)
        and epoch.epoch not in alarmed
    }


def _of_others(others: Collection[Epoch]) -> Iterator[str]:
    if not others:
        return
    held = sum(total(epoch.held) for epoch in others)
    closed = sum(total(epoch.closed) for epoch in others)
    yield ""
    yield from _wrapped(
        f"kỳ cũ khác · older epochs: {len(others)}, đã giữ · held {held},"
        f" chuyển kỳ hoặc mất · moved or lost {closed} (--all)"
    )


def _of_epoch(one: Epoch) -> Iterator[str]:
    state = "hiện nay · current" if one.is_current else "cũ · closed"
    count = max(0, one.last - one.first + 1)
    span = f"{one.first}..{one.last}" if count else "–"
    yield f"  kỳ · epoch {one.epoch} ({state}): {count} số · numbers {span}"
    counted = [("đã giữ · held", one.held)]
    if one.rejected:
        counted.append(("bị từ chối · rejected", one.rejected))
    if one.is_current:
        counted.append(("còn chờ · pending", one.pending))
    if one.awaited:
        counted.append(("  trong đó nạp lại · of them refill", one.awaited))
    if one.is_current or one.lost:
        counted.append(("đã mất · lost", one.lost))
    if not one.is_current:
        counted.append(("chuyển kỳ hoặc mất · moved or lost", one.closed))
    for name, ranges in counted:
        where = "" if ranges is one.held else f"  {spans(ranges)}"
        yield from _wrapped(f"{name:<35}{total(ranges):>9}{where}".rstrip(), 4)
    if one.merged:
        numbers = sum(part.merged for part in one.merged)
        newest = ", ".join(map(_merged, one.merged[-RANGES_TOLD:]))
        left = len(one.merged) - RANGES_TOLD
        newest = f"(+{left}) …, {newest}" if left > 0 else newest
        yield from _wrapped(f"trong đó đã gộp · merged {numbers}, in: {newest}", 4)


def _merged(one: Merged) -> str:
    if one.first_ns is None or one.last_ns is None:
        return f"{one.first}..{one.last}"
    first, last = (local(ns // NS_OF_MS) for ns in (one.first_ns, one.last_ns))
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%m-%d %H:%M}"
    return f"{one.first}..{one.last} ({first:%Y-%m-%d %H:%M} → {until})"


def _of_alarms(raised: Sequence[Raised]) -> Iterator[str]:
    for one in raised[-RANGES_TOLD:]:
        for line in told(one):
            yield from _wrapped(line)


def spans(ranges: Sequence[Range]) -> str:
    """The first of some ranges, and how many more there are."""
    some = [
        str(first) if first == last else f"{first}..{last}"
        for first, last in ranges[:RANGES_TOLD]
    ]
    more = len(ranges) - RANGES_TOLD
    return ", ".join(some) + (f", … (+{more})" if more > 0 else "")


def _ago(stamp_ms: int, at_ms: int) -> str:
    return f"{local(stamp_ms):%Y-%m-%d %H:%M} ({_age((at_ms - stamp_ms) // 1000)})"


def _age(age_s: int) -> str:
    """Say an age in its largest unit.

    >>> _age(59), _age(7300), _age(-3)
    ('59 giây · s', '2 giờ · h', '0 giây · s')
    """
    for size_s, vi, en in (
        (86_400, "ngày", "d"),
        (3600, "giờ", "h"),
        (60, "phút", "min"),
    ):
        if age_s >= 2 * size_s:
            return f"{age_s // size_s} {vi} · {en}"
    return f"{max(0, age_s)} giây · s"


def _wrapped(line: str, indent: int = 2) -> list[str]:
    return textwrap.wrap(
        line,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_on_hyphens=False,  # a plot's name stays whole
    )
