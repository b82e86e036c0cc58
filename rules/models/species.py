"""What insects need to develop, by species and stage, with sources.

Only sets whose threshold and constant were both read in the source named beside
them.  Several sets of one stage are shown as a window, never averaged.  Not here,
because a number was missing: brown planthopper, yellow stem borer, the whole life
of fruit flies (no threshold), fall armyworm after du Plessis (no constant); what
was read of them stands in ``ONLY_THRESHOLDS``.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rules.models.degree_days import Development

Stages = Mapping[str, tuple[Development, ...]]


def _sets(
    source: str, upper_c: float = math.inf, **stages: tuple[float, float]
) -> Stages:
    """Stages with their threshold [°C] and constant [°d], by one source."""
    return {
        stage: (
            Development(
                threshold_c=low, constant_dd=constant, source=source, upper_c=upper_c
            ),
        )
        for stage, (low, constant) in stages.items()
    }


def _together(*several: Stages) -> Stages:
    """Sets of several sources, side by side."""
    names = dict.fromkeys(stage for stages in several for stage in stages)
    return MappingProxyType(
        {
            name: tuple(one for stages in several for one in stages.get(name, ()))
            for name in names
        }
    )


_KOREA: Final = "Korean rearing study (koreascience JAKO200011919955535), abstract"
_MAHARJAN: Final = "Maharjan et al. 2022, Insects 13:747, abstract"
_DDRP: Final = "DDRP v2, spp_params/{} (Oregon IPM Center @8b0f142)"

_EGG_SHARE: Final = 36.89 / 273.41  # egg of egg-to-adult, both °d of the Korean study


def _egg_of(host: str, threshold_c: float, whole_dd: float) -> Stages:
    """Egg by a set for all immature stages: its threshold, and the egg's share.

    No second set for the egg alone was found.  That the egg takes the same share of
    the whole as in the Korean study, and has the whole's threshold, is an
    assumption, so the set is *proposed*.
    """
    return {
        "egg": (
            Development(
                threshold_c=threshold_c,
                constant_dd=whole_dd * _EGG_SHARE,
                source=f"{_MAHARJAN} ({host}, all stages), egg share 0.135 assumed",
                state="proposed",
            ),
        )
    }


SPECIES: Final[Mapping[str, Stages]] = MappingProxyType(
    {
        "Spodoptera exigua": _together(
            _sets(
                _KOREA,
                egg=(13.38, 36.89),
                larva=(14.02, 155.72),
                pupa=(14.09, 79.20),
                egg_to_adult=(13.84, 273.41),
            ),
            _sets(f"{_MAHARJAN} (soybean)", egg_to_adult=(11.9, 397.27)),
            _sets(f"{_MAHARJAN} (maize)", egg_to_adult=(11.6, 458.34)),
            _sets(f"{_MAHARJAN} (artificial diet)", egg_to_adult=(12.2, 355.82)),
            _egg_of("soybean", 11.9, 397.27),
            _egg_of("maize", 11.6, 458.34),
            _egg_of("artificial diet", 12.2, 355.82),
        ),
        "Spodoptera frugiperda": _together(
            _sets(
                "Plant Protection (China), doi 10.16688/j.zwbh.2019409, abstract",
                egg=(10.27, 44.57),
                larva=(11.10, 211.93),
                pupa=(12.20, 135.69),
                egg_to_pupa=(11.34, 390.55),
            ),
        ),
        "Spodoptera litura": _together(
            _sets(
                _DDRP.format("SLI.params"),
                upper_c=40,
                egg=(10.56, 56),
                larva=(10.56, 288),
                pupa=(10.56, 165),
                oviposition=(10.56, 60),  # to a quarter of the eggs
            ),
            _sets(
                "Maharjan et al. 2023, Insects 14:412 (maize)",
                egg_to_adult=(9.48, 536.84),
            ),
            _sets(
                "Maharjan et al. 2023, Insects 14:412 (groundnut)",
                egg_to_adult=(11.44, 517.45),
            ),
            _sets(
                "Maharjan et al. 2023, Insects 14:412 (soybean)",
                egg_to_adult=(7.50, 587.88),
            ),
        ),
        "Cnaphalocrocis medinalis": _together(
            _sets(
                "Wada & Kobayashi 1980, Appl. Entomol. Zool. 15:207, abstract",
                egg=(12.5, 57.1),
                larva=(12.2, 203.7),
                pupa=(14.2, 81.2),
            ),
        ),
        "Sogatella furcifera": _together(
            _sets(
                "Park et al. 2013, doi 10.5656/KSAE.2013.02.1.070, abstract",
                egg=(10.2, 122.0),
                nymph=(12.3, 156.3),
            ),
        ),
        "Recilia dorsalis": _together(
            _sets(
                "Matsumoto 1988, Jpn. J. Appl. Entomol. Zool. 32:32, abstract",
                egg=(13.7, 127.9),
                nymph=(14.0, 193.9),
            ),
        ),
        "Chilo suppressalis": _together(
            _sets(
                _DDRP.format("ASRB.params"),
                egg=(10, 103),
                larva=(10, 520),
                pupa=(10, 125),
                pre_oviposition=(10, 79),
            ),
        ),
        "Chilo sacchariphagus": _together(
            _sets(
                "Goebel 2006, abstract",
                egg=(13.1, 114),
                larva=(12.7, 586),
                pupa=(13.0, 172),
            ),
        ),
        "Plutella xylostella": _together(
            _sets(
                "Golizadeh et al. 2007, Insect Sci. (cabbage)",
                egg_to_adult=(7.84, 261.58),
            ),
            _sets(
                "Golizadeh et al. 2007, Insect Sci. (cauliflower)",
                egg_to_adult=(7.06, 263.74),
            ),
            _sets(
                "Neotrop. Entomol. 2011 (Brazil), abstract", egg_to_adult=(6.3, 312.5)
            ),
        ),
        "Bactrocera dorsalis": _together(
            _sets(
                "Commun. Biol. 2021 4:1141, table 2",
                egg_to_larva=(8.87, 136),
                pupa=(8.87, 177),
            ),
        ),
        "Zeugodacus cucurbitae": _together(
            _sets(
                "Commun. Biol. 2021 4:1141, table 2",
                egg_to_larva=(7.95, 104),
                pupa=(7.95, 164),
            ),
        ),
        "Palpita indica": _together(
            _sets("Korean abstract, entomology2.or.kr 10705", larva=(10.6, 251.5)),
        ),
    }
)
"""Species, stage, and every set there is; the first one is the plainest source."""

NAME_OF: Final = MappingProxyType(
    {
        "LAPHEG": "Spodoptera exigua",
        "LAPHFR": "Spodoptera frugiperda",
        "NILALU": "Nilaparvata lugens",
        "SOGAFU": "Sogatella furcifera",
        "CNAPME": "Cnaphalocrocis medinalis",
        "SCHOBI": "Scirpophaga incertulas",  # read in a list, not in EPPO's own
    }
)
"""Scientific name of an EPPO code that a trap or a person's count may carry."""

ONLY_THRESHOLDS: Final[Mapping[str, Mapping[str, tuple[float, str]]]] = (
    MappingProxyType(
        {
            "Nilaparvata lugens": {
                "egg": (15.0, "Entomological Society of America 2001 (Korea)"),
                "small_nymph": (12.2, "Entomological Society of America 2001 (Korea)"),
                "large_nymph": (11.3, "Entomological Society of America 2001 (Korea)"),
            },
            "Spodoptera frugiperda": {
                "egg": (13.01, "du Plessis et al. 2020, Insects 11:228, abstract"),
                "larva": (12.12, "du Plessis et al. 2020, Insects 11:228, abstract"),
                "pupa": (13.06, "du Plessis et al. 2020, Insects 11:228, abstract"),
                "egg_to_adult": (12.57, "du Plessis et al. 2020, Insects 11:228"),
            },
        }
    )
)
"""Where a threshold [°C] was read and no constant: no date comes of these."""

NONE_SURVIVE_C: Final[Mapping[str, Mapping[str, tuple[float, str]]]] = MappingProxyType(
    {
        "Nilaparvata lugens": {"egg": (36.0, "IJERD 2022, abstract")},
        "Plutella xylostella": {
            "larva": (35.0, "Neotrop. Entomol. 2011 (Brazil), abstract")
        },
    }
)
"""Constant temperature [°C] at which all died: day-degrees above it mean nothing."""
