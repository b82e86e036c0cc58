import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.wind import at_two_metres


def test_example_14_wind_at_ten_metres() -> None:
    assert at_two_metres(3.2, 10.0) == pytest.approx(2.4, abs=0.05)


def test_two_metres_are_two_metres() -> None:
    assert at_two_metres(5.0, 2.0) == pytest.approx(5.0, rel=5e-4)


@given(st.floats(0.0, 75.0), st.floats(0.5, 100.0), st.floats(0.1, 100.0))
def test_the_higher_the_anemometer_the_more_is_taken_off(
    speed: float, height: float, more: float
) -> None:
    assert 0 <= at_two_metres(speed, height + more) <= at_two_metres(speed, height)


def test_one_mast_serves_a_series_whose_shape_is_kept() -> None:
    found = at_two_metres(np.array([1.0, 2.0, 3.0]), np.full(3, 10.0))

    assert found.shape == (3,)
    assert found[2] == pytest.approx(3 * found[0])


@pytest.mark.parametrize(
    ("speed", "height"), [(float("nan"), 2.0), (-1.0, 2.0), (3.0, 0.0), (90.0, 2.0)]
)
def test_winds_and_masts_that_cannot_be_are_refused(
    speed: float, height: float
) -> None:
    with pytest.raises(ValueError, match=r"wind speed|height of the anemometer"):
        at_two_metres(speed, height)
