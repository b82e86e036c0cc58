from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.onion_mildew import may_infect, sporulates, spots_from_to

NAN = float("nan")


@pytest.mark.parametrize(
    ("day_c", "humidity", "rain_mm", "may"),
    [
        (22.0, 97.0, 0.0, True),
        (25.5, 97.0, 0.0, False),
        (23.5, 97.0, 0.0, True),  # between the source's 23 and 24: not ruled out
        (24.0, 97.0, 0.0, False),
        (22.0, 94.9, 0.0, False),
        (22.0, 95.0, 0.0, True),
        (22.0, 97.0, 0.2, False),
    ],
)
def test_a_night_for_spores_is_cool_humid_and_dry(
    day_c: float, humidity: float, rain_mm: float, may: bool
) -> None:
    assert sporulates(day_c, humidity, rain_mm) is may


def test_dew_on_the_leaf_hinders_and_the_stricter_bound_can_be_chosen() -> None:
    assert not sporulates(22.0, 97.0, 0.0, has_dew=True)
    assert not sporulates(23.5, 97.0, 0.0, cool_day_c=23.0)


def test_many_nights_at_once_are_those_alone() -> None:
    days, humid = np.array([20.0, 23.9, 26.0]), np.array([99.0, 90.0, 99.0])

    found = sporulates(days, humid, np.zeros(3))

    assert found.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("hours", "celsius", "may"),
    [(1.9, 10.0, False), (2.0, 10.0, True), (4.9, 16.0, False), (5.0, 16.0, True),
     (9.0, 5.9, False), (9.0, 20.1, False)],
)  # fmt: skip
def test_infection_takes_longer_in_the_warmth(
    hours: float, celsius: float, may: bool
) -> None:
    assert may_infect(hours, celsius) is may


@pytest.mark.slow
@given(st.floats(0, 24), st.floats(0, 24), st.floats(-5, 40))
def test_longer_wet_never_infects_less(a: float, b: float, celsius: float) -> None:
    assert may_infect(min(a, b), celsius) <= may_infect(max(a, b), celsius)


def test_spots_show_after_ten_to_sixteen_days() -> None:
    assert spots_from_to(date(2026, 1, 25)) == (date(2026, 2, 4), date(2026, 2, 10))


def test_what_was_not_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="day before"):
        sporulates(NAN, 97.0, 0.0)
    with pytest.raises(ValueError, match="humidity of the night"):
        sporulates(22.0, NAN, 0.0)
    with pytest.raises(ValueError, match="rain"):
        sporulates(22.0, 97.0, NAN)
    with pytest.raises(ValueError, match="wet hours"):
        may_infect(-1.0, 10.0)
