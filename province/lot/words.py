"""Words and numbers of both reports: what people in the field say.  Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from province.lot.facts import Measured, Season
from telemetry.observer import observer_of
from telemetry.quantity import QUANTITIES, Kind
from telemetry.ranges import Range

STAGES_VI: Final[Mapping[str, str]] = MappingProxyType(
    {
        "egg": "trứng",
        "nymph": "ấu trùng",
        "larva": "sâu non",
        "adult": "trưởng thành",
        "all": "mọi tuổi",
    }
)

CROPS_VI: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rice": "lúa",
        "maize": "ngô",
        "maize-sweet": "ngô ngọt",
        "groundnut": "lạc",
        "cassava": "sắn",
        "onion": "hành",
        "onion-green": "hành lá",
        "garlic": "tỏi",
        "chilli": "ớt",
        "tomato": "cà chua",
        "eggplant": "cà tím",
        "cabbage": "bắp cải",
        "cucumber": "dưa chuột",
        "mung-bean": "đậu xanh",
        "soybean": "đậu nành",
        "sweet-potato": "khoai lang",
        "banana": "chuối",
        "citrus": "cây có múi",
        "watermelon": "dưa hấu",
        "sugarcane": "mía",
    }
)
"""Crops by the names of the config; one that is not here is told by that name."""

VALUE_IS: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        Kind.LEVEL: ("trung bình", "mean"),
        Kind.AMOUNT: ("tổng", "sum"),
        Kind.COUNTER: ("tăng", "increase"),
        Kind.DIRECTION: ("hướng trung bình", "vector mean"),
        Kind.STATE: ("sau cùng", "last"),
    }
)
"""What the value of a summary is."""
PER_PLACE: Final = frozenset({"pest_density", "pest_per_tiller", "plants_affected"})


def kind_of(one: Measured) -> Kind:
    """How values of this add up.

    Densities have no sum, nor has what people count: who corrects a count or drops a
    table again tells it again, and twice as many were not there.
    """
    kind = QUANTITIES[one.quantity].kind
    is_told = one.sensor is not None and observer_of(one.sensor) is not None
    has_no_sum = one.quantity in PER_PLACE or is_told
    return Kind.LEVEL if kind is Kind.AMOUNT and has_no_sum else kind


def value_of(one: Measured) -> float | None:
    """The value of all of it, as ``kind_of`` adds it up."""
    answer = one.summary
    if answer is None or answer.value is None or not answer.count:
        return None
    is_summed = QUANTITIES[one.quantity].kind is not kind_of(one)
    return answer.value / answer.count if is_summed else answer.value


def number(value: float) -> str:
    """Write at most two decimals behind a comma, with blanks in thousands.

    >>> number(-11.25), number(1.256), number(2856.0), number(-0.001)
    ('−11,2', '1,26', '2 856', '0')
    """
    size = abs(value)
    plain = f"{value:,.{0 if size >= 1000 else 1 if size >= 10 else 2}f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    if plain == "-0":
        plain = "0"
    return plain.replace("-", "−").replace(",", " ").replace(".", ",")


def coverage_pct(good: int, due: int | None) -> float | None:
    """Values stored for polls due. [%]  ``None`` where nobody knows what was due."""
    return None if not due else round(100 * good / due, 1)


def place_of_gap(gap: Range, season: Season) -> tuple[str, str]:
    """Where in a season a gap lies, in both languages."""
    match (gap[0] == season.start_ns, gap[1] == season.end_ns):
        case (True, True):
            return "cả vụ", "the whole season"
        case (True, False):
            return "trước giá trị đầu", "before the first value"
        case (False, True):
            return "sau giá trị cuối", "after the last value"
    return "gián đoạn", "gap"
