import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.episode import (
    CODE_LENGTH,
    CODE_LETTERS,
    Look,
    Patience,
    Phase,
    Standing,
    code_of,
    end,
    step,
)

HOUR = 3_600_000
PATIENCE = Patience(hold_ms=2 * HOUR, clear_ms=2 * HOUR, blind_ms=3 * HOUR)


def looks(text: str, standing: Standing = Standing(), boot: str = "b1"):  # noqa: B008
    """Look once an hour: T holds, F does not and is clear, - neither, ? unknown."""
    seen, events = "", []
    for hour, letter in enumerate(text):
        holds = {"T": True, "F": False, "-": False, "?": None}[letter]
        clears = {"T": False, "F": True, "-": False, "?": None}[letter]
        standing, event = step(
            standing,
            Look(
                boot=boot,
                at_ms=hour * HOUR,
                utc_ms=None,
                passed_ms=HOUR if hour else 0,
                holds=holds,
                clears=clears,
            ),
            PATIENCE,
            "rice-water-low-p17",
        )
        seen += standing.phase.name[0]
        if event:
            events.append((hour, event))
    return seen, events, standing


@pytest.mark.parametrize(
    ("text", "phases", "events"),
    [
        ("T", "P", []),
        ("TF", "PQ", []),
        ("TTT", "PPF", [(2, "firing")]),
        ("TTT-TT", "PPFFFF", [(2, "firing")]),
        ("TTTFT", "PPFFF", [(2, "firing")]),  # one good hour does not clear
        ("TTTFFF", "PPFFFQ", [(2, "firing"), (5, "resolved")]),
        ("TT?T", "PPPF", [(3, "firing")]),  # a gap neither raises nor clears
        ("TTT???", "PPFFFF", [(2, "firing"), (5, "no_data")]),
        ("TTT????T", "PPFFFFFF", [(2, "firing"), (5, "no_data"), (7, "resumed")]),
        ("????", "QQQQ", []),
        ("TTTFFFTTT", "PPFFFQPPF", [(2, "firing"), (5, "resolved"), (8, "firing")]),
    ],
)
def test_an_episode_waits_fires_goes_blind_and_ends(text, phases, events):
    seen, happened, _ = looks(text)

    assert (seen, happened) == (phases, events)


def test_the_steps_of_an_episode_are_numbered():
    _, _, firing = looks("TTT")

    _, _, resumed = looks("???" + "?T", firing)

    assert firing.step == 1
    assert (resumed.episode, resumed.step) == (firing.episode, 3)


def test_a_hold_does_not_count_the_time_while_the_machine_was_off():
    _, _, pending = looks("TT")

    after, event = step(
        pending,
        Look(boot="b2", at_ms=0, utc_ms=None, passed_ms=0, holds=True, clears=False),
        PATIENCE,
        "r",
    )

    assert (after.phase, event) == (Phase.PENDING, None)


def test_a_restart_while_firing_begins_no_new_episode():
    _, _, firing = looks("TTT")

    for boot in range(50):
        _, events, firing_still = looks("T", firing, f"b{boot}")

        assert events == []
        assert firing_still.episode == firing.episode


def test_what_is_open_when_its_rule_goes_is_resolved():
    _, _, firing = looks("TTT")

    after, event = end(firing)

    assert event == "resolved"
    assert (after.phase, after.episode, after.step) == (Phase.QUIET, firing.episode, 2)
    assert end(Standing())[1] is None


@given(st.text(alphabet="TF-?", max_size=60))
def test_events_alternate_and_steps_never_repeat(text):
    _, events, _ = looks(text)
    told = [event for _, event in events]

    assert told[:1] in ([], ["firing"])
    for before, after in itertools.pairwise(told):
        allowed = {
            "firing": {"no_data", "resolved"},
            "no_data": {"resumed", "resolved"},
            "resumed": {"no_data", "resolved"},
            "resolved": {"firing"},
        }
        assert after in allowed[before]


@given(st.text(alphabet="TF", max_size=200))
def test_an_oscillating_value_makes_no_episode_shorter_than_its_holds(text):
    _, events, _ = looks(text)

    fired = [hour for hour, event in events if event == "firing"]

    assert all(b - a >= 4 for a, b in itertools.pairwise(fired))


@given(st.text(max_size=80))
def test_a_code_has_three_letters_that_nobody_mistakes(name):
    code = code_of(name)

    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CODE_LETTERS)


def test_growing_holds_change_the_standing():
    _, _, one = looks("T")
    _, _, two = looks("TT")

    assert replace(two, held_ms=one.held_ms) == one
