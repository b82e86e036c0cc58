import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import messages
from telemetry.messages import Ack, Hello, HelloAnswer, MessageError


def test_an_acknowledgement_reads_back():
    ack = Ack(
        epoch="7f3a9c12",
        stored=["9d41c0e27ab31f55"],
        rejected=[("9d41c0e27ab31f55", 3, "unknown quantity")],
        refused=[("0011223344556677", "digest")],
        alerts=["a-1"],
    )

    assert messages.decode(messages.encode(ack), Ack) == ack


def test_an_older_end_reads_past_what_a_newer_one_adds():
    payload = (
        b'{"v":1,"epoch":"7f3a9c12","mono_ms":5,"utc_ms":1795294053000,'
        b'"held":[[1,9]],"x":{}}'
    )

    assert messages.decode(payload, HelloAnswer).held == [(1, 9)]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"v":2,"epoch":"7f3a9c12"}', "version 2 is newer"),
        (b'{"v":1}', "epoch"),
        (b'{"epoch":7}', "epoch"),
        (b"[]", "object"),
        (b"\xff\xfe", "Ack"),
        (b"", "Ack"),
        (b" " * (messages.MAX_JSON + 1), "more than"),
        (b"[" * 100_000, "Ack"),
    ],
)
def test_a_message_that_cannot_be_used_says_why(payload, why):
    with pytest.raises(MessageError, match=why):
        messages.decode(payload, Ack)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"utc_ms": 0}, "utc_ms"),
        ({"utc_ms": 10**14}, "utc_ms"),
        ({"utc_ms": 10**30}, "utc_ms"),
        ({"held": [[0, 5]]}, "held"),
        ({"held": [[1, 10**30]]}, "held"),
        ({"held": [[5, 1]]}, "ends before"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(change, why):
    good = {"v": 1, "epoch": "7f3a9c12", "mono_ms": 5, "utc_ms": 1795294053000}

    with pytest.raises(MessageError, match=why):
        messages.decode(
            json.dumps({**good, "held": [], **change}).encode(), HelloAnswer
        )


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_message_error(payload):
    for kind in (Hello, HelloAnswer, Ack):
        with suppress(MessageError):
            messages.decode(payload, kind)
