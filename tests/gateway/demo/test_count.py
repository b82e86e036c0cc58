"""Loss and doubling are counted, not assumed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.count import Outage, Readings, Report, tally

KEYS = {
    "readings": {
        "answered",
        "committed",
        "stored",
        "lost",
        "duplicate",
        "missing_flagged",
    },
    "outage": {"seconds", "buffered", "drained_in_s"},
}


def count(committed: list[float], stored: list[tuple[int, float]]) -> Readings:
    return tally(
        answered=len(committed), committed=committed, stored=stored, missing_flagged=0
    )


@given(st.lists(st.integers(1, 10**6), unique=True))
def test_each_value_once_is_neither_lost_nor_doubled(values: list[int]) -> None:
    counted = count(list(values), [(10 * n, n) for n in values])

    assert (counted.lost, counted.duplicate) == (0, 0)
    assert counted.stored == len(values)


def test_a_value_that_is_not_stored_is_lost() -> None:
    assert count([1, 2, 3], [(10, 1), (30, 3)]).lost == 1


def test_a_value_that_nobody_committed_does_not_hide_a_loss() -> None:
    counted = count([1, 2], [(10, 1), (90, 9)])

    assert counted.lost == 1
    assert counted.stored == 2


def test_a_value_at_two_stamps_is_doubled() -> None:
    assert count([1, 2], [(10, 1), (11, 1), (20, 2)]).duplicate == 1


def test_a_stamp_with_two_values_is_doubled() -> None:
    assert count([1, 2], [(10, 1), (10, 2)]).duplicate == 1


def test_the_same_point_read_twice_is_one_point() -> None:
    assert count([1], [(10, 1), (10, 1)]).duplicate == 0


@pytest.mark.parametrize(("missing", "agrees"), [(0, False), (1, True)])
def test_an_answer_that_is_not_committed_must_be_flagged(
    missing: int, agrees: bool
) -> None:
    readings = tally(
        answered=2, committed=[1], stored=[(10, 1)], missing_flagged=missing
    )

    assert Report(readings=readings, outage=Outage()).agrees is agrees


def test_the_report_has_exactly_its_keys() -> None:
    report = Report(readings=count([1], [(10, 1)]), outage=Outage())

    table = json.loads(json.dumps(report.as_json()))

    assert {name: set(part) for name, part in table.items()} == KEYS
    assert report.agrees
