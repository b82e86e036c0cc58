"""What the stamps of a logger say of its clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.quality.clock import Kind, interval_ms, is_shuffled, jumps

HOUR = 3_600_000


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def stamps(begin: str, *steps_h: float) -> list[int]:
    found = [ms(begin)]
    for step in steps_h:
        found.append(found[-1] + round(step * HOUR))
    return found


def kinds(series: list[int], taken: str | None = None) -> list[tuple[int, float, str]]:
    taken_ms = None if taken is None else ms(taken)
    return [
        (jump.at, jump.skipped_ms / HOUR, jump.kind.value)
        for jump in jumps(series, 2 * HOUR, taken_ms)
    ]


def test_a_clock_put_back_is_told_from_a_gap() -> None:
    assert kinds(stamps("2014-03-12", 2, -4, 2, 6, 2)) == [
        (2, -6, "back"),
        (4, 4, "gap"),
    ]


def test_a_jump_to_2057_is_the_clocks() -> None:
    series = [ms("2013-05-20T14:00"), ms("2057-09-12T02:00")]

    assert [kind for _, _, kind in kinds(series, "2013-11-09")] == ["future"]


def test_day_and_month_exchanged_are_seen() -> None:
    ahead = [ms("2015-03-04T10:00"), ms("2015-04-03T12:00")]
    back = [ms("2015-04-03T10:00"), ms("2015-03-04T12:00")]
    at_midnight = [ms("2015-03-03T23:00"), ms("2015-04-03T01:00")]

    assert [kinds(series)[0][2] for series in (ahead, back, at_midnight)] == [
        "swapped"
    ] * 3


def test_half_an_exchange_is_one_where_the_stamp_is_wrong_anyway() -> None:
    series = [ms("2015-03-28T12:00"), ms("2015-08-03T10:00")]

    assert kinds(series)[0][2] == "gap"
    assert kinds(series, "2015-05-01")[0][2] == "swapped"


def test_the_same_stamp_twice_and_a_step_too_short_are_told() -> None:
    assert [kind for *_, kind in kinds(stamps("2014-01-01", 2, 0, 1))] == [
        "double",
        "early",
    ]


def test_a_new_interval_is_told_a_few_times_only() -> None:
    assert len(kinds(stamps("2014-01-01", 2, 2, *[4] * 50))) == 3


def test_rows_out_of_order_are_no_jumps_of_the_clock() -> None:
    assert is_shuffled([0, 9, 3, 12, 6, 15])
    assert not is_shuffled(stamps("2014-01-01", *[2] * 40, -6, *[2] * 40))


def test_only_what_cannot_be_a_gap_is_the_clocks_for_certain() -> None:
    assert {kind for kind in Kind if kind.is_clock} == {"back", "future", "swapped"}


@given(st.lists(st.integers(1, 50), max_size=40))
def test_no_series_that_only_advances_goes_back(steps: list[int]) -> None:
    series = stamps("2014-01-01", *steps)

    assert all(jump.kind is not Kind.BACK for jump in jumps(series, 2 * HOUR))


@pytest.mark.parametrize("series", [[], [5]])
def test_less_than_two_stamps_hold_no_jump(series: list[int]) -> None:
    assert list(jumps(series)) == []
    with pytest.raises(ValueError, match="no interval to be seen"):
        interval_ms(series)


def test_an_interval_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="interval is 0 ms"):
        list(jumps([0, 1], 0))
