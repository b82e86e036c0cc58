"""A back-test as lines: episodes, counts by month, days on; what is not known, too."""

from collections.abc import Iterator

from rules.asking import reason
from rules.backtest import Bar, Report, busiest_week, months
from rules.chart.axes import short
from rules.history import HOUR_MS
from rules.text import local


def lines(report: Report) -> Iterator[str]:
    """The whole table."""
    begin, end = local(report.since_ms), local(report.until_ms)
    yield f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}: {report.looks} looks"
    yield from _episodes(report)
    yield from _counts(report)
    yield from _resting(report)


def _episodes(report: Report) -> Iterator[str]:
    if not report.bars:
        yield "không có đợt nào · no episode"
        return
    yield ""
    for bar in report.bars:
        yield _episode(bar)


def _episode(bar: Bar) -> str:
    begin = f"{local(bar.since_ms):%Y-%m-%d %H:%M}"
    end, hours = "còn tiếp · open", ""
    if bar.until_ms is not None:
        end = f"{local(bar.until_ms):%Y-%m-%d %H:%M}"
        hours = f"{(bar.until_ms - bar.since_ms) / HOUR_MS:.0f} h"
    value = "" if bar.value is None else f"{short(bar.value)} {bar.unit}"
    doubt = "?" if bar.is_doubtful else " "
    return (
        f"{bar.code}{doubt} {begin} → {end:<16} {hours:>6}  {bar.severity:<8}"
        f" {bar.rule:<28} {bar.subject:<12} {value}"
    ).rstrip()


def _counts(report: Report) -> Iterator[str]:
    by_month = months(report)
    spoke = [key for key in report.judged if report.of(*key)]
    if not spoke:
        return
    names = sorted({month for counts in by_month.values() for month in counts})
    head = "".join(f"{month:>9}" for month in names)
    yield f"\n{'rule':<42}{head}  a week  days on        precision"
    for rule, subject in spoke:
        one, bars = report.judged[rule, subject], report.of(rule, subject)
        counts = by_month[rule, subject]
        cells = "".join(f"{counts[month] or '·':>9}" for month in names)
        share = 100 * (report.on_share(rule, subject) or 0.0)
        days = f"{len(one.days_on)}/{len(one.days)} {share:.0f} %"
        most = busiest_week(bars)
        yield f"{f'{rule} {subject}':<42}{cells}  {most:>6}  {days:<13}  open"
    yield "precision is left open: nobody went to see whether these were true"


def _resting(report: Report) -> Iterator[str]:
    quiet = [
        f"{rule} {subject}"
        for (rule, subject), one in report.judged.items()
        if one.looks and not report.of(rule, subject)
    ]
    if quiet:
        yield f"\nquiet: {', '.join(quiet)}"
    for (rule, subject), one in report.judged.items():
        if not one.looks and one.resting:
            yield f"rests: {rule} {subject}: {reason(one.resting)}"
