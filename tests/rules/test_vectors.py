"""The models against figures that others have printed or computed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rules.models import blastam, degree_days, species, water

CASES = json.loads(Path(__file__).with_name("vectors.json").read_text())["vectors"]

STAGE_NAMES = {"egg_larva": "egg_to_larva", "egg_to_adult_cabbage": "egg_to_adult"}
"""Stages that the cases and the table name differently."""

Case = Mapping[str, Any]


def _daily(case: Case) -> Case:
    span = [case[key] for key in ("tmax_C", "tmin_C", "ldt_C", "udt_C")]
    return {
        "average_horizontal_cutoff": degree_days.average(*span),
        "single_triangle": degree_days.triangle(*span),
    }


def _aquacrop(case: Case) -> Case:
    span = [case[key] for key in ("tmax_C", "tmin_C", "tbase_C", "tupper_C")]
    return {
        "method1": degree_days.aquacrop(*span, method=1),
        "method2": degree_days.aquacrop(*span, method=2),
        "method3": degree_days.aquacrop(*span, method=3),
    }


def _stage_days(case: Case) -> Case:
    stages = species.SPECIES[case["species"]]
    (same,) = (
        one
        for one in stages[STAGE_NAMES.get(case["stage"], case["stage"])]
        if (one.threshold_c, one.constant_dd) == (case["t0_C"], case["k_dd"])
    )
    return {"days": same.days_at(case["t_const_C"])}


ADAPTERS: Mapping[str, Callable[[Case], Case]] = {
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
    "gdd.daily": _daily,
    "gdd.aquacrop": _aquacrop,
    "gdd.stage_days_constant_t": _stage_days,
}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_model_gives_the_figure_of_the_source(case: Case) -> None:
    given = ADAPTERS[case["model"]](case["inputs"])

    assert given == {key: _near(case, want) for key, want in case["expected"].items()}


def _near(case: Case, want: Any) -> Any:
    tolerance = case["tolerance"]
    if isinstance(want, str):
        return want
    if isinstance(tolerance, dict):
        return pytest.approx(want, rel=tolerance["relative"])
    return pytest.approx(want, abs=tolerance)
