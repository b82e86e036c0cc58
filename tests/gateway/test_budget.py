import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.budget import DAY_MS, Budget, Spent, quiet_hours, spend
from gateway.meter import FILE, Meter


def utc_ms(hour: int, minute: int = 0) -> int:
    """That time of 2026-12-01 in Viet Nam, which is UTC + 7 h."""
    at = datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000
    return int(at) + ((hour - 7) * 60 + minute) * 60_000


@pytest.mark.parametrize(
    ("hour", "minute", "is_quiet"),
    [(21, 59, False), (22, 0, True), (0, 0, True), (4, 59, True), (5, 0, False)],
)
def test_quiet_hours_go_over_midnight_by_local_time(hour, minute, is_quiet):
    budget = Budget(quiet=quiet_hours("22:00-05:00"))

    why = budget.holds_back(Spent(), utc_ms(hour, minute))

    assert why == ("quiet hours" if is_quiet else None)


def test_without_any_time_no_hour_is_quiet():
    assert Budget(quiet=(0, 1439)).holds_back(Spent(), None) is None


@pytest.mark.parametrize("text", ["22-5", "24:00-05:00", "22:00-22:00", "", "a-b"])
def test_hours_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=r"write local hours|same time"):
        quiet_hours(text)


def test_a_spent_budget_holds_readings_back_until_local_midnight():
    budget = Budget(daily_bytes=1000)
    evening, midnight = utc_ms(23, 59), utc_ms(24)

    spent = spend(Spent(), 1000, 0, evening)
    later = spend(spent, 10, 0, midnight)

    assert budget.holds_back(spent, evening) == "budget"
    assert budget.holds_back(later, midnight) is None
    assert later.count == 10


def test_without_time_a_day_is_24_hours_of_field_time():
    spent = spend(Spent(), 700, DAY_MS - 1, None)

    assert spend(spent, 1, DAY_MS - 1, None).count == 701
    assert spend(spent, 1, DAY_MS, None).count == 1


def test_time_that_comes_or_is_set_back_gives_no_budget_anew():
    spent = spend(Spent(), 700, 5 * DAY_MS, None)

    known = spend(spent, 1, 5 * DAY_MS, utc_ms(12))
    back = spend(known, 1, 5 * DAY_MS, utc_ms(12) - 3 * DAY_MS)

    assert (known.count, back.count) == (701, 702)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**7)), max_size=30))
def test_within_a_day_nothing_is_forgotten(steps):
    spent = Spent()
    for more, ms in steps:
        spent = spend(spent, more, ms % DAY_MS, None)

    assert spent.count == sum(more for more, _ in steps)


class Clock:
    """Field time by hand."""

    def __init__(self) -> None:
        self.ms = 0

    def field_ms(self) -> int:
        return self.ms


def test_what_was_spent_is_known_after_a_restart(tmp_path):
    budget = Budget(daily_bytes=1000)
    before = Meter(tmp_path, budget, Clock())
    before.look(990, utc_ms(12))
    before.keep()

    after = Meter(tmp_path, budget, Clock())

    assert after.look(9, utc_ms(12)) is None
    assert after.look(10, utc_ms(12)) == "budget"
    assert after.told() == {
        "daily_bytes": 1000, "spent_bytes": 1000, "waits": "budget"
    }  # fmt: skip


def test_a_kill_forgets_at_most_a_fiftieth_and_a_damaged_file_is_nothing(tmp_path):
    budget = Budget(daily_bytes=1000)
    Meter(tmp_path, budget, Clock()).look(20, utc_ms(12))
    kept = json.loads((tmp_path / FILE).read_text())["count"]
    (tmp_path / FILE).write_text("{")

    assert kept == 20
    assert Meter(tmp_path, budget, Clock()).look(1, utc_ms(12)) is None


def test_without_a_limit_nothing_is_counted_or_written(tmp_path):
    meter = Meter(tmp_path, Budget(), Clock())

    assert meter.look(10**9, utc_ms(12)) is None
    assert meter.told() is None
    assert not (tmp_path / FILE).exists()
