"""The panels of a chart: every series that a rule reads, its limits and wet hours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rules.backtest import Bar
from rules.chart.ahead import reaches, warmth
from rules.chart.asked import Limit, calls, limits_of, shown
from rules.chart.sight import Curves, Panel, Reach, Sight
from rules.history import HOUR_MS, Hour, Place
from rules.language import Expression
from rules.models import trap
from rules.models.blastam import WET_FROM
from rules.models.hours import amounts, by_clock, first_of, night_of
from rules.models.species import NAME_OF
from rules.rule import Chart, Rule, Said
from rules.scope import DAY_MS, STALE_PERIODS
from rules.text import local_day
from telemetry.quantity import INSECT_COUNTS, QUANTITIES, Kind
from telemetry.quantity_names import QUANTITIES_VI

WETTED: Final = frozenset({"blast", "mildew", "wet_night"})
"""Functions that ask for wet hours."""

MODELLED: Final = frozenset(
    {"depletion", "raw_days", "et0", "crop_et", "salinity", "wet_night"}
)
"""Functions whose value no sensor shows."""

MOST_POINTS: Final = 240  # of a model's curve; two on each unit of the picture
EVERY_MS: Final = 6 * HOUR_MS  # between two of them at least: water moves slowly

NAMES_VI: Final[Mapping[str, str]] = {
    **QUANTITIES_VI,
    "water_level": "mực nước so với mặt ruộng",
    "rain_total": "mưa mỗi ngày",
    "trap_beam_breaks": "lượt cắt tia của bẫy mỗi đêm",
    "trap_count": "sâu hại vào bẫy mỗi đêm",
}
"""What a chart shows of each quantity."""


def panels(sight: Sight, rule: Rule, bars: Sequence[Bar]) -> list[Panel]:
    """Every panel of a rule that has something to show."""
    scope, limits = sight.scope(sight.time.until_ms), limits_of(rule)
    is_sensed = sight.plot.leaf_wetness == "sensor"
    wetness = "leaf_wetness" if is_sensed else "relative_humidity"
    wet_from = WET_FROM["sensor" if is_sensed else "rh90"]
    found: list[Panel] = []
    for quantity in shown(rule):
        if quantity in INSECT_COUNTS and calls(rule, "scouted"):
            found += _scouted(sight, rule, quantity, limits.get(quantity, ()))
            continue
        for place in scope.places(quantity):
            told = list(reaches(sight, rule, bars, place))
            found.append(_panel(sight, place, limits.get(quantity, ()), told))
            if quantity == wetness and WETTED & {*rule.when.names}:
                found += _wet(rule, sight.hours(place), wet_from)
    return [*found, *_model(sight, rule), *warmth(sight, rule, bars)]


def curves_of(sight: Sight, value: Expression, numbers: Mapping[str, float]) -> Curves:
    """What an expression gave over the time of a chart; a gap begins a new curve."""
    every_ms = max(EVERY_MS, (sight.time.until_ms - sight.time.since_ms) // MOST_POINTS)
    found: list[list[tuple[int, float]]] = [[]]
    for at_ms in range(sight.time.since_ms, sight.time.until_ms + 1, every_ms):
        number = value.value(sight.scope(at_ms), numbers)
        if number is None:
            found.append([])
        else:
            found[-1].append((at_ms, float(number)))
    return [curve for curve in found if curve]


def of_chart(sight: Sight, chart: Chart) -> list[Panel]:
    """The curve that a pack offers to look at, over its plot."""
    curves = curves_of(sight, chart.value, chart.numbers)
    title, unit = chart.table.title, chart.value.kind
    return [Panel(title=title, unit=unit, curves=curves)] if curves else []


def _model(sight: Sight, rule: Rule) -> Iterator[Panel]:
    """What the rule's value was, where a model gives it and no sensor shows it.

    Beside it stands what the condition compares it with, a number or another model.
    """
    value = rule.value
    if value is None or not {*value.names} & MODELLED:
        return
    limits = [
        (name, number)
        for name, number in rule.numbers.items()
        if rule.units[name] == value.kind and name in rule.when.names
    ]
    bounds = {
        part.text: part
        for _, part in rule.when.parts()
        if part.kind == value.kind and not {*part.names} & {*value.names}
    }
    curves = curves_of(sight, value, rule.numbers)
    if curves:
        names = " · ".join([value.text, *bounds])
        yield Panel(
            title=Said(vi="Giá trị của quy tắc", en=names),
            unit=value.kind,
            curves=curves,
            bounds=[
                c for b in bounds.values() for c in curves_of(sight, b, rule.numbers)
            ],
            limits=limits,
        )


# --- one panel -----------------------------------------------------------------


def _panel(
    sight: Sight, place: Place, limits: Sequence[Limit], told: Sequence[Reach]
) -> Panel:
    hours = sight.hours(place)
    quantity = QUANTITIES[place.quantity]
    title = _title(place)
    if place.quantity in ("trap_count", "trap_beam_breaks"):
        is_count = place.quantity == "trap_count"
        catches = trap.of_counts(hours) if is_count else trap.of_counter(hours)
        begins = [(first_of(c.night, 18) * HOUR_MS, c.count) for c in catches]
        bars = [(ms, ms + DAY_MS // 2, count) for ms, count in begins]
        return Panel(title=title, unit=quantity.unit, bars=bars, limits=limits)
    if quantity.kind is Kind.COUNTER:
        return Panel(title=title, unit=quantity.unit, bars=_daily(hours), limits=limits)
    return Panel(
        title=title,
        unit=quantity.unit,
        hours=hours,
        gap_ms=STALE_PERIODS * place.period_ms,
        limits=limits,
        reaches=told,
    )


def _title(place: Place) -> Said:
    vi = NAMES_VI[place.quantity]
    where = f", z {place.z} cm" if place.z else ""
    en = place.quantity.replace("_", " ")
    return Said(vi=vi[0].upper() + vi[1:], en=f"{en}, {place.sensor}{where}")


def _daily(hours: Iterable[Hour]) -> list[tuple[int, int, float]]:
    days: dict[int, float] = {}
    for number, gain in amounts(by_clock(hours)).items():
        begin = first_of(local_day(number * HOUR_MS), 0) * HOUR_MS
        days[begin] = days.get(begin, 0.0) + gain
    return [(begin, begin + DAY_MS, gain) for begin, gain in sorted(days.items())]


def _wet(rule: Rule, hours: Iterable[Hour], wet_from: float) -> Iterator[Panel]:
    """Wet hours of each night, noon to noon."""
    nights: dict[int, float] = {}
    for number, hour in by_clock(hours).items():
        begin = first_of(night_of(number), 12) * HOUR_MS
        nights[begin] = nights.get(begin, 0.0) + (hour.mean >= wet_from)
    bars = [(begin, begin + DAY_MS, count) for begin, count in sorted(nights.items())]
    title = Said(vi="Giờ ướt mỗi đêm", en=f"wet hours a night, from {wet_from:g} %")
    limits = [
        (name, number)
        for name, number in rule.numbers.items()
        if rule.units[name] == "h" and name in rule.when.names
    ]
    yield Panel(title=title, unit="h", bars=bars, limits=limits)


def _scouted(
    sight: Sight, rule: Rule, quantity: str, limits: Sequence[Limit]
) -> Iterator[Panel]:
    """What people have counted on the plot, one panel for each insect."""
    scope = sight.scope(sight.time.until_ms)
    for pest, stage in dict.fromkeys(
        (args[1], args[2]) for args in calls(rule, "scouted")
    ):
        dots = [
            sample
            for place in scope.counted(quantity, pest, stage)
            for sample in sight.recorded.samples(place)
        ]
        vi = NAMES_VI[quantity]
        name = NAME_OF.get(pest, pest)
        title = Said(
            vi=f"{vi[0].upper()}{vi[1:]} ({name})", en=f"{quantity}, {pest} {stage}"
        )
        if dots:
            unit = QUANTITIES[quantity].unit
            yield Panel(title=title, unit=unit, dots=sorted(dots), limits=limits)
