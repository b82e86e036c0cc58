"""The models against figures that others have printed or computed.

``pytest tests/rules/test_vectors.py --vectors FILE`` runs any other file of the form
of ``vectors.json``, whose conventions stand in it.
"""

import json
from collections import ChainMap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.rules import (
    adapters_disease,
    adapters_quality,
    adapters_water,
    adapters_weather,
)

OURS: Final = Path(__file__).with_name("vectors.json")
ROOMS: Final = (adapters_disease, adapters_quality, adapters_water, adapters_weather)

Case = Mapping[str, Any]

ADAPTERS: Final[Mapping[str, Callable[[Case], Case]]] = ChainMap(
    *(dict(room.ADAPTERS) for room in ROOMS)
)
"""From a model's name in the cases to our function, names and units translated."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each case of the file."""
    if "case" in metafunc.fixturenames:
        path = Path(metafunc.config.getoption("--vectors") or OURS)
        cases = json.loads(path.read_text())["vectors"]
        metafunc.parametrize("case", cases, ids=[case["id"] for case in cases])


@pytest.mark.slow
def test_a_model_gives_the_figure_of_the_source(case: Case) -> None:
    given = ADAPTERS[case["model"]](case["inputs"])

    wanted = case["expected"]
    assert {key: given[key] for key in wanted} == {
        key: _near(want, _tolerance(case["tolerance"], key))
        for key, want in wanted.items()
    }


def test_every_case_has_an_adapter_and_no_two_rooms_share_a_name() -> None:
    cases = json.loads(OURS.read_text())["vectors"]

    assert {case["model"] for case in cases} <= set(ADAPTERS)
    assert sum(len(room.ADAPTERS) for room in ROOMS) == len(ADAPTERS)


def _tolerance(tolerance: Any, key: str) -> Mapping[str, float] | None:
    """What ``pytest.approx`` takes: ``None`` where the figure must be the same."""
    if isinstance(tolerance, dict):
        if "relative" in tolerance and key not in tolerance:
            return {"rel": tolerance["relative"]}
        tolerance = tolerance.get(key, tolerance.get("default"))
    return None if tolerance is None else {"abs": tolerance}


def _near(want: Any, tolerance: Mapping[str, float] | None) -> Any:
    if isinstance(want, list):
        return _Items([_near(one, tolerance) for one in want])
    if want is None:
        return _Anything()
    if isinstance(want, bool | str) or tolerance is None:
        return want
    return pytest.approx(want, **tolerance)


class _Anything:
    """A cell that the source leaves open, or that contradicts its own neighbours."""

    __hash__ = None  # type: ignore[assignment]  # equal to all, so it has none

    def __eq__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "…"


class _Items(list[Any]):
    """A series, compared item by item with any other sequence."""

    __hash__ = None  # type: ignore[assignment]  # as of any list

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other)  # type: ignore[call-overload]  # a sequence
