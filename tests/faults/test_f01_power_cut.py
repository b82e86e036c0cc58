"""F01: the power goes at any call that the writer makes to the card."""

import pytest

from tests.faults.crash.replay import Outcome, replay
from tests.faults.crash.story import PREPARED

SEED = 20261122
LEAST = 2000  # states, all stories together

pytestmark = [
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def total() -> Outcome:
    """All stories that kept the promise."""
    return Outcome()


@pytest.mark.parametrize(
    ("name", "every"),
    [("life", 1), ("full", 2), ("moved", 1), ("saved", 1)],
)
def test_after_any_power_cut_what_was_told_stored_is_there_once(
    name, every, total, is_full, record_property
):
    outcome = replay(
        name,
        SEED,
        prepare=PREPARED.get(name),
        every=1 if is_full else every,
    )

    record_property("figure", outcome.figure)
    total.add(outcome)
    assert outcome.wrong == []
    assert (outcome.corrupt, outcome.losing) == (0, 0)


def test_enough_places_for_a_power_cut_were_tried(total, record_property):
    record_property("figure", f"{total.total} states, seed {SEED}")

    assert total.total >= LEAST


def test_the_same_rig_finds_what_a_weaker_promise_loses(record_property):
    outcome = replay("life", SEED, synchronous="NORMAL", every=10)

    record_property("figure", f"synchronous=NORMAL: {outcome.figure}")
    assert outcome.losing > outcome.total / 3
