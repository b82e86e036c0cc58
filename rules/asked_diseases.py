"""What rules ask of diseases: nights that favour blast or mildew, and wet leaves."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from rules.history import HOUR_MS, Hour, Place
from rules.models import blast_nights
from rules.models.blastam import WET_FROM, Favour, Method
from rules.models.hours import MEASURED, amounts, days_before, first_of, night_over
from rules.models.trap import DUSK_H, NIGHT_H
from rules.scope import DAY_MS, Scope
from rules.text import Both, Measure, local
from rules.vocabulary import Value

MOST_NIGHTS: Final = 14  # of one question; a rule looks at a week or two [D]
BLAST_BEFORE_DAYS: Final = 7  # d; five daily means before the first night, and part
RH_NEEDED: Final = 95.0  # %; a sensor rated to less says nothing of wet leaves
COOL_DAY_C: Final = 24.0  # °C; the day before is cooler: Hildebrand & Sutton 1982
HUMID: Final = 95.0  # %; from 02:00 to dawn without a break; the same
STILL_H, DAWN_H = 2, 6  # o'clock; from 02:00 (the same) to sunrise in its latest month
BY_SENSOR: Final = Both("theo cảm biến lá ướt", "by the leaf sensor")
BY_HUMIDITY: Final = Both("ước theo độ ẩm không khí", "estimated by humidity")


def blast(scope: Scope, wanted: float, nights: float) -> Value:
    """Whether so many of the last nights favoured rice blast, by BLASTAM."""
    now_ms = scope.now.utc_ms
    weather = _blast_weather(scope, nights) if _are_nights(scope, nights) else None
    if now_ms is None or weather is None:
        return None
    judged = blast_nights.nights(weather, night_over(now_ms), round(nights))
    good = [night for night in judged if night.favour is Favour.FAVOURABLE]
    scope.facts |= {
        "favourable": Measure(len(good), "nights"),
        "wet_hours": Measure(max((n.wet_hours for n in good), default=0), "h"),
    }
    for night in judged:
        favour = "?" if night.favour is None else night.favour.value
        told = f"{night.day:%d/%m} {favour}"
        wet = Measure(night.wet_hours, "h")
        scope.step(f"Đêm {told}, lá ướt", f"Night {told}, leaves wet", wet, "BLASTAM")
    return blast_nights.at_least(judged, round(wanted))


def _blast_weather(scope: Scope, nights: float) -> blast_nights.Weather | None:
    span = round((nights + BLAST_BEFORE_DAYS) * DAY_MS)
    wet, method = _wetness(scope)
    if wet is None:
        return None
    wind, rain = scope.place("wind_speed"), scope.place("rain_total")
    return blast_nights.Weather(
        wetness=scope.hours(wet, span),
        method=method,
        temperature=scope.hours(scope.where("air_temperature"), span),
        rain=None if rain is None else scope.hours(rain, span),
        wind=None if wind is None else scope.hours(wind, span),
    )


def wet_night(scope: Scope) -> Value:
    """For how many hours leaves were wet last night, dusk to dawn. [h]"""
    now_ms = scope.now.utc_ms
    wet, method = _wetness(scope)
    if now_ms is None or wet is None:
        return None
    dusk = first_of(_last_night(now_ms), DUSK_H)
    known = scope.by_clock(wet, 2 * DAY_MS)
    night = [known[n] for n in range(dusk, dusk + NIGHT_H) if n in known]
    if len(night) < MEASURED * NIGHT_H:
        scope.lack(f"less than {MEASURED:.0%} of last night is known of {wet.quantity}")
        return None
    found = float(sum(hour.mean >= WET_FROM[method] for hour in night))
    scope.step("Giờ lá ướt đêm qua", "Wet hours of last night", Measure(found, "h"))
    return found


def _last_night(now_ms: int) -> date:
    """Evening of the newest night whose dark is over, at 06:00."""
    return local(now_ms - (DUSK_H + NIGHT_H) * HOUR_MS).date()


def _wetness(scope: Scope) -> tuple[Place | None, Method]:
    """What tells wet leaves, and how; a plot's table may say by humidity."""
    is_sensed = scope.plot is None or scope.plot.leaf_wetness == "sensor"
    scope.facts["wet_by"] = BY_SENSOR if is_sensed else BY_HUMIDITY
    if is_sensed:
        return scope.where("leaf_wetness"), "sensor"
    scope.is_doubtful = True
    humid = scope.where("relative_humidity")
    if humid is None or reads_to_rh(humid):
        return humid, "rh90"
    scope.lack(f"{humid.sensor} is not rated to {RH_NEEDED:g} %")
    return None, "rh90"


def reads_to_rh(place: Place) -> bool:
    """Whether a humidity sensor may be believed at 95 %: its maker says so."""
    return place.rated is not None and place.rated[1] >= RH_NEEDED


# --- downy mildew of onion -----------------------------------------------------


def mildew(scope: Scope, nights: float) -> Value:
    """Whether one of the last nights let onion downy mildew make spores.

    Notes
    -----
    ``rules.models.onion_mildew``: the day before was cool, the air near saturation
    from 02:00 to dawn without a break, and no rain fell; a leaf sensor that was wet
    all the time says dew.  Without a gauge or leaf sensor these count as dry.
    """
    now_ms, humid = scope.now.utc_ms, scope.where("relative_humidity")
    if now_ms is None or humid is None or not _are_nights(scope, nights):
        return None
    if not reads_to_rh(humid):
        scope.lack(f"{humid.sensor} is not rated to {RH_NEEDED:g} %")
        return None
    span = round((nights + 3) * DAY_MS)
    rain = scope.place("rain_total")
    series = _Mildew(
        air=scope.by_clock(scope.where("air_temperature"), span),
        humid=scope.by_clock(humid, span),
        rain=None if rain is None else amounts(scope.by_clock(rain, span)),
    )
    scope.is_doubtful |= rain is None
    found = [
        (night, series.sporulates(night))
        for night in days_before(_last_night(now_ms), round(nights))
    ]
    good = [night for night, is_so in found if is_so]
    if good:
        scope.facts["night"] = good[-1]
        scope.step("Đêm có thể sinh bào tử", "Night that lets spores form", good[-1])
        return True
    return None if any(is_so is None for _, is_so in found) else False


class _Mildew:
    """Hours that the nights are judged by."""

    def __init__(
        self,
        air: Mapping[int, Hour],
        humid: Mapping[int, Hour],
        rain: Mapping[int, float] | None,
    ) -> None:
        self._air, self._humid, self._rain = air, humid, rain

    def sporulates(self, night: date) -> bool | None:
        """Whether the night that began on the evening of ``night`` let spores form."""
        noon = first_of(night, 12)
        still = range(noon + 12 + STILL_H, noon + 12 + DAWN_H)
        answers = (
            self._was_cool(first_of(night, 0)),
            self._was_humid(still),
            self._was_dry(range(first_of(night, DUSK_H), still.stop)),
        )
        if False in answers:
            return False
        return None if None in answers else True

    def _was_cool(self, first: int) -> bool | None:
        day = [self._air[n].high for n in range(first, first + 24) if n in self._air]
        if day and max(day) >= COOL_DAY_C:
            return False
        return True if len(day) >= MEASURED * 24 else None

    def _was_humid(self, hours: range) -> bool | None:
        known = [self._humid[n].low for n in hours if n in self._humid]
        if known and min(known) < HUMID:
            return False
        return True if len(known) == len(hours) else None

    def _was_dry(self, hours: range) -> bool | None:
        if self._rain is None:
            return True
        known = [self._rain[n] for n in hours if n in self._rain]
        if sum(known) > 0:
            return False
        return True if len(known) == len(hours) else None


def _are_nights(scope: Scope, nights: float) -> bool:
    if 1 <= nights <= MOST_NIGHTS:
        return True
    scope.lack(f"{nights:g} nights; give 1 to {MOST_NIGHTS}")
    return False
