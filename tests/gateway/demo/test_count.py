"""Loss and doubling are counted, not assumed."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.count import Outage, Readings, Report, episodes, tally
from telemetry.messages import Alert

KEYS = {
    "readings": {
        "answered",
        "committed",
        "stored",
        "lost",
        "duplicate",
        "missing_flagged",
        "missing_counted",
        "cut_off",
    },
    "outage": {"seconds", "buffered", "drained_in_s"},
    "alerts": {"rule", "plot", "states", "code"},
    "lot": {"lot"},
    "seed": set[str](),
}


def step(episode: str, number: int, state: str) -> Alert:
    return Alert(
        id=f"{episode}-{number}",
        episode=episode,
        code="7F3",
        rule="rice-water-soon",
        severity="notice",
        state=state,
        subject="p17",
        plot="p17",
        vi="Mực nước −10,1 cm",
        en="Water at −10.1 cm",
        boot="boot",
        since_ms=number,
    )


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


@pytest.mark.parametrize(
    ("told", "agrees"),
    [
        ({}, False),
        ({"missing_flagged": 1}, False),  # of another sensor
        ({"missing_flagged": 1, "missing_counted": 1}, True),
        ({"cut_off": 1}, True),
    ],
)
def test_an_answer_that_is_not_committed_must_be_told(
    told: dict[str, int], agrees: bool
) -> None:
    tallied = {"missing_flagged": 0} | told
    readings = tally(answered=2, committed=[1], stored=[(10, 1)], **tallied)

    assert Report(readings=readings, outage=Outage()).agrees is agrees


def test_steps_become_episodes_in_the_order_of_their_begin() -> None:
    steps = [
        (10, step("a", 1, "firing")),
        (20, step("b", 1, "firing")),
        (30, step("a", 2, "resolved")),
    ]

    first, second = episodes(steps)

    assert first.states == ("firing", "resolved")
    assert (first.ended_ms, second.ended_ms) == (30, None)
    assert first.alert.id == "a-1"


def test_a_note_of_the_gateway_itself_is_an_episode_of_its_own() -> None:
    note = msgspec.structs.replace(step("x", 1, "firing"), episode="", id="epoch-1")

    (only,) = episodes([(1, note)])

    assert only.alert == note


def test_the_report_has_exactly_its_keys() -> None:
    report = Report(
        readings=count([1], [(10, 1)]),
        outage=Outage(),
        episodes=episodes([(10, step("a", 1, "firing"))]),
        lot={"lot": "HANH-MD-01"},
        seed="k12.3",
    )

    table = json.loads(json.dumps(report.as_json()))
    (table["alerts"],) = table["alerts"]
    table["seed"] = ()

    assert {name: set(part) for name, part in table.items()} == KEYS
    assert report.agrees
