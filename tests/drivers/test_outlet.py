import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.outlet import Outlet, Scale, lowest

LEVEL = Scale(raw_low=4000, raw_high=20000, low=0, high=300, is_loop=True)


@pytest.mark.parametrize(
    ("raw", "value"),
    [(4000, 0.0), (20000, 300.0), (12000, 150.0), (3600, -7.5), (21000, 318.75)],
)
def test_a_current_loop_is_a_straight_line(raw: float, value: float) -> None:
    assert LEVEL.value(raw) == value


@pytest.mark.parametrize("raw", [0, 3599, 21001, 65535])
def test_a_broken_loop_gives_no_value(raw: float) -> None:
    assert LEVEL.value(raw) is None


def test_a_voltage_has_no_broken_loop() -> None:
    scale = Scale(raw_low=0, raw_high=10_000, low=0, high=1600)

    assert scale.value(0) == 0.0


@given(st.integers(3600, 20_999))
def test_neighbouring_counts_stay_apart(raw: int) -> None:
    assert LEVEL.value(raw) != LEVEL.value(raw + 1)


def test_two_equal_points_are_refused() -> None:
    with pytest.raises(ValueError, match="no line"):
        Scale(raw_low=1, raw_high=1, low=0, high=1)


def test_the_zero_is_taken_off_a_level() -> None:
    outlet = Outlet(sensor="w", quantity="water_level", channel="1", zero=10.1)

    assert outlet.value(12.3) == 2.2
    assert outlet.value(None) is None


def level(scale: Scale | None, zero: float | None = 40.0) -> Outlet:
    return Outlet(
        sensor="w", quantity="water_level", channel="1", scale=scale, zero=zero
    )


def test_the_zero_of_a_level_on_a_loop_is_taken_off_behind_the_scale() -> None:
    outlet = level(LEVEL)

    assert outlet.value(12_000) == 110.0
    assert outlet.value(4000) == -40.0
    assert outlet.value(0) is None


NEAR_IS_HIGH = Scale(raw_low=4000, raw_high=20000, low=150, high=0, is_loop=True)
VOLTS = Scale(raw_low=0, raw_high=10_000, low=0, high=100)
TWO_POINTS = Scale(raw_low=8000, raw_high=12_000, low=25, high=50, is_loop=True)


@pytest.mark.parametrize(
    ("outlet", "bottom"),
    [
        (level(None), -40.0),
        (level(LEVEL), -40.0),
        (level(NEAR_IS_HIGH), -40.0),
        (level(VOLTS), -40.0),
        (level(TWO_POINTS), -40.0),
        (level(LEVEL, zero=None), None),
    ],
)
def test_a_level_has_a_bottom(outlet: Outlet, bottom: float | None) -> None:
    assert lowest(outlet) == bottom


@given(st.integers(4000, 20_000))
def test_nothing_in_the_range_is_below_the_bottom(raw: int) -> None:
    outlet = level(LEVEL)

    value, bottom = outlet.value(raw), lowest(outlet)

    assert value is not None
    assert bottom is not None
    assert value >= bottom


def test_a_counter_stays_raw() -> None:
    tip = Scale(raw_low=0, raw_high=1, low=0, high=0.2)
    outlet = Outlet(sensor="r", quantity="rain_total", channel="1", scale=tip)

    assert outlet.value(7) == 7
    assert tip.value(7) == 1.4
