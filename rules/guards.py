"""When a rule is asked at all: the plot's method, season and stage, the hour of day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from enum import Enum
from typing import Final

from rules import calendar
from rules.episode import Standing
from rules.now import DAY_MS, EAST_MS
from rules.plot import Plot
from rules.rule import Rule
from rules.scope import Scope
from rules.stages import stage_on

MINUTE_MS: Final = 60_000
DATELESS: Final = "nobody knows the date yet"
TIMELESS: Final = "nobody knows the time yet"


class Turn(Enum):
    """What a guard makes of a rule's look."""

    JUDGE = "judge"
    BLIND = "blind"  # nobody can tell: the look has found nothing
    KEEP = "keep"  # not its hour: an open episode stays as it is
    END = "end"  # its time is over, and so is what is open


Guarded = tuple[Turn, str]
"""What becomes of the look, and why."""

ASKED: Final[Guarded] = (Turn.JUDGE, "")


def is_guarded(rule: Rule) -> bool:
    """Whether there are looks at which ``rule`` is not asked."""
    table = rule.table
    guards = (table.stages, rule.hours, rule.seasons, table.methods)
    return table.kind == "daily" or any(guards)


def turn_of(rule: Rule, scope: Scope) -> Guarded:
    """Whether ``rule`` is asked now; if not, why."""
    found = _by_plot(rule, scope)
    return found if found is not ASKED else _by_hour(rule, scope)


def window_begin_ms(rule: Rule, utc_ms: int) -> int:
    """When the running window of a rule's hours began, of its day without hours."""
    begin = 0 if rule.hours is None else rule.hours[0] * MINUTE_MS
    return utc_ms - (utc_ms + EAST_MS - begin) % DAY_MS


def has_spoken(rule: Rule, line: Standing, utc_ms: int) -> bool:
    """Whether a daily rule has said its ``line`` in the window that runs."""
    told_ms = (line.since_utc_ms or 0) + line.held_ms
    return told_ms >= window_begin_ms(rule, utc_ms)


def dated(plot: Plot, day: date | None) -> tuple[Plot, bool]:
    """``plot`` with the dates of its season where nobody told its own; whether so."""
    if plot.sown is not None or not plot.season or day is None:
        return plot, False
    season = calendar.season_of(plot, day)
    if season is None:
        return plot, False
    days = plot.duration_days or calendar.duration_days(season, day)
    heading = plot.heading or calendar.heading_of(season, day)
    sown = calendar.sown_of(season, day)
    return replace(plot, sown=sown, duration_days=days, heading=heading), True


def _by_plot(rule: Rule, scope: Scope) -> Guarded:
    if scope.plot is None:
        return ASKED
    for check in _CHECKS:
        found = check(rule, scope.plot, scope)
        if found is not ASKED:
            return found
    if rule.table.stages:
        scope.season_plot()  # a stage by the calendar is doubtful
    return ASKED


def _method(rule: Rule, plot: Plot, _: Scope) -> Guarded:
    known = rule.table.methods
    if not known or plot.method in known:
        return ASKED
    return _not_of("method", plot.method or "unknown", known)


def _season(rule: Rule, plot: Plot, scope: Scope) -> Guarded:
    if not rule.seasons:
        return ASKED
    day = scope.now.day
    if day is None:
        return Turn.BLIND, DATELESS
    season = scope.once("season", lambda: calendar.season_of(plot, day))
    if season is not None and season.id in rule.seasons:
        return ASKED
    return _not_of("season", "none" if season is None else season.id, rule.seasons)


def _stage(rule: Rule, plot: Plot, scope: Scope) -> Guarded:
    known = rule.table.stages
    if not known:
        return ASKED
    if plot.sown is None or plot.duration_days is None:
        why = "the plot has no sown or no duration_days: its stage is unknown"
        return Turn.END, why
    day = scope.now.day
    if day is None:
        return Turn.BLIND, DATELESS
    stage = scope.once("stage", lambda: stage_on(plot, day))
    return ASKED if stage in known else _not_of("stage", stage or "none", known)


_CHECKS: Final = (_method, _season, _stage)


def _not_of(what: str, told: str, known: Iterable[str]) -> Guarded:
    return Turn.END, f"{what} {told} is not one of {', '.join(known)}"


def _by_hour(rule: Rule, scope: Scope) -> Guarded:
    utc_ms, is_daily = scope.now.utc_ms, rule.table.kind == "daily"
    if rule.hours is None:
        is_lost = is_daily and utc_ms is None
        return (Turn.KEEP, TIMELESS) if is_lost else ASKED
    if utc_ms is None:
        return Turn.KEEP, TIMELESS
    begin, end = rule.hours
    since_begin = (utc_ms - window_begin_ms(rule, utc_ms)) // MINUTE_MS
    if since_begin < (end - begin) % (24 * 60):
        return ASKED
    told = f"outside its hours {_clock(begin)}-{_clock(end)}"
    return (Turn.END if is_daily else Turn.KEEP), told


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
