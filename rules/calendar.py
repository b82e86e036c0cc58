"""The season calendar of the province: when which crop is sown, heads, is cut.  Pure.

Data with source and year stands in ``calendar.toml``.  It guards rules by season and
stands in for a plot's own dates where nobody has told them; what comes of it is
doubtful, since a field is sown on one day and the calendar knows a fortnight.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from rules.plot import Plot
from rules.tables import Said
from telemetry import settings
from telemetry.settings import ConfigError

_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_Day = Annotated[str, Meta(min_length=5, max_length=5)]
_Window = Annotated[list[_Day], Meta(min_length=2, max_length=2)]


class MonthDay(NamedTuple):
    """A day of every year; 29 February is the 28th in a common one."""

    month: int
    day: int

    def on(self, year: int) -> date:
        """The day in ``year``."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, self.month, self.day - 1)


Window = tuple[MonthDay, MonthDay]


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """One season of one crop, wherever it begins in the year."""

    id: str
    crop: str
    place: str = ""  # "" for the whole province
    name: Said
    sow: Window
    latest: MonthDay | None = None  # no sowing after this day
    heading: Window | None = None
    harvest_by: MonthDay
    year: int  # of the calendar that says so
    source: str

    def run(self, day: date) -> tuple[date, date] | None:
        """First day of sowing and last of harvest of the run that contains ``day``."""
        for year in (day.year, day.year - 1):
            begin = self.sow[0].on(year)
            end = _next(self.harvest_by, begin)
            if begin <= day <= end:
                return begin, end
        return None


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    """``[ID]`` of ``calendar.toml``."""

    crop: str
    place: str = ""
    name: Said
    sow: _Window
    latest: _Day | None = None
    heading: _Window | None = None
    harvest_by: _Day
    year: int
    source: str


def season_on(crop: str, day: date, place: str = "") -> Season | None:
    """The season of ``crop`` that runs on ``day``, of the province or of ``place``.

    >>> season_on("rice", date(2027, 2, 1)).id, season_on("rice", date(2027, 11, 1))
    ('dong-xuan', None)
    """
    return next(
        (
            season
            for season in SEASONS
            if season.crop == crop
            and season.place in ("", place)
            and season.run(day) is not None
        ),
        None,
    )


def season_of(plot: Plot, day: date) -> Season | None:
    """The season that a plot is in: its own if it names one, else by its crop."""
    if not plot.season:
        return season_on(plot.crop, day)
    season = BY_ID.get(plot.season)
    return season if season is not None and season.run(day) is not None else None


def sown_of(season: Season, day: date) -> date | None:
    """Middle of the sowing of the run that contains ``day``; ``None`` outside of one.

    >>> sown_of(BY_ID["dong-xuan"], date(2027, 2, 1))
    datetime.date(2026, 12, 23)
    """
    run = season.run(day)
    return None if run is None else _middle(season.sow, run[0])


def heading_of(season: Season, day: date) -> date | None:
    """Middle of the heading of the run that contains ``day``."""
    run = season.run(day)
    if run is None or season.heading is None:
        return None
    return _middle(season.heading, _next(season.heading[0], run[0]))


def duration_days(season: Season, day: date) -> int | None:
    """Days from the middle of sowing to the last of harvest, of the run of ``day``."""
    run, sown = season.run(day), sown_of(season, day)
    return None if run is None or sown is None else (run[1] - sown).days


def sowing_faults(season: Season, sown: date) -> Iterator[str]:
    """Why ``sown`` is not of ``season``, if it is not."""
    first, last = season.sow
    begins = [first.on(year) for year in (sown.year - 1, sown.year, sown.year + 1)]
    begin = min(begins, key=lambda each: abs((each - sown).days))
    end = _next(season.latest or last, begin)
    if not begin <= sown <= end:
        yield f"{sown} is not within {begin} to {end}, the sowing of {season.name.en}"


def _next(day: MonthDay, begin: date) -> date:
    """The first ``day`` of the year on or after ``begin``."""
    found = day.on(begin.year)
    return found if found >= begin else day.on(begin.year + 1)


def _middle(window: Window, begin: date) -> date:
    return begin + timedelta(days=(_next(window[1], begin) - begin).days // 2)


# --- reading -------------------------------------------------------------------


def _shipped() -> Iterator[Season]:
    tables = settings.parse(files("rules").joinpath("calendar.toml").read_bytes())
    for name, given in tables.items():
        table = settings.fit(given, _Table, name)
        yield Season(
            id=name,
            crop=table.crop,
            place=table.place,
            name=table.name,
            sow=_window(table.sow),
            latest=None if table.latest is None else _month_day(table.latest),
            heading=None if table.heading is None else _window(table.heading),
            harvest_by=_month_day(table.harvest_by),
            year=table.year,
            source=table.source,
        )


def _window(days: list[str]) -> Window:
    return _month_day(days[0]), _month_day(days[1])


def _month_day(written: str) -> MonthDay:
    if not _DAY.fullmatch(written):
        raise ConfigError([f"calendar.toml: {written!r}: expected a day such as 12-15"])
    return MonthDay(int(written[:2]), int(written[3:]))


SEASONS: Final = tuple(_shipped())
"""Every season of the calendar."""

BY_ID: Final = {season.id: season for season in SEASONS}
"""The same by their names."""
