"""Crops by FAO-56: stage lengths, coefficients, roots, depletion and salt.

A cell that no source read gives is ``None``: fill it from local data, do not guess.
The lengths are of other climates and longer varieties; scale them to the season
with :meth:`Lengths.scaled_to`, or give local ones.  Of a range of root depths the
smaller is for irrigation, the larger for rainfed modelling (table 22, footnote 1).
Citrus here is without ground cover, at 70 % canopy; FAO-56 warns that its Kcb may
be 0.1 to 0.2 higher in humid climates.

Nothing here needs numpy.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998: tables 22, 23, 24.
.. [2] The same, tables 11, 12 and 17, as carried by K. R. Thorp, pyfao56 1.4.3.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple


class Span(NamedTuple):
    """A figure of a table, from its low to its high end; both the same if one."""

    low: float
    high: float


class Lengths(NamedTuple):
    """How long the four stages last. [d]  FAO-56 table 11."""

    initial: float
    development: float
    mid: float
    late: float

    @property
    def total(self) -> float:
        """From sowing to harvest. [d]"""
        return math.fsum(self)

    def scaled_to(self, duration_days: float) -> "Lengths":
        """Stages of the same shares in a season of another length.

        >>> Lengths(30, 30, 60, 30).scaled_to(100)
        Lengths(initial=20.0, development=20.0, mid=40.0, late=20.0)
        """
        if not (math.isfinite(duration_days) and duration_days > 0):
            msg = f"a season of {duration_days} d has no stages; give days above 0"
            raise ValueError(msg)
        share = duration_days / self.total
        return Lengths(*(days * share for days in self))


class Coefficients(NamedTuple):
    """Crop coefficients of the initial, the mid and the end of the late stage. [1]"""

    initial: float
    mid: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Salt:
    """What salt in the root zone costs.  FAO-56 table 23."""

    threshold: Span  # dS/m at 25 °C of the saturation extract; no loss below
    slope: Span  # % of yield per dS/m above
    rating: Literal["S", "MS", "MT", "T"]  # sensitive to tolerant


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """One row of the tables; what is ``None`` is not known."""

    vi: str
    en: str
    lengths: tuple[Lengths, ...] = ()  # table 11, the nearest climate first
    kc: Coefficients | None = None  # table 12, single
    kcb: Coefficients | None = None  # table 17, basal
    height_m: float | None = None  # table 12
    roots_m: Span | None = None  # table 22, greatest depth
    p: float | None = None  # table 22, depletion without stress at ETc 5 mm/d
    p_of: Literal["available", "saturation"] = "available"
    salt: Salt | None = None  # table 23
    salt_rating: Literal["S", "MS", "MT", "T"] | None = None  # where it is all there is
    ky: Span | None = None  # table 24, yield response to water


def _salt(
    threshold: float | Span, slope: float | Span, rating: Literal["S", "MS", "MT", "T"]
) -> Salt:
    return Salt(threshold=_span(threshold), slope=_span(slope), rating=rating)


def _span(figure: float | Span) -> Span:
    return figure if isinstance(figure, Span) else Span(figure, figure)


def _row(
    vi: str,
    en: str,
    kc: tuple[float, float, float],
    kcb: tuple[float, float, float],
    height_m: float,
    roots_m: tuple[float, float] | None,
    p: float | None,
    *lengths: tuple[float, float, float, float],
    salt: Salt | None = None,
    ky: float | Span | None = None,
    p_of: Literal["available", "saturation"] = "available",
    salt_rating: Literal["S", "MS", "MT", "T"] | None = None,
) -> Crop:
    """One line of the tables: coefficients, height, roots, p, then stage lengths."""
    return Crop(
        vi=vi,
        en=en,
        lengths=tuple(Lengths(*row) for row in lengths),
        kc=Coefficients(*kc),
        kcb=Coefficients(*kcb),
        height_m=height_m,
        roots_m=None if roots_m is None else Span(*roots_m),
        p=p,
        p_of=p_of,
        salt=salt,
        salt_rating=salt.rating if salt else salt_rating,
        ky=None if ky is None else _span(ky),
    )


# Table 23 of Salt and table 24 of ky stand beside each row [1]; lengths, Kc, Kcb and
# height are of [2], roots and p of [1].
_MAIZE_SALT: Final = _salt(1.7, 12, "MS")
_SUGARCANE_SALT: Final = _salt(1.7, 5.9, "MS")

# fmt: off
CROPS: Final[Mapping[str, Crop]] = MappingProxyType({
    # in table 23 the EC of the soil water while rice stands flooded
    "rice": _row("lúa", "rice", (1.05, 1.20, 0.75), (1.00, 1.15, 0.57), 1.0,
        (0.5, 1.0), 0.20, (30, 30, 60, 30), (30, 30, 80, 40),
        p_of="saturation", salt=_salt(3.0, 12, "S")),
    "maize": _row("ngô lấy hạt, thu ẩm", "maize, grain, harvested wet",
        (0.3, 1.20, 0.60), (0.15, 1.15, 0.50), 2.0, (1.0, 1.7), 0.55,
        (20, 35, 40, 30), (30, 40, 50, 30), salt=_MAIZE_SALT, ky=1.25),
    "maize-dry": _row("ngô lấy hạt, thu khô", "maize, grain, dried to 18 %",
        (0.3, 1.20, 0.35), (0.15, 1.15, 0.15), 2.0, (1.0, 1.7), 0.55,
        (20, 35, 40, 30), (30, 40, 50, 30), salt=_MAIZE_SALT, ky=1.25),
    "maize-sweet": _row("ngô ngọt", "sweet maize, fresh", (0.3, 1.15, 1.05),
        (0.15, 1.10, 1.00), 1.5, (0.8, 1.2), 0.50, (20, 20, 30, 10),
        salt=_MAIZE_SALT, ky=1.25),
    "groundnut": _row("lạc", "groundnut", (0.4, 1.15, 0.60), (0.15, 1.10, 0.50), 0.4,
        (0.5, 1.0), 0.50, (25, 35, 45, 25), salt=_salt(3.2, 29, "MS"), ky=0.70),
    "sugarcane": _row("mía tơ", "sugarcane, virgin", (0.40, 1.25, 0.75),
        (0.15, 1.20, 0.70), 3.0, (1.2, 2.0), 0.65, (50, 70, 220, 140),
        salt=_SUGARCANE_SALT, ky=1.2),
    "sugarcane-ratoon": _row("mía gốc", "sugarcane, ratoon", (0.40, 1.25, 0.75),
        (0.15, 1.20, 0.70), 3.0, (1.2, 2.0), 0.65, (30, 50, 180, 60),
        salt=_SUGARCANE_SALT, ky=1.2),
    "cassava": _row("sắn năm đầu", "cassava, first year", (0.3, 0.80, 0.30),
        (0.15, 0.70, 0.20), 1.0, (0.5, 0.8), 0.35, (20, 40, 90, 60)),
    "cassava-2": _row("sắn năm hai", "cassava, second year", (0.3, 1.10, 0.50),
        (0.15, 1.00, 0.45), 1.5, (0.7, 1.0), 0.40, (150, 40, 110, 60)),
    "onion": _row("hành củ", "onion, dry", (0.7, 1.05, 0.75), (0.15, 0.95, 0.65), 0.4,
        (0.3, 0.6), 0.30, (15, 25, 70, 40), salt=_salt(1.2, 16, "S"), ky=1.1),
    # roots and p of green onion were not read: None
    "onion-green": _row("hành lá, hành tím", "onion, green; shallot",
        (0.7, 1.00, 1.00), (0.15, 0.90, 0.90), 0.3, None, None, (25, 30, 10, 5),
        salt=_salt(1.2, 16, "S"), ky=1.1),
    # not in tables 11, 23 and 24
    "garlic": _row("tỏi", "garlic", (0.7, 1.00, 0.70), (0.15, 0.90, 0.60), 0.3,
        (0.3, 0.5), 0.30),
    "chilli": _row("ớt", "chilli, as sweet pepper", (0.6, 1.05, 0.90),
        (0.15, 1.00, 0.80), 0.7, (0.5, 1.0), 0.30, (30, 35, 40, 20),
        salt=_salt(Span(1.5, 1.7), Span(12, 14), "MS"), ky=1.1),
    "tomato": _row("cà chua", "tomato", (0.6, 1.15, 0.80), (0.15, 1.10, 0.70), 0.6,
        (0.7, 1.5), 0.40, (30, 40, 45, 30),
        salt=_salt(Span(0.9, 2.5), 9, "MS"), ky=1.05),
    "eggplant": _row("cà tím", "eggplant", (0.6, 1.05, 0.90), (0.15, 1.00, 0.80), 0.8,
        (0.7, 1.2), 0.45, (30, 40, 40, 20)),
    "cabbage": _row("bắp cải", "cabbage", (0.7, 1.05, 0.95), (0.15, 0.95, 0.85), 0.4,
        (0.5, 0.8), 0.45, (40, 60, 50, 15),
        salt=_salt(Span(1.0, 1.8), Span(9.8, 14), "MS"), ky=0.95),
    "cucumber": _row("dưa chuột", "cucumber", (0.6, 1.00, 0.75), (0.15, 0.95, 0.70),
        0.3, (0.7, 1.2), 0.50, (20, 30, 40, 15),
        salt=_salt(Span(1.1, 2.5), Span(7, 13), "MS")),
    # lengths of watermelon were not read in the facts' sources: none
    "watermelon": _row("dưa hấu", "watermelon", (0.4, 1.00, 0.75), (0.15, 0.95, 0.70),
        0.4, (0.8, 1.5), 0.40, salt_rating="MS", ky=1.1),
    "mung-bean": _row("đậu xanh", "green gram, fresh", (0.4, 1.05, 0.60),
        (0.15, 1.00, 0.55), 0.4, (0.6, 1.0), 0.45, (20, 30, 30, 20)),
    # one row with green gram in tables 11, 12, 17 and 22
    "cowpea": _row("đậu đũa, đậu đen", "cowpea, fresh", (0.4, 1.05, 0.60),
        (0.15, 1.00, 0.55), 0.4, (0.6, 1.0), 0.45, (20, 30, 30, 20),
        salt=_salt(4.9, 12, "MT")),
    "soybean": _row("đậu tương", "soybean", (0.5, 1.15, 0.50), (0.15, 1.10, 0.30),
        0.75, (0.6, 1.3), 0.50, (15, 15, 40, 15), salt=_salt(5.0, 20, "MT")),
    "bean": Crop(vi="đậu cô ve", en="bean", salt=_salt(1.0, 19, "S"), salt_rating="S"),
    "sweet-potato": _row("khoai lang", "sweet potato", (0.5, 1.15, 0.65),
        (0.15, 1.10, 0.55), 0.4, (1.0, 1.5), 0.65, (15, 30, 50, 30),
        salt=_salt(Span(1.5, 2.5), 10, "MS")),
    "banana": _row("chuối năm đầu", "banana, first year", (0.50, 1.10, 1.00),
        (0.15, 1.05, 0.90), 3.0, (0.5, 0.9), 0.35, (120, 90, 120, 60),
        salt_rating="MS", ky=Span(1.2, 1.35)),
    "banana-2": _row("chuối năm hai", "banana, second year", (1.00, 1.20, 1.10),
        (0.60, 1.10, 1.05), 4.0, (0.5, 0.9), 0.35, (120, 60, 180, 5),
        salt_rating="MS", ky=Span(1.2, 1.35)),
    "citrus": _row("cây có múi", "citrus", (0.70, 0.65, 0.70), (0.65, 0.60, 0.65), 4.0,
        (1.2, 1.5), 0.50, (60, 90, 120, 95),
        salt=_salt(1.7, 16, "S"), ky=Span(1.1, 1.3)),
})
# fmt: on
"""Rows by the name that a plot's ``crop`` has; the wider ones have a suffix."""
