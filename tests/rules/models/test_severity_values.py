import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.severity_values import of_hours, since_spray, tomcast, wallin

NAN = float("nan")


@pytest.mark.parametrize(
    ("celsius", "begins"),  # hours at which values 1, 2, … begin
    [(15.0, [8, 16, 21]), (20.0, [5, 9, 16, 23]), (24.0, [3, 6, 13, 21]),
     (28.0, [4, 9, 16, 23])],
)  # fmt: skip
def test_tomcast_is_its_table(celsius: float, begins: list[int]) -> None:
    found = tomcast(np.full(25, celsius), np.arange(25.0))

    assert found.tolist() == [sum(h >= begin for begin in begins) for h in range(25)]


@pytest.mark.parametrize(
    ("celsius", "begins"),
    [(9.0, [16, 19, 22]), (14.0, [13, 16, 19, 22]), (20.0, [10, 13, 16, 19])],
)
def test_wallin_is_its_table(celsius: float, begins: list[int]) -> None:
    found = wallin(np.full(25, celsius), np.arange(25.0))

    assert found.tolist() == [sum(h >= begin for begin in begins) for h in range(25)]


def test_the_upper_bound_of_a_row_is_its_own() -> None:
    assert [tomcast(t, 14.0) for t in (12.9, 13.0, 18.0, 18.1, 21.0, 21.1)] == [
        *(0, 1, 1, 2, 2, 3),
    ]
    assert [tomcast(t, 14.0) for t in (26.0, 26.1, 29.0, 29.1)] == [3, 2, 2, 0]
    assert [wallin(t, 24.0) for t in (7.1, 7.2, 11.6, 11.7, 26.6, 26.7)] == [
        *(0, 3, 3, 4, 4, 0),
    ]


def test_a_part_of_an_hour_does_not_count() -> None:
    assert (tomcast(24.0, 12.9), tomcast(24.0, 13.0)) == (2.0, 3.0)


def test_a_day_without_a_wet_hour_needs_no_temperature() -> None:
    assert tomcast(NAN, 0.0) == 0.0


@given(st.floats(0, 40), st.integers(0, 24), st.integers(0, 24))
def test_longer_wet_is_never_less_severe(t: float, a: int, b: int) -> None:
    assert tomcast(t, min(a, b)) <= tomcast(t, max(a, b)) <= 4
    assert wallin(t, min(a, b)) <= wallin(t, max(a, b)) <= 4


def test_days_come_from_their_hours() -> None:
    wet = np.zeros((2, 24))
    wet[0, :10] = 1
    temperature = np.full((2, 24), 30.0)
    temperature[0, :10] = 24.0

    mean, hours = of_hours(wet, temperature)

    assert hours.tolist() == [10, 0]
    assert mean[0] == 24.0
    assert tomcast(mean, hours).tolist() == [2.0, 0.0]


def test_the_sum_begins_anew_with_each_spray() -> None:
    sprayed = [False, False, False, True, False]

    assert since_spray([4, 4, 4, 4, 3], sprayed).tolist() == [4, 8, 12, 0, 3]


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="hours of a day"):
        tomcast(20.0, 25.0)
    with pytest.raises(ValueError, match="mean temperature"):
        tomcast(NAN, 5.0)
    with pytest.raises(ValueError, match=r"hours of a day: 1 of 2"):
        wallin(20.0, [NAN, 3.0])
    with pytest.raises(ValueError, match=r"\(days, 24\)"):
        of_hours(np.zeros((2, 23)), np.zeros((2, 23)))
    with pytest.raises(ValueError, match="severity values: 1 of 2"):
        since_spray([1.0, NAN], [False, False])
    with pytest.raises(ValueError, match="shorter"):
        since_spray([1.0, 2.0], [False])
