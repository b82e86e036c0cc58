from datetime import date, timedelta
from fractions import Fraction
from statistics import mean, variance

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.models import trap
from rules.models.lamp import LampNight, lit
from rules.models.trap import Catch
from rules.models.trap_peaks import by_night, nights_of_shares, peaks, rises

DAY = date(2026, 3, 1)
NAN = float("nan")


def night(number: int) -> date:
    return DAY + timedelta(days=number)


def test_a_night_without_power_is_missing_and_not_zero() -> None:
    readings = [LampNight(night(0), 12, 3.0), LampNight(night(1), 0, 0.4)]

    assert lit(readings, lamp_h=3) == [Catch(night(0), 12)]


def test_a_lit_night_without_a_moth_is_zero() -> None:
    assert lit([LampNight(night(0), 0, 2.7)], lamp_h=3) == [Catch(night(0), 0)]


def test_dark_nights_do_not_make_the_next_one_stand_out() -> None:
    """Four dark nights as zeros would pull down the usual catch."""
    nights = [LampNight(night(i), 20 + i % 3, 3.0) for i in range(8)]
    dark = [LampNight(night(8 + i), 0, 0.0) for i in range(4)]
    last = LampNight(night(12), 30, 3.0)

    _, counts = by_night(lit([*nights, *dark, last], lamp_h=3))

    assert np.isnan(counts[8:12]).all()
    assert rises(counts)[-1] == 0


known = st.one_of(st.none(), st.integers(0, 200))


@pytest.mark.slow
@given(st.lists(known, min_size=1, max_size=50))
def test_the_array_form_is_the_night_by_night_form(counts: list[int | None]) -> None:
    catches = [Catch(night(i), n) for i, n in enumerate(counts) if n is not None]

    found = rises([NAN if n is None else n for n in counts])

    for i, n in enumerate(counts):
        before = [c for c in counts[max(0, i - trap.TRAILING) : i] if c is not None]
        if n is None or len(before) < trap.FEWEST:
            assert np.isnan(found[i])
            continue
        assume(not _ties(n, before))
        one = trap.rise(catches, night(i))
        assert found[i] == pytest.approx(0.0 if one is None else one.factor)


def _ties(count: int, before: list[int]) -> bool:
    """Whether rounding decides: the count is exactly two deviations above."""
    above = Fraction(count) - mean([Fraction(n) for n in before])
    return above**2 == 4 * variance([Fraction(n) for n in before])


def test_a_flush_has_one_peak_that_is_told_three_nights_later() -> None:
    usual = [6.0, 4.0, 5.0, 7.0, 5.0, 6.0, 4.0, 6.0, 5.0, 5.0]
    flush = [15.0, 40.0, 70.0, 90.0, 60.0, 30.0, 12.0, 6.0, 5.0]

    (found,) = peaks(usual + flush)

    assert found.night == 13
    assert found.told == 16
    assert found.mean == pytest.approx((70 + 90 + 60) / 3)
    assert peaks((usual + flush)[: found.told]) == []
    assert peaks((usual + flush)[: found.told + 1]) == [found]


def test_a_missing_night_in_the_flush_does_not_hide_its_peak() -> None:
    usual = [6.0, 4.0, 5.0, 7.0, 5.0, 6.0, 4.0, 6.0]
    flush = [20.0, 60.0, NAN, 90.0, 50.0, 20.0, 6.0, 5.0]

    assert len(peaks(usual + flush)) == 1


@pytest.mark.parametrize(
    "counts",
    [[5.0] * 40, [0.0, 3.0] * 20, [0.0] * 10 + [2, 4, 3, 1] + [0.0] * 10,
     [5.0] * 20 + [50.0] * 10, [NAN] * 30, [80.0]],
)  # fmt: skip
def test_what_does_not_rise_and_fall_has_no_peak(counts: list[float]) -> None:
    assert peaks(counts) == []


def test_half_of_a_flush_has_come_by_its_middle_night() -> None:
    catches = [Catch(night(i), n) for i, n in enumerate((10, 20, 40, 20, 10))]

    found = nights_of_shares(catches, [0.2, 0.5, 0.8])

    assert found == [night(1), night(2), night(3)]


def test_a_share_passed_in_missing_nights_has_no_night() -> None:
    catches = [Catch(night(0), 10), Catch(night(3), 50), Catch(night(4), 40)]

    assert nights_of_shares(catches, [0.1, 0.5, 1.0]) == [night(0), None, night(4)]
    assert nights_of_shares([Catch(DAY, 0)], [0.5]) == [None]


def test_what_are_no_nights_is_refused() -> None:
    with pytest.raises(ValueError, match="no catches"):
        by_night([])
    with pytest.raises(ValueError, match="two catches"):
        by_night([Catch(DAY, 1), Catch(DAY, 2)])
    with pytest.raises(ValueError, match="one series of nights"):
        rises([])
    with pytest.raises(ValueError, match="0 or more"):
        peaks([1.0, -2.0])
    with pytest.raises(ValueError, match="0 or more"):
        rises([1.0, float("inf")])
    with pytest.raises(ValueError, match="at most 1"):
        nights_of_shares([Catch(DAY, 1)], [50])
    with pytest.raises(ValueError, match="two readings"):
        lit([LampNight(DAY, 1, 3.0), LampNight(DAY, 2, 3.0)], lamp_h=3)
    with pytest.raises(ValueError, match="lamp hours"):
        lit([LampNight(DAY, 1, NAN)], lamp_h=3)
    with pytest.raises(ValueError, match="lamp_h is 0"):
        lit([], lamp_h=0)
