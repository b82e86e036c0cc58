"""What a rule may ask, by name: values, windows, models, health.

Each function takes the scope and its arguments, answers in the unit that stands
here, and returns ``None`` where the field does not tell.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rules import asked_health, asked_models, asked_values
from rules.language import PEST, QUANTITY, SAME, TRUTH, Function

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "last": Function(takes=(QUANTITY,), gives=SAME, call=asked_values.last),
        "mean": Function(takes=(QUANTITY, "h"), gives=SAME, call=asked_values.mean),
        "lowest": Function(takes=(QUANTITY, "h"), gives=SAME, call=asked_values.lowest),
        "highest": Function(
            takes=(QUANTITY, "h"), gives=SAME, call=asked_values.highest
        ),
        "increase": Function(
            takes=(QUANTITY, "h"), gives=SAME, call=asked_values.increase
        ),
        "full_scale": Function(
            takes=(QUANTITY,), gives=SAME, call=asked_values.full_scale
        ),
        "zero_age": Function(takes=(QUANTITY,), gives="d", call=asked_values.zero_age),
        "flowering": Function(takes=("d",), gives=TRUTH, call=asked_models.flowering),
        "reaches": Function(
            takes=(QUANTITY, SAME),
            gives=TRUTH,
            facts=("reach_day",),
            call=asked_models.reaches,
        ),
        "hatching": Function(
            takes=(PEST, "nights"),
            gives=TRUTH,
            facts=("night", "catch", "factor", "hatch"),
            call=asked_models.hatching,
        ),
        "blast": Function(
            takes=("nights", "nights"),
            gives=TRUTH,
            facts=("favourable", "wet_hours"),
            call=asked_models.blast,
        ),
        "silent": Function(
            takes=(), gives="polls", per="sensor", call=asked_health.silent
        ),
        "impossible": Function(
            takes=(), gives="polls", per="sensor", call=asked_health.impossible
        ),
        "well": Function(takes=(), gives=TRUTH, per="sensor", call=asked_health.well),
        "stuck": Function(takes=(), gives="h", per="sensor", call=asked_health.stuck),
        "moving": Function(
            takes=(), gives=TRUTH, per="sensor", call=asked_health.moving
        ),
        "below_limit": Function(
            takes=(), gives=TRUTH, per="sensor", call=asked_health.below_limit
        ),
        "link_down": Function(
            takes=(), gives="h", per="gateway", call=asked_health.link_down
        ),
        "connected": Function(
            takes=(), gives=TRUTH, per="gateway", call=asked_health.connected
        ),
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
