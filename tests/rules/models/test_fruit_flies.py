import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.fruit_flies import Visit, change, flies_per_trap_and_day

USUAL = [Visit(flies=n, traps=4, days=7) for n in (12, 15, 9, 14)]


def test_flies_per_trap_and_day_is_their_quotient() -> None:
    found = flies_per_trap_and_day(np.array([42.0, 0.0]), np.array([6, 5]), 7)

    assert found.tolist() == [1.0, 0.0]
    assert flies_per_trap_and_day(42, 6, 7) == 1.0


def test_three_times_the_flies_is_a_change_and_a_few_more_is_none() -> None:
    found = change([*USUAL, Visit(flies=38, traps=4, days=7)])

    assert found is not None
    assert found.before == pytest.approx(50 / 112)
    assert found.now == pytest.approx(38 / 28)
    assert change([*USUAL, Visit(flies=20, traps=4, days=7)]) is None


def test_a_fall_is_a_change_too() -> None:
    found = change([*USUAL, Visit(flies=1, traps=4, days=7)])

    assert found is not None
    assert found.now < found.before


def test_a_lost_trap_is_no_change() -> None:
    """As many flies per trap and day from half of the traps."""
    assert change([*USUAL, Visit(flies=6, traps=2, days=7)]) is None


def test_a_handful_twice_as_many_may_be_chance() -> None:
    few = [Visit(flies=1, traps=4, days=7)] * 4

    assert change([*few, Visit(flies=3, traps=4, days=7)]) is None


def test_four_visits_are_no_custom() -> None:
    assert change(USUAL) is None
    assert change([]) is None


def test_the_chance_is_that_of_the_binomial() -> None:
    """10 of 10 in one of five equal exposures: 2 × 0.2^10."""
    none = [Visit(flies=0, traps=1, days=7)] * 4

    found = change([*none, Visit(flies=10, traps=1, days=7)])

    assert found is not None
    assert found.chance == pytest.approx(2 * 0.2**10)


@given(st.lists(st.integers(0, 400), min_size=4, max_size=4), st.integers(0, 400))
def test_more_flies_never_end_a_rise(before: list[int], now: int) -> None:
    visits = [Visit(flies=n, traps=3, days=7) for n in before]

    found = change([*visits, Visit(flies=now, traps=3, days=7)])

    if found is not None and found.now > found.before:
        assert change([*visits, Visit(flies=now + 50, traps=3, days=7)]) is not None


def test_what_is_no_visit_is_refused() -> None:
    with pytest.raises(ValueError, match="one trap or more"):
        flies_per_trap_and_day(3.0, 0, 7)
    with pytest.raises(ValueError, match="above 0 days"):
        flies_per_trap_and_day(3.0, 2, 0)
    with pytest.raises(ValueError, match="flies is nan"):
        flies_per_trap_and_day(float("nan"), 2, 7)
    with pytest.raises(ValueError, match="traps from 1"):
        change([Visit(flies=3, traps=0, days=7)])
