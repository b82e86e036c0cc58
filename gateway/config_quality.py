"""``[sensors.NAME.quality.QUANTITY]``: other checks for this one sensor.

What is left out is as ``rules.quality.defaults`` has it; ``false`` is no such check.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from rules.quality import defaults
from rules.quality.checks import Checks
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span
from rules.quality.steps import Step
from telemetry.quantity import QUANTITIES

Limit = Annotated[float, Meta(ge=-1e12, le=1e12)]  # neither infinite nor NaN
Two = Annotated[list[Limit], Meta(min_length=2, max_length=2)]

KEYS: Final = ("expected", "rated", "step", "flat")
HOUR_S: Final = 3600.0


class Flat(msgspec.Struct, frozen=True, kw_only=True):
    """A change of less than ``change`` within ``within_h`` hours is none."""

    change: Annotated[float, Meta(gt=0, le=1e12)]
    within_h: Annotated[float, Meta(gt=0, le=8760)]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Limits in the quantity's unit."""

    expected: Two | bool | None = None  # lowest and highest; beyond: suspect
    rated: Two | bool | None = None  # what the maker vouches for; beyond: suspect
    step: Two | bool | None = None  # greatest change in a minute: suspect, fail
    flat: Flat | bool | None = None


def faults(quantity: str, quality: Quality) -> Iterator[str]:
    """What is wrong with the limits of a known quantity."""
    for key in KEYS:
        if getattr(quality, key) is True:
            yield f"{key}: true says nothing; leave it out, or false for no check"
    try:
        checks(quantity, quality)
    except ValueError as fault:
        yield str(fault)


def checks(
    quantity: str,
    quality: Quality | None,
    *,
    elevation_m: float | None = None,
    rated: tuple[float, float] | None = None,
    bottom: float | None = None,
) -> Checks:
    """What one sensor's series is held to.

    Raises
    ------
    ValueError
        Limits that say nothing, or expect what is impossible.
    """
    return defaults.of(
        quantity,
        elevation_m=elevation_m,
        rated=None if rated is None else Span(*rated),
        bottom_cm=bottom if QUANTITIES[quantity].unit == "cm" else None,
        override={} if quality is None else _override(quality),
    )


def _override(quality: Quality) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in KEYS:
        match getattr(quality, key):
            case Flat(change=change, within_h=within_h):
                found[key] = FlatLine(change, within_h * HOUR_S)
            case [low, high]:
                found[key] = (Step if key == "step" else Span)(low, high)
            case False:
                found[key] = None
    return found
