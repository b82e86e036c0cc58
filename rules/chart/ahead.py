"""What a rule has said of days to come: lead time, and warmth until eggs hatch."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rules.backtest import Bar
from rules.chart.asked import calls, constant
from rules.chart.sight import Panel, Reach, Sight
from rules.history import HOUR_MS, Place
from rules.models import drawdown, trap, trend
from rules.models.degree_days import Development
from rules.models.hours import by_clock, first_of, night_over
from rules.models.species import NAME_OF, SPECIES
from rules.rule import Rule, Said
from rules.scope import DAY_MS, Scope


def reaches(
    sight: Sight, rule: Rule, bars: Sequence[Bar], place: Place
) -> Iterator[Reach]:
    """What each episode said of the level, when it was told."""
    levels = [
        limit[1]
        for quantity, written in calls(rule, "reaches")
        if quantity == place.quantity
        and (limit := constant(ast.parse(written, mode="eval").body, rule)[0])
    ]
    for bar in bars:
        scope = sight.scope(bar.fired_ms)
        span = round(drawdown.LONGEST_H * HOUR_MS)
        gauge, newest = scope.place("rain_total"), scope.last(place)
        stretch = drawdown.last_stretch(
            scope.hours(place, span),
            None if gauge is None else scope.hours(gauge, span + 2 * HOUR_MS),
            bar.fired_ms,
            place.bottom,
        )
        for level in levels:
            if not stretch.times_h or newest is None:
                continue
            found = trend.reaches(stretch.times_h, stretch.levels_cm, level, 0.0)
            if found is not None:
                yield _reach(bar.fired_ms, newest, level, found)


def _reach(now_ms: int, newest: float, level: float, found: trend.Reach) -> Reach:
    def at(hours: float) -> int:
        return round(now_ms + hours * HOUR_MS)

    latest_h = trend.HORIZON_H if found.latest_h is None else found.latest_h
    return Reach(
        now_ms, newest, level, at(found.best_h), at(found.earliest_h), at(latest_h)
    )


def warmth(sight: Sight, rule: Rule, bars: Sequence[Bar]) -> Iterator[Panel]:
    """Day-degrees from the begin of each flight on, until the eggs of a set hatch."""
    for pest, written in calls(rule, "hatching")[:1]:
        sets = SPECIES[NAME_OF[pest]]["egg"]
        nights = rule.numbers.get(written, 0.0)
        curves = [
            curve
            for bar in bars
            for curve in _curves(sight, sight.scope(bar.fired_ms), pest, nights, sets)
        ]
        limits = [(f"{one.constant_dd:.1f} °d", one.constant_dd) for one in sets]
        if curves:
            title = Said(vi="Tích nhiệt của trứng", en=f"day-degrees of eggs, {pest}")
            yield Panel(title=title, unit="°d", curves=curves, limits=limits)


def _curves(
    sight: Sight,
    scope: Scope,
    pest: str,
    nights: float,
    sets: Iterable[Development],
) -> Iterator[list[tuple[int, float]]]:
    night = _flight(scope, pest, nights)
    air = scope.place("air_temperature")
    if night is None or air is None:
        return
    known = by_clock(sight.hours(air))
    begin, end = first_of(night, trap.DUSK_H), max(known, default=0)
    for stage in sets:
        curve, gained = [], 0.0
        for number in range(begin, end):
            curve.append((number * HOUR_MS, gained))
            if gained >= stage.constant_dd:
                break
            hour = known.get(number)
            gained += 0.0 if hour is None else stage.in_an_hour(hour.mean)
        yield curve


def _flight(scope: Scope, pest: str, nights: float) -> date | None:
    span, now_ms = (trap.TRAILING + 14) * DAY_MS, scope.now.utc_ms
    counted = scope.place("trap_count", pest)
    beams = scope.place("trap_beam_breaks")
    if now_ms is None:
        return None
    if counted is not None:
        catches = trap.of_counts(scope.hours(counted, span))
    else:
        catches = trap.of_counter(scope.hours(beams, span))
    rise = trap.latest_rise(catches, night_over(now_ms), round(nights))
    return None if rise is None else rise.night
