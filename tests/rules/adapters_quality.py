"""The quality checks under the names that the cases of vectors.json have."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from rules.quality import history, live
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span
from rules.quality.spike import Spike
from rules.quality.steps import rate
from telemetry.reading import Flag

Case = Mapping[str, Any]

MINUTE_MS: Final = 60_000
WORDS: Final = {Flag.GOOD: "pass", Flag.SUSPECT: "suspect", Flag.FAIL: "fail"}


def _values(case: Case) -> Any:
    return np.array(case["values"], dtype=float)  # null becomes NaN


def _stamps(case: Case) -> Any:
    return np.arange(len(case["values"])) * case["interval_s"] * 1000


def gross_range(case: Case) -> Case:
    spans = Span(*case["fail_span"]), Span(*case["suspect_span"])
    return {"flags": history.gross_range(_values(case), *spans).tolist()}


def spike(case: Case) -> Case:
    assert case["method"] == "average"
    limit = Spike(case["suspect_threshold"], case["fail_threshold"])
    values = _values(case)
    return {"flags": history.spikes(limit, np.arange(len(values)), values).tolist()}


def rate_of_change(case: Case) -> Case:
    limit = rate(case["threshold_per_s"])
    return {"flags": history.change(limit, _stamps(case), _values(case)).tolist()}


def flat_line(case: Case) -> Case:
    limit = FlatLine(
        case["tolerance"], case["suspect_threshold_s"], case["fail_threshold_s"]
    )
    return {"flags": history.flat_line(limit, _stamps(case), _values(case)).tolist()}


def wmo_step(case: Case) -> Case:
    step = live.STEPS[case["variable"].removesuffix("_C")]
    flag = step.flag(case["current"] - case["previous"], MINUTE_MS)
    return {"result": WORDS[flag]}


ADAPTERS: Final[Mapping[str, Callable[[Case], Case]]] = {
    "qc.gross_range": gross_range,
    "qc.spike": spike,
    "qc.rate_of_change": rate_of_change,
    "qc.flat_line": flat_line,
    "qc.wmo_step_1min": wmo_step,
}
