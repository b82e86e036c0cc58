from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models import arrays, blastam, degree_days

NAN = float("nan")
temperatures = st.floats(-5, 50)
days = st.lists(st.tuples(temperatures, temperatures), min_size=1, max_size=20)


@given(days, st.floats(5, 15), st.floats(25, 40))
def test_days_together_have_the_day_degrees_of_days_alone(
    found: list[tuple[float, float]], low: float, high: float
) -> None:
    tmax, tmin = np.max(found, axis=1), np.min(found, axis=1)

    for ours, single in (
        (arrays.average, degree_days.average),
        (arrays.triangle, degree_days.triangle),
        (_method(arrays.aquacrop, 1), _method(degree_days.aquacrop, 1)),
        (_method(arrays.aquacrop, 2), _method(degree_days.aquacrop, 2)),
        (_method(arrays.aquacrop, 3), _method(degree_days.aquacrop, 3)),
    ):
        extremes = zip(tmax.tolist(), tmin.tolist(), strict=True)
        one_by_one = [single(x, n, low, high) for x, n in extremes]
        assert ours(tmax, tmin, low, high).tolist() == pytest.approx(
            one_by_one, abs=1e-9
        )
        assert isinstance(ours(30.0, 20.0, low, high), float)


def _method(function: Callable[..., Any], method: int) -> Callable[..., Any]:
    return lambda *span: function(*span, method)


@given(st.lists(temperatures, min_size=24, max_size=24), st.floats(5, 15))
def test_hours_of_a_day_have_the_day_degrees_of_the_live_path(
    hours: list[float], low: float
) -> None:
    assert arrays.hourly(hours, low, 35.0) == pytest.approx(
        degree_days.hourly(hours, low, 35.0), abs=1e-9
    )


def test_a_year_of_hours_gives_one_number_per_day() -> None:
    assert arrays.hourly(np.full((365, 24), 20.0), 12.0).tolist() == [8.0] * 365


@given(st.integers(0, 24), st.floats(5, 35), st.floats(5, 35))
def test_wet_periods_together_have_the_classes_of_those_alone(
    hours: int, wet_c: float, five_c: float
) -> None:
    ((found,),) = arrays.classify([[hours]], [[wet_c]], [[five_c]])

    assert found == blastam.classify(hours, wet_c, five_c)
    alone = blastam.required_wet_hours(wet_c)
    assert arrays.required_wet_hours(wet_c) == (np.inf if alone is None else alone)


def test_what_are_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="tmax: 1 of 2"):
        arrays.average(np.array([30.0, NAN]), np.array([20.0, 20.0]), 10, 35)
    with pytest.raises(ValueError, match=r"below tmin on 1 days, first \[1\]"):
        arrays.triangle(np.array([30.0, 10.0]), np.array([20.0, 20.0]), 10, 35)
    with pytest.raises(ValueError, match="must rise"):
        arrays.average(30.0, 20.0, 35, 10)
    with pytest.raises(ValueError, match="method is 4"):
        arrays.aquacrop(30.0, 20.0, 10, 30, 4)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one hour or more"):
        arrays.hourly([], 12.0)
    with pytest.raises(ValueError, match="five days"):
        arrays.classify([12], [20.0], [NAN])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: degree_days.average(NAN, 20, 10), "a temperature is nan"),
        (lambda: degree_days.triangle(20, 30, 10, 35), "each must rise"),
        (lambda: degree_days.aquacrop(30, 20, 30, 10, 1), "each must rise"),
        (lambda: degree_days.hourly([], 10), "there are no hours"),
        (lambda: degree_days.hourly([20, NAN], 10), "leave out"),
        (lambda: blastam.required_wet_hours(NAN), "must be a number"),
        (lambda: blastam.classify(-1, 20.0, 22.0), "give numbers"),
        (lambda: blastam.classify(12, 20.0, NAN), "give numbers"),
    ],
)
def test_one_day_that_is_none_is_refused(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
