"""Growth stages by days after sowing, scaled to the length of the season.  Pure.

Rice
    The three phases of a 120-day variety in the tropics: vegetative 55 d,
    reproductive 35 d, ripening 30 d, so that it flowers at three quarters of its
    life (IRRI Rice Knowledge Bank, "Three growth phases"; varieties differ mostly
    in the vegetative phase, which a proportional scale does not know: give
    ``heading`` where it was seen).  Within them: a seedling has five leaves and
    begins to tiller at 18 d (riceportal.in, "Stage 1, seedling", after IRRI);
    ``booting`` is the whole of làm đòng, from the panicle's beginning at 55 d;
    a field takes 10 to 14 d to head (Riceland, 2016, after the Arkansas Rice
    Production Handbook): 10 d are taken, five on either side of flowering.

Other crops
    The four stages of FAO-56, table 11 (as in pyfao56 1.4.3).  Garlic is not in
    that table and watermelon's row was not read; perennials do not begin with a
    sowing: these are known here, but have no stages.

The lengths come from other climates; a scale of ``duration_days`` brings them near.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from rules.plot import Plot


def _fao(initial: int, development: int, mid: int, late: int) -> Mapping[str, int]:
    names = "initial", "development", "mid", "late"
    return MappingProxyType(
        dict(zip(names, (initial, development, mid, late), strict=True))
    )


_NONE: Final[Mapping[str, int]] = MappingProxyType({})

STAGES_OF: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "rice": MappingProxyType(
            {
                "seedling": 18,
                "tillering": 37,
                "booting": 30,
                "heading": 10,
                "ripening": 25,
            }
        ),
        "maize": _fao(20, 35, 40, 30),  # grain, humid
        "maize-sweet": _fao(20, 20, 30, 10),  # Philippines
        "groundnut": _fao(25, 35, 45, 25),  # West Africa, dry season
        "cassava": _fao(20, 40, 90, 60),  # first year
        "onion": _fao(15, 25, 70, 40),  # dry
        "onion-green": _fao(25, 30, 10, 5),  # as shallot
        "chilli": _fao(30, 35, 40, 20),  # peppers
        "tomato": _fao(30, 40, 45, 30),
        "eggplant": _fao(30, 40, 40, 20),
        "cabbage": _fao(40, 60, 50, 15),
        "cucumber": _fao(20, 30, 40, 15),
        "mung-bean": _fao(20, 30, 30, 20),  # green gram
        "soybean": _fao(15, 15, 40, 15),  # tropics
        "sweet-potato": _fao(15, 30, 50, 30),  # tropics
        **dict.fromkeys(("garlic", "watermelon"), _NONE),
        **dict.fromkeys(("sugarcane", "banana", "citrus"), _NONE),
    }
)
"""Names of stages in their order, and how long each lasts. [d]"""

CROPS: Final = (*STAGES_OF, "vegetables", "other")
"""Every crop that a plot may have."""

HEADING_DAY: Final = MappingProxyType({"rice": 90})
"""When half of a crop heads, on the scale of ``STAGES_OF``. [d after sowing]"""


def stage_on(plot: Plot, day: date) -> str | None:
    """Stage of ``plot`` on ``day``.

    ``None`` before sowing, from the day of harvest on, of a crop without stages,
    and where ``sown`` or ``duration_days`` is unknown or contradicts ``heading``.

    >>> rice = Plot(id="p17", name="thửa 17", crop="rice",
    ...             sown=date(2025, 12, 23), duration_days=106)
    >>> stage_on(rice, date(2026, 2, 1)), stage_on(rice, date(2026, 3, 12))
    ('tillering', 'heading')
    """
    age = _age(plot, day)
    if age is None or age < 0:
        return None
    end = 0
    for stage, days in STAGES_OF[plot.crop].items():
        end += days
        if age < end:
            return stage
    return None


def heading_of(plot: Plot) -> date | None:
    """Day on which half of the crop heads: as seen, else as scaled."""
    day = HEADING_DAY.get(plot.crop)
    if plot.heading is not None or day is None:
        return plot.heading
    if plot.sown is None or plot.duration_days is None:
        return None
    share = day / sum(STAGES_OF[plot.crop].values())
    return plot.sown + timedelta(days=round(share * plot.duration_days))


def days_to_heading(plot: Plot, day: date) -> int | None:
    """Days from ``day`` to heading, negative after it."""
    heading = heading_of(plot)
    return None if heading is None else (heading - day).days


def _age(plot: Plot, day: date) -> float | None:
    """Age on the scale of the crop's table. [d]"""
    if plot.crop not in STAGES_OF or plot.sown is None or not plot.duration_days:
        return None
    age, scale = (day - plot.sown).days, sum(STAGES_OF[plot.crop].values())
    heading = HEADING_DAY.get(plot.crop)
    if plot.heading is None or heading is None:
        return age * scale / plot.duration_days
    seen = (plot.heading - plot.sown).days  # the parts before and after scale apart
    if not 0 < seen < plot.duration_days:
        return None
    if age < seen:
        return age * heading / seen
    return heading + (age - seen) * (scale - heading) / (plot.duration_days - seen)
