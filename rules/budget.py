"""How often each rule speaks over the recorded sets; whether that is bearable.

A plot of each crop is laid over each site's record and judged hourly through its
season.  Nobody was there to say whether an alert was true: this counts only how many
there would have been.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from rules import backtest, calendar
from rules.backtest import Bar, Report, busiest_week
from rules.history import HOUR_MS
from rules.plot import Plot
from rules.recorded import Recorded
from rules.recorded_sets import PLOT, Site
from rules.rule import Rule
from rules.stages import STAGES_OF
from rules.text import HERE, local_day

CROPS: Final = ("rice", "onion", "garlic", "maize", "chilli", "tomato")
SOIL: Final = "loam"  # of every plot: the middle of the table
SUMMER: Final = "dong-xuan"  # the season that a summer elsewhere is as warm as
WATERED: Final = frozenset({"soil_moisture", "water_level", "depletion"})
"""What would be otherwise if somebody had acted on the alerts."""

TRY_EVERY_MS: Final = 5 * HOUR_MS  # meets every hour of the day within five days
"""How often a rule is tried that may have nothing to go by, before it is run."""

LEAST_DAYS: Final = 14  # d of a season within a record, or it says nothing [D]
MOST_A_WEEK: Final = 2  # agronomic alerts a plot (goal of the packs)
MOST_ON: Final = 0.30  # of the days; longer, and a rule tells nothing (docs/design.md)
MONTH_DAYS: Final = 30.4375  # d; a twelfth of 365.25


@dataclass(frozen=True, slots=True)
class Laid:
    """A plot on a record, through the part of its season that was recorded."""

    plot: Plot
    since_ms: int
    until_ms: int
    how: str  # by which days it was sown

    @property
    def days(self) -> float:
        """How long it is judged. [d]"""
        return (self.until_ms - self.since_ms) / HOUR_MS / 24


@dataclass(frozen=True, slots=True)
class Line:
    """One rule on one laid plot."""

    site: Site
    laid: Laid
    rule: Rule
    bars: tuple[Bar, ...]
    days: int  # on which it could judge
    days_on: int

    @property
    def share(self) -> float:
        """Share of the days on which it was on."""
        return self.days_on / self.days if self.days else 0.0

    @property
    def a_month(self) -> float:
        """Episodes a month."""
        return len(self.bars) / self.laid.days * MONTH_DAYS

    @property
    def is_ours_to_judge(self) -> bool:
        """Whether a field of ours could have been so: where it is dry, one waters."""
        return self.site.is_watered or not WATERED & {*self.rule.when.names}


def laid(site: Site, recorded: Recorded) -> Iterator[Laid]:
    """A plot of each crop and season over a record."""
    first, last = local_day(recorded.first_ms), local_day(recorded.last_ms)
    for crop in CROPS:
        for sown, days, how in _seasons(site, crop, first, last):
            begin, end = max(first, sown), min(last, sown + timedelta(days=days))
            if (end - begin).days < LEAST_DAYS:
                continue
            plot = Plot(
                id=PLOT,
                name=f"{crop} {sown:%Y-%m}",
                crop=crop,
                method="sa" if crop == "rice" else "",
                sown=sown,
                duration_days=days,
                soil=SOIL,
                field_capacity=site.field_capacity,
                leaf_wetness="rh90",
            )
            yield Laid(plot, _ms(begin), min(_ms(end), recorded.last_ms), how)


def _seasons(
    site: Site, crop: str, first: date, last: date
) -> Iterator[tuple[date, int, str]]:
    """Day of sowing, length and how that was chosen."""
    known = [season for season in calendar.SEASONS if season.crop == crop]
    if not site.is_ours:
        known = [calendar.BY_ID[SUMMER]]
    for season in known:
        for year in range(first.year - 1, last.year + 1):
            begin = season.sow[0].on(year)
            sown = calendar.sown_of(season, begin)
            own = calendar.duration_days(season, begin)
            if sown is None or own is None:
                continue
            if site.is_ours:
                yield sown, own, f"by the calendar: {season.name.en}"
            else:
                days = own if season.crop == crop else _length(crop) or own
                how = f"as {season.name.en}, which is as warm as its summer"
                yield sown, days, how
    if known:
        return
    days = _length(crop)
    sown = first
    while days and sown < last:
        yield sown, days, "with the record, again after each harvest"
        sown += timedelta(days=days)


def _length(crop: str) -> int:
    """Length of a season by the stages of its crop; 0 if none are known. [d]"""
    return sum(STAGES_OF.get(crop, {}).values())


def _ms(day: date) -> int:
    return round(datetime.combine(day, time(), tzinfo=HERE).timestamp() * 1000)


def judged(
    site: Site, recorded: Recorded, rules: Iterable[Rule]
) -> Iterator[tuple[Laid, Report]]:
    """Every rule of the field on every plot that is laid over a site."""
    known = [rule for rule in rules if rule.table.audience == "field"]
    for one in laid(site, recorded):
        first_ms = -(-one.since_ms // HOUR_MS) * HOUR_MS
        over = partial(
            backtest.run, since_ms=first_ms, until_ms=one.until_ms, plots=[one.plot]
        )
        tried = over(known, recorded=recorded, every_ms=TRY_EVERY_MS)
        able = {name for (name, _), found in tried.judged.items() if found.looks}
        yield one, over([r for r in known if r.id in able], recorded=recorded)


def lines(site: Site, one: Laid, report: Report) -> Iterator[Line]:
    """What a report says of each rule that could judge anything."""
    for (name, subject), found in report.judged.items():
        if found.looks:
            yield Line(
                site=site,
                laid=one,
                rule=report.rules[name],
                bars=tuple(report.of(name, subject)),
                days=len(found.days),
                days_on=len(found.days_on),
            )


def is_agronomic(line: Line) -> bool:
    """Whether an episode is an alert that a farmer gets by default."""
    table = line.rule.table
    is_alert = table.kind == "alert" and table.audience == "field"
    return line.rule.ships_on and is_alert and line.is_ours_to_judge


def a_week(some: Iterable[Line]) -> int:
    """Most agronomic alerts of a plot that begin within seven days."""
    return busiest_week(bar for line in some if is_agronomic(line) for bar in line.bars)


def faults(all_: Iterable[Line]) -> Iterator[str]:
    """Rules that ship on and are on too long, or speak too often by themselves."""
    for line in all_:
        if not line.rule.ships_on or not line.is_ours_to_judge:
            continue
        where = f"{line.laid.plot.name} over {line.site.id}"
        if line.days >= LEAST_DAYS and line.share > MOST_ON:
            yield (
                f"{line.rule.id} is on {100 * line.share:.0f} % of the days of {where}:"
                " it tells nothing and must ship off"
            )
        most = busiest_week(line.bars)
        if is_agronomic(line) and most > MOST_A_WEEK:
            yield f"{line.rule.id} tells {most} alerts in a week of {where}"


def loud(all_: Iterable[Line]) -> Iterator[str]:
    """Plots that get too many alerts in their worst week, and of which rules."""
    plots: dict[tuple[str, str, int], list[Line]] = {}
    for line in all_:
        key = line.site.id, line.laid.plot.name, line.laid.since_ms
        plots.setdefault(key, []).append(line)
    for (site, plot, _), some in plots.items():
        most = a_week(some)
        if most > MOST_A_WEEK:
            spoke = [line for line in some if is_agronomic(line) and line.bars]
            spoke.sort(key=lambda line: -busiest_week(line.bars))
            names = ", ".join(line.rule.id for line in spoke[:3])
            yield f"{plot} over {site}: {most} alerts in its worst week, of {names}"
