import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.effective_rain import daily, monthly


@pytest.mark.parametrize(
    ("rain", "effective"), [(50, 46.0), (120, 96.96), (250, 150.0), (450, 170.0)]
)
def test_a_month_by_the_usda_formula(rain: float, effective: float) -> None:
    assert monthly(float(rain)) == pytest.approx(effective, abs=0.005)


@given(st.floats(0, 2000), st.floats(0, 2000))
def test_more_rain_is_never_less_effective_nor_more_than_itself(
    a: float, b: float
) -> None:
    less, more = sorted((a, b))

    assert monthly(less) <= monthly(more) + 1e-9
    assert monthly(more) <= more * (1 + 1e-12)  # a last bit


def test_light_rain_of_a_day_is_none() -> None:
    assert daily(np.array([0.9, 1.0]), np.full(2, 5.0)).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("rain", [-1.0, float("nan"), float("inf")])
def test_what_is_no_rain_is_refused(rain: float) -> None:
    with pytest.raises(ValueError, match="rain of a month"):
        monthly(rain)
    with pytest.raises(ValueError, match="rain"):
        daily(rain, 5.0)
