"""What rules ask of models: water, moths and blast of one plot."""

from datetime import date
from typing import Final

from rules.history import HOUR_MS, Place
from rules.language import Value
from rules.models import blast_nights, degree_days, trap, trend
from rules.models.blastam import Favour
from rules.models.drawdown import LONGEST_H, last_stretch
from rules.models.hours import first_of, night_over
from rules.models.species import NAME_OF, SPECIES
from rules.scope import DAY_MS, Scope
from rules.stages import days_to_heading
from rules.text import Both, Language, Measure, local_day, say

PAST_NIGHTS: Final = trap.TRAILING + 14  # nights that a rise is compared with, and it
BLAST_BEFORE_DAYS: Final = 7  # d; five daily means before the first night, and part
RH_NEEDED: Final = 95.0  # %; a sensor rated to less says nothing of wet leaves


def flowering(scope: Scope, days: float) -> Value:
    """Whether rice flowers within so many days, or has within as many."""
    if scope.plot is None or scope.now.day is None:
        return None
    away = days_to_heading(scope.plot, scope.now.day)
    return None if away is None else abs(away) <= days


def reaches(scope: Scope, quantity: str, level: float) -> Value:
    """Whether a falling level will stand at ``level``, and when."""
    place, now_ms = scope.place(quantity), scope.now.utc_ms
    if place is None or now_ms is None:
        return None
    span = round(LONGEST_H * HOUR_MS)
    gauge = scope.place("rain_total")
    stretch = last_stretch(
        scope.hours(place, span),
        None if gauge is None else scope.hours(gauge, span + 2 * HOUR_MS),  # a baseline
        now_ms,
        place.bottom,
    )
    if not stretch.times_h:
        return None
    found = trend.reaches(stretch.times_h, stretch.levels_cm, level, 0.0)
    if found is None:
        return False
    scope.facts["reach_day"] = _window(now_ms, found)
    return True


def _window(now_ms: int, reach: trend.Reach) -> Both:
    """The day of a reach, and its interval where that is more than the day."""

    def day(hours: float) -> date:
        return local_day(round(now_ms + HOUR_MS * hours))

    def told(language: Language, template: str, later: str) -> str:
        best, first = day(reach.best_h), day(reach.earliest_h)
        last = None if reach.latest_h is None else day(reach.latest_h)
        if first == best == last:
            return say(best, language)
        ends = say(first, language), later if last is None else say(last, language)
        return template.format(say(best, language), *ends)

    return Both(
        told("vi", "{} (từ {} đến {})", "muộn hơn nhiều"),
        told("en", "{} ({} to {})", "much later"),
    )


def hatching(scope: Scope, pest: str, nights: float) -> Value:
    """Whether the catch of a trap has risen and the eggs have not hatched since."""
    now_ms = scope.now.utc_ms
    if now_ms is None:
        return None
    catches = _catches(scope, pest)
    last_night = night_over(now_ms)
    rise = trap.latest_rise(catches, last_night, round(nights))
    if rise is None:
        return False if any(c.night == last_night for c in catches) else None
    since_ms = first_of(rise.night, trap.DUSK_H) * HOUR_MS
    warmth = scope.hours(scope.place("air_temperature"), PAST_NIGHTS * DAY_MS)
    found = degree_days.hatching(
        warmth, since_ms, now_ms, SPECIES[NAME_OF[pest]]["egg"]
    )
    scope.facts |= {
        "night": rise.night,
        "catch": Measure(rise.count, "1"),
        "factor": Measure(rise.factor, "1"),
        "hatch": _hatch(found),
    }
    scope.is_doubtful |= found is None or not found.is_sure
    end_ms = since_ms + round(nights) * DAY_MS if found is None else found.latest_ms
    return now_ms < end_ms + DAY_MS


def _hatch(found: degree_days.Hatching | None) -> Both:
    if found is None:
        return Both("chưa tính được ngày trứng nở", "when eggs hatch is not known")
    days = found.earliest, found.latest
    vi, en = ([say(day, language) for day in days] for language in ("vi", "en"))
    return Both(
        f"trứng có thể nở từ {vi[0]} đến {vi[1]}",
        f"eggs may hatch from {en[0]} to {en[1]}",
    )


def _catches(scope: Scope, pest: str) -> list[trap.Catch]:
    """Nightly catches of the plot: of this pest, else all that a lamp's beam counts."""
    counted = scope.place("trap_count", pest)
    if counted is not None:
        return trap.of_counts(scope.hours(counted, PAST_NIGHTS * DAY_MS))
    return trap.of_counter(
        scope.hours(scope.place("trap_beam_breaks"), PAST_NIGHTS * DAY_MS)
    )


def blast(scope: Scope, wanted: float, nights: float) -> Value:
    """Whether so many of the last nights favoured rice blast, by BLASTAM."""
    now_ms, weather = scope.now.utc_ms, _blast_weather(scope, nights)
    if now_ms is None or weather is None:
        return None
    judged = blast_nights.nights(weather, night_over(now_ms), round(nights))
    good = [night for night in judged if night.favour is Favour.FAVOURABLE]
    scope.facts |= {
        "favourable": Measure(len(good), "nights"),
        "wet_hours": Measure(max((n.wet_hours for n in good), default=0), "h"),
    }
    return blast_nights.at_least(judged, round(wanted))


def _blast_weather(scope: Scope, nights: float) -> blast_nights.Weather | None:
    span = round((nights + BLAST_BEFORE_DAYS) * DAY_MS)
    is_sensed = scope.plot is None or scope.plot.leaf_wetness == "sensor"
    wet = scope.place("leaf_wetness" if is_sensed else "relative_humidity")
    if wet is None or (not is_sensed and not reads_to_rh(wet)):
        return None
    scope.is_doubtful |= not is_sensed
    wind, rain = scope.place("wind_speed"), scope.place("rain_total")
    return blast_nights.Weather(
        wetness=scope.hours(wet, span),
        method="sensor" if is_sensed else "rh90",
        temperature=scope.hours(scope.place("air_temperature"), span),
        rain=None if rain is None else scope.hours(rain, span),
        wind=None if wind is None else scope.hours(wind, span),
    )


def reads_to_rh(place: Place) -> bool:
    """Whether a humidity sensor may be believed at 95 %: its maker says so."""
    return place.rated is not None and place.rated[1] >= RH_NEEDED
