"""Pest and disease thresholds of rice, as named sets that somebody has to choose.

The sources disagree by design: area classes are for statistics, action thresholds
for spraying, and each was found in other fields with other prices.  So there is no
threshold without the name of its set, and an alert shows the source.  Counts are
those of people in the field, by the survey method (a frame of 40 × 50 cm per point
in direct-seeded rice, ten hills per point in transplanted; bvtvphutho.vn): no trap
can give larvae per square metre.

Not here, because nothing was read: classes of QCVN 01-38 and 01-166 for
planthoppers, leaf folder, blast and blights; thrips; light-trap numbers; a spray
number for fall armyworm; beet armyworm on onion.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Purpose = Literal["action", "area class"]
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Level:
    """A name for values from a lower bound on."""

    name: str
    low: float
    is_open: bool = False  # the bound itself still belongs to the level below


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What one source says of one pest at one stage."""

    pest: str
    stage: str
    unit: str
    levels: tuple[Level, ...]  # rising
    printed: str  # as in the source
    source: str
    purpose: Purpose = "action"

    def level(self, value: float) -> str:
        """Name of the level that a count reaches, ``none`` below the first.

        Parameters
        ----------
        value : float
            [``unit``]

        Raises
        ------
        ValueError
            The count is no number, or negative.
        """
        if not (math.isfinite(value) and value >= 0):
            msg = f"{self.pest} count is {value}; it must be 0 or more {self.unit}"
            raise ValueError(msg)
        found = NONE
        for one in self.levels:
            if value > one.low or (value == one.low and not one.is_open):
                found = one.name
        return found


def _act(
    pest: str, stage: str, unit: str, low: float, printed: str, source: str
) -> Threshold:
    """One level.  Of a range that a source prints, its lower end is taken [D]."""
    return Threshold(
        pest=pest,
        stage=stage,
        unit=unit,
        levels=(Level("act", low),),
        printed=printed,
        source=source,
    )


def _classes(pest: str, printed: str, *levels: Level) -> Threshold:
    return Threshold(
        pest=pest,
        stage="all",
        unit="per m²",
        levels=levels,
        printed=printed,
        source="bvtvphutho.vn, survey method page",
        purpose="area class",
    )


_BA_RIA: Final = "Ba Ria-Vung Tau extension, ttkhcn.baria-vungtau.gov.vn"
_KERALA: Final = "Kerala Agricultural University, ETL table, agritech.kau.in node 45"
_LITSINGER: Final = "Litsinger et al. 2006, Int. J. Pest Manag. 52:{}, abstract"
_VAAS: Final = "Vietnam Academy of Agricultural Sciences, text on kipkis.com"

_FOLDER: Final = "Cnaphalocrocis medinalis"
_BROWN: Final = "Nilaparvata lugens"
_WHITE_BACKED: Final = "Sogatella furcifera"
_DAMAGED: Final = "% of leaves damaged"

# fmt: off
SETS: Final[Mapping[str, tuple[Threshold, ...]]] = MappingProxyType({
    "nam-dinh": (
        Threshold(
            pest="Scirpophaga incertulas",
            stage="heading",
            unit="egg masses per m²",
            levels=(Level("spray_once", 0.2), Level("spray_twice", 1.0)),
            printed="0.2: once at 1-5 % heading; 1.0: at first heading and again"
            " 5-7 days later",
            source="Nam Dinh plant protection, bvtvnamdinh.vn, question 33",
        ),
    ),
    "phu-tho-classes": (
        _classes("leptocorisa", "light 3-6, medium >6-12, heavy >12",
                 Level("light", 3), Level("medium", 6, is_open=True),
                 Level("heavy", 12, is_open=True)),
        _classes("black_green_bug",
                 "light 10-20, medium >20-40; no class above was read",
                 Level("light", 10), Level("medium", 20, is_open=True),
                 Level("above_medium", 40, is_open=True)),
    ),
    "vaas": (
        _act(_FOLDER, "tillering", "larvae per m²", 9, "9-12", _VAAS),
        _act(_FOLDER, "booting", "larvae per m²", 6, "6-9", _VAAS),
    ),
    "ba-ria-vung-tau": (
        _act(_FOLDER, "all", _DAMAGED, 10, "10 % of leaves", _BA_RIA),
        _act(_BROWN, "to 25 days after sowing", "nymphs per tiller", 1, "1", _BA_RIA),
        _act(_BROWN, "25-45 days after sowing", "nymphs per tiller", 2, "2", _BA_RIA),
    ),
    "litsinger-2006": (
        _act(_FOLDER, "all", _DAMAGED, 15, "15 %", _LITSINGER.format(181)),
        _act(_FOLDER, "vegetative", "larvae per hill", 1, "1", _LITSINGER.format(181)),
        _act("stem borers", "vegetative", "% deadhearts", 5, "5 %",
             _LITSINGER.format(195)),
        _act("stem borers", "reproductive", "% deadhearts", 25, "25 %",
             _LITSINGER.format(195)),
        _act("stem borers", "ripening", "% deadhearts", 10, "10 %",
             _LITSINGER.format(195)),
    ),
    "kerala": (
        _act(_BROWN, "early", "per hill", 5, "5-10", _KERALA),
        _act(_BROWN, "mid-tillering", "per hill", 10, "10", _KERALA),
        _act(_BROWN, "booting", "per hill", 15, "15-20", _KERALA),
        _act(_BROWN, "flowering", "per hill", 25, "25-30", _KERALA),
        _act(_WHITE_BACKED, "early", "per hill", 10, "10", _KERALA),
        _act(_WHITE_BACKED, "booting", "per hill", 15, "15-20", _KERALA),
        _act("leaf blast", "all", "% severity", 5, "5-10 %", _KERALA),
        _act("neck blast", "all", "% of necks", 1, "1-2 %", _KERALA),
        _act("sheath blight", "all", "% of tillers", 10, "10 %", _KERALA),
        _act("bacterial blight", "all", "% severity", 2, "2-5 %", _KERALA),
    ),
    "vietnam-advice": (
        Threshold(
            pest="sheath blight",
            stage="all",
            unit="% of hills or tillers",
            levels=(Level("act", 20, is_open=True),),
            printed="over 20 %, above all when it reaches the top three leaves",
            source="Vietnamese advice, csdl page 7811",
        ),
    ),
})
# fmt: on
"""Sets by name.  None of them is a default."""


def threshold(set_name: str, pest: str, stage: str, unit: str = "") -> Threshold:
    """The threshold of one set for a pest at a stage, or at any (``all``).

    Parameters
    ----------
    set_name, pest, stage : str
        As in ``SETS``.
    unit : str
        Where a set has several for the same stage.

    Examples
    --------
    >>> threshold("kerala", "Nilaparvata lugens", "booting").printed
    '15-20'
    """
    if set_name not in SETS:
        msg = f"threshold set {set_name!r} is unknown; known: {', '.join(SETS)}"
        raise ValueError(msg)
    same = [
        one
        for one in SETS[set_name]
        if one.pest == pest and one.stage in (stage, "all") and unit in ("", one.unit)
    ]
    if len(same) != 1:
        said = "several; name the unit" if same else "none; choose another set"
        msg = f"{set_name}: thresholds for {pest}, {stage}: {said}"
        raise ValueError(msg)
    return same[0]


def stem_borer_at_heading(egg_masses_per_m2: float) -> str:
    """What Nam Dinh advises for yellow stem borer at heading.

    >>> stem_borer_at_heading(0.1), stem_borer_at_heading(0.2)
    ('none', 'spray_once')
    """
    one = threshold("nam-dinh", "Scirpophaga incertulas", "heading")
    return one.level(egg_masses_per_m2)


def infestation_class(species: str, density_per_m2: float) -> str:
    """Class of an area by its rice bugs: statistics, no advice to spray.

    >>> infestation_class("leptocorisa", 6.0), infestation_class("leptocorisa", 6.1)
    ('light', 'medium')
    """
    return threshold("phu-tho-classes", species, "all").level(density_per_m2)
