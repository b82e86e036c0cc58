"""Names and units of the cases for diseases, insects and water, put into ours."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from rules.models import (
    blastam,
    degree_days,
    epirice,
    magarey,
    onion_mildew,
    severity_values,
    species,
    thresholds,
    water,
)
from rules.models.epirice_diseases import DISEASES

Case = Mapping[str, Any]
Adapter = Callable[[Case], Case]

STAGE_NAMES: Final = MappingProxyType(
    {"egg_larva": "egg_to_larva", "egg_to_adult_cabbage": "egg_to_adult"}
)
"""Stages that the cases and the table name differently."""

SEASON_D: Final = 120  # d; "pattern cycled over 120 days"
DECIMALS: Final = 8  # of an intensity, as the cases print it


def _daily(case: Case) -> Case:
    span = [case[key] for key in ("tmax_C", "tmin_C", "ldt_C", "udt_C")]
    return {
        "average_horizontal_cutoff": degree_days.average(*span),
        "single_triangle": degree_days.triangle(*span),
    }


def _aquacrop(case: Case) -> Case:
    tmax, tmin, base, upper = (
        case[key] for key in ("tmax_C", "tmin_C", "tbase_C", "tupper_C")
    )
    return {
        "method1": degree_days.aquacrop(tmax, tmin, base, upper, method=1),
        "method2": degree_days.aquacrop(tmax, tmin, base, upper, method=2),
        "method3": degree_days.aquacrop(tmax, tmin, base, upper, method=3),
    }


def _stage_days(case: Case) -> Case:
    stages = species.SPECIES[case["species"]]
    (same,) = (
        one
        for one in stages[STAGE_NAMES.get(case["stage"], case["stage"])]
        if (one.threshold_c, one.constant_dd) == (case["t0_C"], case["k_dd"])
    )
    return {"days": same.days_at(case["t_const_C"])}


def _season(pattern: float | Sequence[float]) -> list[float]:
    values = list(pattern) if isinstance(pattern, Sequence) else [pattern]
    return [values[day % len(values)] for day in range(SEASON_D)]


def _epirice(name: str) -> Adapter:
    def run(case: Case) -> Case:
        pattern = case["pattern_cycled_over_120_days"]
        weather = [_season(pattern[key]) for key in ("temp", "rh", "rain")]
        found = epirice.epidemic(DISEASES[name], *weather)
        days = np.asarray(case["simday_reported"]) - case["emergence_is_day"]
        return {
            "sites": found.healthy[days].tolist(),
            "diseased": found.diseased[days].tolist(),
            "intensity": found.intensity[days].round(DECIMALS).tolist(),
            "audpc": found.audpc,
        }

    return run


def _magarey(case: Case) -> Case:
    pathogen = magarey.Pathogen(
        tmin_c=case["tmin_C"],
        topt_c=case["topt_C"],
        tmax_c=case["tmax_C"],
        wmin_h=case["wmin_h"],
        wmax_h=case["wmax_h"],
    )
    return {
        "f_T": magarey.response(pathogen, case["t_wet_C"]),
        "w_hours": magarey.wet_hours_needed(pathogen, case["t_wet_C"]),
    }


ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType(
    {
        "awd.safe": lambda case: {
            "action": water.to_do(case["level_cm"], case["days_to_peak_flowering"])
        },
        "blastam.classify": lambda case: {
            "class": blastam.classify(
                case["wet_hours"], case["mean_t_wet_C"], case["mean_t_5d_C"]
            )
        },
        "blastam.required_wet_hours": lambda case: {
            "hours": blastam.required_wet_hours(case["mean_t_wet_C"])
        },
        "epirice.bacterial_blight": _epirice("bacterial_blight"),
        "epirice.brown_spot": _epirice("brown_spot"),
        "epirice.leaf_blast": _epirice("leaf_blast"),
        "epirice.sheath_blight": _epirice("sheath_blight"),
        "gdd.aquacrop": _aquacrop,
        "gdd.daily": _daily,
        "gdd.stage_days_constant_t": _stage_days,
        "magarey.generic": _magarey,
        "onion_dm.sporulation": lambda case: {
            "sporulation_possible": onion_mildew.sporulates(
                case["prev_day_tmax_C"],
                case["rh_min_0200_dawn_pct"],
                case["rain_night_mm"],
            )
        },
        "pest.infestation_class": lambda case: {
            "class": thresholds.infestation_class(
                case["species"], case["density_per_m2"]
            )
        },
        "pest.ysb_eggmass_heading": lambda case: {
            "action": thresholds.stem_borer_at_heading(case["egg_masses_per_m2"])
        },
        "tomcast.dsv": lambda case: {
            "dsv": severity_values.tomcast(case["mean_t_wet_C"], case["wet_hours"])
        },
        "wallin.dsv": lambda case: {
            "dsv": severity_values.wallin(case["mean_t_rh90_C"], case["hours_rh90"])
        },
    }
)
"""From a model's name in the cases to our function."""
