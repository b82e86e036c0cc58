"""What rules ask of pests: what people counted, what traps caught, what will hatch."""

from collections.abc import Iterable, Mapping
from typing import Final

from rules.history import HOUR_MS, Hour
from rules.models import degree_days, trap
from rules.models.hours import first_of, night_of, night_over
from rules.models.species import NAME_OF, SPECIES
from rules.scope import DAY_MS, Scope
from rules.text import Both, Instant, Measure, say
from rules.vocabulary import CAUGHT, Value
from telemetry.quantity import QUANTITIES

MOST_NIGHTS: Final = 60  # that a rise is looked for in; a flight is long over [D]
HATCHING: Final[Mapping[str, str]] = {
    code: name for code, name in NAME_OF.items() if "egg" in SPECIES.get(name, ())
}
"""Pests whose eggs have a threshold and a constant, by EPPO code."""


def scouted(scope: Scope, quantity: str, pest: str, stage: str, days: float) -> Value:
    """The newest count that people made on this plot within so many days."""
    places = scope.counted(quantity, pest, stage)
    samples = [(scope.history.newest(place), place) for place in places]
    known = [(s.ms, s, place) for s, place in samples if s is not None]
    fresh = [
        each
        for each in known  # none of a day to come, as a wrong clock has stamped it
        if -HOUR_MS <= scope.now.ms - each[0] <= days * DAY_MS
    ]
    if not fresh:
        scope.lack(f"nobody has counted {pest} ({stage}) within {days:g} days")
        return None
    ms, sample, place = max(fresh, key=lambda each: each[0])
    scope.is_doubtful |= sample.is_doubtful
    when = None
    if scope.now.utc_ms is not None:
        when = scope.now.utc_ms - (scope.now.ms - ms)
    scope.facts["counted"] = Instant(when)
    unit = QUANTITIES[quantity].unit
    by = f"{place.role}, {place.method}"
    measure = Measure(sample.value, unit)
    scope.step(f"Đếm {pest} ({by})", f"Count of {pest} ({by})", measure)
    return sample.value


def rise(scope: Scope, catch: str, nights: float) -> Value:
    """Whether a trap's catch has risen within the last so many nights."""
    found = _rise(scope, catch, nights)
    if isinstance(found, trap.Rise):
        _tell(scope, found)
        return True
    return found


def hatching(scope: Scope, pest: str, nights: float) -> Value:
    """Whether the catch of a trap has risen and the eggs have not hatched since."""
    now_ms = scope.now.utc_ms
    found = _rise(scope, pest, nights)
    if not isinstance(found, trap.Rise):
        return found
    if now_ms is None:
        return None
    since_ms = first_of(found.night, trap.DUSK_H) * HOUR_MS
    past_ms = round(_past_nights(nights) * DAY_MS)
    warmth = scope.hours(scope.where("air_temperature"), past_ms)
    sets = SPECIES[HATCHING[pest]]["egg"]
    when = degree_days.hatching(warmth, since_ms, now_ms, sets)
    _tell(scope, found)
    scope.facts["hatch"] = _hatch(when)
    for one in sets:
        told = f"{one.threshold_c:g} °C, {one.constant_dd:.1f} °d"
        vi = f"Trứng: {told.replace('.', ',')}"
        scope.step(vi, f"Egg: {told}", source=one.source)
    scope.step("Trứng nở", "Hatching", _hatch(when))
    scope.is_doubtful |= when is None or not when.is_sure
    end_ms = since_ms + round(nights) * DAY_MS if when is None else when.latest_ms
    return now_ms < end_ms + DAY_MS


def _rise(scope: Scope, catch: str, nights: float) -> trap.Rise | bool | None:
    """The newest rise; ``False`` if there is none, ``None`` if nobody knows."""
    now_ms = scope.now.utc_ms
    if now_ms is None:
        return None
    if not 1 <= nights <= MOST_NIGHTS:
        scope.lack(f"a rise within {nights:g} nights; give 1 to {MOST_NIGHTS}")
        return None
    catches = _catches(scope, catch, nights)
    last_night = night_over(now_ms)
    found = trap.latest_rise(catches, last_night, round(nights))
    if found is not None:
        return found
    if any(each.night == last_night for each in catches):
        return False
    scope.lack("no trap has told the catch of the last night")
    return None


def _past_nights(nights: float) -> float:
    """Nights that a rise within ``nights`` is compared with, and those."""
    return trap.TRAILING + nights + 4  # of a day's margin on either side


def _catches(scope: Scope, catch: str, nights: float) -> list[trap.Catch]:
    """Nightly catches of the plot: of this pest, else all that a lamp's beam counts."""
    span_ms = round(_past_nights(nights) * DAY_MS)
    pest = None if catch in CAUGHT else catch
    if catch != "trap_beam_breaks":
        counted = scope.places("trap_count", pest)
        is_one_trap = len({(p.pest, p.stage, p.z) for p in counted}) == 1
        if is_one_trap and all(place.role is not None for place in counted):
            by = [hour for place in counted for hour in scope.hours(place, span_ms)]
            return _newest(sorted(by, key=lambda hour: hour.begin_ms))
        if len(counted) == 1:
            return trap.of_counts(scope.hours(counted[0], span_ms))
    if catch == "trap_count":
        return []
    return trap.of_counter(scope.hours(scope.place("trap_beam_breaks"), span_ms))


def _newest(hours: Iterable[Hour]) -> list[trap.Catch]:
    """What people told of each night; who corrects a count tells it again."""
    nights = {
        night_of((hour.begin_ms + HOUR_MS // 2) // HOUR_MS): hour.last
        for hour in hours
        if hour.n
    }
    return [trap.Catch(night, count) for night, count in sorted(nights.items())]


def _tell(scope: Scope, found: trap.Rise) -> None:
    scope.facts |= {
        "night": found.night,
        "catch": Measure(found.count, "1"),
        "factor": Measure(found.factor, "1"),
    }
    measure = Measure(found.count, "1")
    scope.step("Đêm bướm rộ", "Night of the rise", found.night)
    scope.step("Số vào bẫy đêm đó", "Catch of that night", measure)
    measure = Measure(found.factor, "1")
    scope.step("Gấp bao nhiêu lần thường", "Times the usual catch", measure)


def _hatch(found: degree_days.Hatching | None) -> Both:
    if found is None:
        return Both("chưa tính được ngày trứng nở", "when eggs hatch is not known")
    days = found.earliest, found.latest
    vi, en = ([say(day, language) for day in days] for language in ("vi", "en"))
    return Both(
        f"trứng có thể nở từ {vi[0]} đến {vi[1]}",
        f"eggs may hatch from {en[0]} to {en[1]}",
    )
