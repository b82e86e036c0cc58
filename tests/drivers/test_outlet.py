import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.outlet import Outlet, Scale

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


def test_a_counter_stays_raw() -> None:
    tip = Scale(raw_low=0, raw_high=1, low=0, high=0.2)
    outlet = Outlet(sensor="r", quantity="rain_total", channel="1", scale=tip)

    assert outlet.value(7) == 7
    assert tip.value(7) == 1.4
