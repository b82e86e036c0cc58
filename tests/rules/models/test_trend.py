import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.trend import FEWEST, HORIZON_H, reaches, theil_sen

HOURS = range(48)


def falling(per_hour: float, noise: float = 0.0, begin: float = 0.0) -> list[float]:
    rng = random.Random(7)
    return [begin - per_hour * hour + rng.uniform(-noise, noise) for hour in HOURS]


def test_a_straight_fall_reaches_its_level_when_it_should() -> None:
    reach = reaches(HOURS, falling(0.1), -7.0, 47)

    assert reach is not None
    assert (reach.best_h, reach.earliest_h, reach.latest_h) == (23.0, 23.0, 23.0)


def test_one_hour_far_off_moves_nothing() -> None:
    values = falling(0.1, noise=0.02)
    plain = reaches(HOURS, values, -7.0, 47)
    values[40] = 30.0

    reach = reaches(HOURS, values, -7.0, 47)

    assert plain is not None
    assert reach is not None
    assert reach.best_h == pytest.approx(plain.best_h, abs=0.6)


def test_noise_opens_a_window_around_the_truth() -> None:
    reach = reaches(HOURS, falling(0.1, noise=0.5), -7.0, 47)

    assert reach is not None
    assert reach.latest_h is not None
    assert reach.earliest_h < 23.0 < reach.latest_h
    assert reach.earliest_h < reach.best_h < reach.latest_h


def test_noise_without_a_fall_says_nothing() -> None:
    assert reaches(HOURS, falling(0.0, noise=0.5), -7.0, 47) is None
    assert reaches(HOURS, [-3.0] * 48, -7.0, 47) is None
    assert reaches(HOURS, falling(-0.1), -7.0, 47) is None


def test_a_level_that_was_passed_is_reached_now() -> None:
    reach = reaches(HOURS, falling(0.1, noise=0.1), -2.0, 47)

    assert reach is not None
    assert (reach.best_h, reach.earliest_h, reach.latest_h) == (0.0, 0.0, 0.0)


def test_a_fall_too_slow_to_plan_by_says_nothing() -> None:
    per_hour = 1 / (2 * HORIZON_H)

    assert reaches(HOURS, falling(per_hour), -1.0 - per_hour * 47, 47) is None


def test_the_latest_hour_is_open_where_the_fall_may_nearly_stop() -> None:
    reach = reaches(HOURS, falling(0.05, noise=1.0), -10.0, 47)

    assert reach is not None
    assert reach.latest_h is None


def test_too_few_points_or_half_a_day_say_nothing() -> None:
    half_a_day = [hour / 4 for hour in HOURS]

    assert theil_sen(range(FEWEST - 1), range(FEWEST - 1)) is None
    assert reaches(half_a_day, falling(0.1), -7.0, 12) is None
    assert reaches([], [], -7.0, 0) is None


SCIPY = (-0.35, -0.383333, -0.3)


def test_slope_and_interval_agree_with_another_implementation() -> None:
    """scipy 1.17.1, stats.theilslopes(values, times, alpha=0.95); here limits between
    two ranks are taken outwards."""
    times = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15]
    values = [5.0, 4.6, 4.7, 4.1, 3.2, 3.3, 2.0, 2.4, 1.1, 1.0, 0.4, -0.4]

    slope = theil_sen(times, values)

    assert slope is not None
    assert slope.best == pytest.approx(SCIPY[0])
    assert slope.low == pytest.approx(SCIPY[1], abs=0.01)
    assert slope.high == pytest.approx(SCIPY[2], abs=0.01)
    assert slope.low <= SCIPY[1]
    assert slope.high >= SCIPY[2]


points = st.lists(
    st.tuples(st.integers(0, 200), st.integers(-1000, 1000)),
    min_size=FEWEST,
    max_size=25,
    unique_by=lambda point: point[0],
)


@pytest.mark.slow
@given(points, st.integers(-50, 50), st.integers(-30, 30), st.integers(1, 20))
def test_the_slope_moves_with_its_points(
    found: Sequence[tuple[int, int]], shift: int, tilt: int, stretch: int
) -> None:
    times = [t for t, _ in found]
    plain = theil_sen(times, [v for _, v in found])

    stretched = theil_sen(times, [stretch * v + shift for _, v in found])
    tilted = theil_sen(times, [v + tilt * t for t, v in found])

    assert plain is not None
    assert stretched is not None
    assert tilted is not None
    assert (stretched.low, stretched.best, stretched.high) == pytest.approx(
        (stretch * plain.low, stretch * plain.best, stretch * plain.high)
    )
    # A tilt breaks ties, which make an interval narrower; the slope follows.
    assert math.isclose(tilted.best, plain.best + tilt, abs_tol=1e-9)


@pytest.mark.slow
@given(points)
def test_the_best_slope_lies_within_its_interval_and_order_does_not_matter(
    found: Sequence[tuple[int, int]],
) -> None:
    forth = theil_sen([t for t, _ in found], [v for _, v in found])
    back = theil_sen([t for t, _ in found[::-1]], [v for _, v in found[::-1]])

    assert forth is not None
    assert forth == back
    assert forth.low <= forth.best <= forth.high


@pytest.mark.slow
@given(
    st.lists(st.floats(-20, 20), min_size=25, max_size=48),
    st.floats(0.1, 2),
    st.floats(-100, 20),
)
def test_a_reach_is_ordered_and_lies_ahead(
    noise: Sequence[float], per_hour: float, wanted: float
) -> None:
    values = [wobble - per_hour * hour for hour, wobble in enumerate(noise)]

    reach = reaches(range(len(values)), values, wanted, len(values))

    if reach is not None:
        assert 0 <= reach.earliest_h <= reach.best_h <= HORIZON_H
        assert reach.latest_h is None or reach.best_h <= reach.latest_h <= HORIZON_H


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 3.0])
def test_a_trend_of_repeated_stamps_or_no_numbers_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="different times"):
        theil_sen([*range(FEWEST), bad], [0.0] * (FEWEST + 1))
