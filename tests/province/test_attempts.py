"""How often a connection is tried, and what is told of one that does not stand."""

import pytest

from province.attempts import (
    CLIENT_ID,
    SHORT_CAP_S,
    STOOD_S,
    TELL_AGAIN_S,
    Attempts,
)
from telemetry.broker import LinkDown

LOST = LinkDown("broker b: connection lost", reason="connection lost")
TAKEN = LinkDown("broker b: Session taken over", reason="Session taken over")


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Attempts:
    one = Attempts("b")
    monkeypatch.setattr(one, "_draw", lambda: 1.0)
    return one


def rounds(
    attempts: Attempts, times: int, for_s: float, fault: LinkDown = LOST
) -> tuple[list[float], list[str]]:
    """Pauses, and all that was told of connections that stood ``for_s``."""
    now_s, pauses, told = 0.0, [], []
    for _ in range(times):
        told.append(attempts.begun(now_s))
        pause_s, said = attempts.failed(fault, now_s := now_s + for_s)
        now_s += pause_s
        pauses.append(pause_s)
        told.append(said)
    return pauses, [one for one in told if one is not None]


def test_connections_that_do_not_stand_are_tried_less_and_less_often(
    attempts: Attempts,
) -> None:
    pauses, _ = rounds(attempts, 7, STOOD_S / 2)

    assert pauses == [1, 2, 4, 4, 4, 4, 4]


def test_one_that_stood_is_tried_again_at_once(attempts: Attempts) -> None:
    rounds(attempts, 5, 0)

    pauses, _ = rounds(attempts, 2, STOOD_S)

    assert pauses == [1, 1]


def test_a_second_program_under_the_client_id_is_asked_for_once(
    attempts: Attempts,
) -> None:
    _, told = rounds(attempts, 100, 1.0)

    asked = [one for one in told if "second ingest" in one]
    assert len(asked) == 1
    assert "3 times within 10 s" in asked[0]
    assert CLIENT_ID in asked[0]
    assert len(told) == 5  # connected, lost, connected, asked, connected


def test_a_broker_that_names_the_taking_over_is_believed_at_once(
    attempts: Attempts,
) -> None:
    _, told = rounds(attempts, 5, 2 * STOOD_S, TAKEN)

    assert sum("second ingest" in one for one in told) == 1
    assert "Session taken over; does a second ingest run" in told[1]


def test_it_is_asked_for_again_after_an_hour(attempts: Attempts) -> None:
    times = int(2.5 * TELL_AGAIN_S / (1 + SHORT_CAP_S))

    _, told = rounds(attempts, times, 1.0)

    assert sum("second ingest" in one for one in told) == 3


def test_a_broker_that_goes_behind_short_connections_is_told_once(
    attempts: Attempts,
) -> None:
    rounds(attempts, 5, 0)

    told = [attempts.failed(LOST, 100.0)[1] for _ in range(3)]

    assert told == ["broker b: connection lost; trying again", None, None]
    assert attempts.begun(101.0) == "broker b: connected"


def test_a_broker_that_comes_back_and_refuses_says_why_once(
    attempts: Attempts,
) -> None:
    gone = LinkDown("broker b: connection refused")
    refused = LinkDown("broker b refused: Not authorized", reason="Not authorized")

    told = [attempts.failed(one, 0.0)[1] for one in (gone, gone, refused, refused)]

    assert told == [f"{gone}; trying again", None, f"{refused}; trying again", None]
