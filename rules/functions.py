"""What a rule may ask, by name: values, windows, water, pests, diseases, health.

Each function takes the scope and its arguments, answers in the unit that stands
here, and returns ``None`` where the field does not tell, with a word in
``scope.lacks``.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from rules import (
    asked_diseases,
    asked_evaporation,
    asked_health,
    asked_pests,
    asked_values,
    asked_water,
    asked_windows,
)
from rules.vocabulary import (
    CATCH,
    HOURLY,
    PEST,
    QUANTITY,
    RATE,
    SAME,
    STAGE,
    TRUTH,
    Function,
    Lasts,
)
from telemetry.quantity import INSECT_COUNTS, Kind

_LEVELS: Final = frozenset({Kind.LEVEL})
_MEANS: Final = frozenset({Kind.LEVEL, Kind.STATE})  # a state's mean is its share
_SUMS: Final = frozenset({Kind.COUNTER, Kind.AMOUNT})
_RISE: Final = ("night", "catch", "factor")


def _of_window(call: Any, kinds: frozenset[Kind], gives: str = SAME) -> Function:
    return Function(takes=(QUANTITY, "h"), gives=gives, call=call, kinds=kinds)


def _of_yesterday(call: Any) -> Function:
    return Function(
        takes=(QUANTITY,), gives=SAME, call=call, kinds=_LEVELS, lasts="day"
    )


def _model(
    call: Any,
    gives: str,
    *takes: str,
    facts: tuple[str, ...] = (),
    lasts: Lasts = "look",
    pests: Collection[str] = (),
    quantities: Collection[str] = (),
) -> Function:
    return Function(
        takes=takes,
        gives=gives,
        call=call,
        facts=facts,
        lasts=lasts,
        pests=pests,
        quantities=quantities,
    )


def _of(per: str, call: Any, gives: str) -> Function:
    return Function(takes=(), gives=gives, per=per, call=call)


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "last": _model(asked_values.last, SAME, QUANTITY),
        "full_scale": _model(asked_values.full_scale, SAME, QUANTITY),
        "zero_age": _model(asked_values.zero_age, "d", QUANTITY),
        "flowering": _model(asked_values.flowering, TRUTH, "d"),
        "stage_day": _model(asked_values.stage_day, "d"),
        "daytime": _model(asked_values.daytime, TRUTH),
        # windows
        "mean": _of_window(asked_windows.mean, _MEANS),
        "min": _of_window(asked_windows.least, _MEANS),
        "max": _of_window(asked_windows.greatest, _MEANS),
        "sum": _of_window(asked_windows.total, _SUMS),
        "count": _of_window(asked_windows.count, frozenset(Kind), "1"),
        "trend": Function(
            takes=(QUANTITY, "h"),
            gives=RATE,
            call=asked_windows.trend,
            kinds=_LEVELS,
            lasts="hour",
        ),
        "hours_where": _model(asked_windows.hours_where, "h", HOURLY, "h"),
        "daily_mean": _of_yesterday(asked_windows.daily_mean),
        "daily_min": _of_yesterday(asked_windows.daily_least),
        "daily_max": _of_yesterday(asked_windows.daily_greatest),
        "reaches": Function(
            takes=(QUANTITY, SAME),
            gives=TRUTH,
            facts=("reach_day",),
            call=asked_windows.reaches,
            kinds=_LEVELS,
        ),
        # water
        "et0": _model(asked_evaporation.et0, "mm/d", lasts="day"),
        "crop_et": _model(asked_evaporation.crop_et, "mm/d", lasts="day"),
        "depletion": _model(asked_water.depletion, "mm", facts=("depth", "per_sao")),
        "own_soil": _model(asked_water.own_soil, TRUTH),
        "taw": _model(asked_water.taw, "mm", lasts="day"),
        "raw": _model(asked_water.raw, "mm", lasts="day"),
        "raw_days": _model(asked_water.raw_days, "d", lasts="day"),
        "salinity": _model(
            asked_water.salinity, "g/L", QUANTITY, quantities=("water_conductivity",)
        ),
        # pests and diseases
        "scouted": _model(
            asked_pests.scouted,
            *(SAME, QUANTITY, PEST, STAGE, "d"),
            facts=("counted",),
            quantities=sorted(INSECT_COUNTS),
        ),
        "rise": _model(
            asked_pests.rise, TRUTH, CATCH, "nights", facts=_RISE, lasts="night"
        ),
        "hatching": _model(
            asked_pests.hatching,
            *(TRUTH, PEST, "nights"),
            facts=(*_RISE, "hatch"),
            lasts="night",
            pests=asked_pests.HATCHING,
        ),
        "blast": _model(
            asked_diseases.blast,
            *(TRUTH, "nights", "nights"),
            facts=("favourable", "wet_hours", "wet_by"),
            lasts="night",
        ),
        "mildew": _model(
            asked_diseases.mildew, TRUTH, "nights", facts=("night",), lasts="dawn"
        ),
        "wet_night": _model(
            asked_diseases.wet_night, "h", facts=("wet_by",), lasts="dawn"
        ),
        # health
        "silent": _of("sensor", asked_health.silent, "polls"),
        "impossible": _of("sensor", asked_health.impossible, "polls"),
        "well": _of("sensor", asked_health.well, TRUTH),
        "stuck": _of("sensor", asked_health.stuck, "h"),
        "moving": _of("sensor", asked_health.moving, TRUTH),
        "below_limit": _of("sensor", asked_health.below_limit, TRUTH),
        "link_down": _of("gateway", asked_health.link_down, "h"),
        "connected": _of("gateway", asked_health.connected, TRUTH),
    }
)
"""Every function by its name."""

WORDS_OF_SCOPE: Final = MappingProxyType(
    {
        "plot": ("plot", "since"),
        "sensor": ("sensor", "device", "since"),
        "gateway": ("since",),
    }
)
"""What a text may name without a function, by what the rule is for."""

NAMES_OF_TEXTS: Final = frozenset(
    {
        "value",
        *(name for names in WORDS_OF_SCOPE.values() for name in names),
        *(fact for function in FUNCTIONS.values() for fact in function.facts),
    }
)
"""What a number of a set must not be called, or a text would say another."""
