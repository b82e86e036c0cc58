from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.trap import Catch, latest_rise, of_counter, of_counts, rise
from tests.rules.models.hourly import DAY, level, ms, totals

USUAL = [18.0, 22.0, 20.0, 25.0, 19.0, 21.0]


def nights(counts: Sequence[float | None]) -> list[Catch]:
    """Catches of nights one after another; ``None`` is a missing night."""
    return [
        Catch(DAY + timedelta(days=i), count)
        for i, count in enumerate(counts)
        if count is not None
    ]


def test_a_counter_gives_one_catch_per_night() -> None:
    """Five insects an hour from 19:00 to 22:00 of the first, eight of the second."""
    gains = [0.0] * 12 + [0.0] * 7 + [5.0] * 3 + [0.0] * 21 + [8.0] * 3 + [0.0] * 14

    found = of_counter(totals(gains))

    assert found == [Catch(DAY, 15.0), Catch(DAY + timedelta(days=1), 24.0)]


def test_a_night_that_was_not_watched_is_missing_and_not_zero() -> None:
    gains: list[float | None] = [0.0] * 60
    gains[20:26] = [None] * 6

    found = of_counter(totals(gains))

    assert [catch.night for catch in found] == [DAY + timedelta(days=1)]


def test_a_night_that_still_lasts_has_no_catch_yet() -> None:
    assert of_counter(totals([0.0] * 27)) == []
    assert of_counter([]) == []


def test_catches_by_people_add_up_by_night() -> None:
    counts = [level(ms(19), 10.0), level(ms(26), 0.5), level(ms(43), 0.0)]

    found = of_counts(counts)  # hours of four values each

    assert found == [Catch(DAY, 42.0), Catch(DAY + timedelta(days=1), 0.0)]


def test_three_times_the_usual_catch_is_a_rise() -> None:
    found = rise(nights([*USUAL, 61.5]))

    assert found is not None
    assert found.night == DAY + timedelta(days=6)
    assert found.factor == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ([*USUAL, 39.0], "below twice the median"),
        ([5.0, 60.0, 8.0, 55.0, 10.0, 62.0], "within two deviations"),
        ([1.0, 0.0, 2.0, 1.0, 9.0], "a handful"),
        ([20.0, 21.0, 19.0, 90.0], "three nights are no usual catch"),
        ([*USUAL, None], "the usual night before a missing one"),
        ([], "nothing was counted"),
    ],
)
def test_what_does_not_stand_out_is_no_rise(
    counts: Sequence[float | None], why: str
) -> None:
    assert rise(nights(counts)) is None, why


def test_nights_of_more_than_three_weeks_ago_are_forgotten() -> None:
    old = [Catch(DAY - timedelta(days=back), 20.0) for back in range(22, 40)]

    assert rise([*old, Catch(DAY, 90.0)]) is None


def test_a_flight_of_several_nights_begins_with_its_first() -> None:
    catches = nights([*USUAL, 60.0, 130.0, 25.0])
    last = DAY + timedelta(days=8)

    found = latest_rise(catches, last, within=5)

    assert rise(catches, DAY + timedelta(days=7)) is not None
    assert found is not None
    assert found.night == DAY + timedelta(days=6)


def test_a_rise_before_the_window_is_not_found() -> None:
    catches = nights([*USUAL, 60.0, 20.0, 20.0, 20.0])
    last = DAY + timedelta(days=9)

    assert latest_rise(catches, last, within=3) is None
    assert latest_rise(catches, last, within=4) is not None


@given(st.lists(st.integers(0, 300), min_size=5, max_size=25), st.integers(0, 300))
def test_more_insects_never_end_a_rise(counts: list[int], more: int) -> None:
    last = counts[-1]

    if rise(nights(counts)) is not None:
        assert rise(nights([*counts[:-1], last + more])) is not None


def test_what_is_no_catch_is_refused() -> None:
    with pytest.raises(ValueError, match="no number"):
        rise(nights([*USUAL, float("nan")]))
    with pytest.raises(ValueError, match="two catches"):
        rise([Catch(DAY, 1.0), Catch(DAY, 2.0)])
