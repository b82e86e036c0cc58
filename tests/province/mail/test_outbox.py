"""What counts as a sign of life of a gateway."""

import pytest

from province.intake import Document, Greeting
from province.ledger import Ledger
from province.mail import outbox
from province.records import Round
from telemetry.messages import Hello
from tests.province.gateway import EPOCH, G1
from tests.province.test_ledger import batch

HELLO, LATER = (
    Greeting(G1, Hello(epoch=EPOCH, boot="b1", mono_ms=at_ms, oldest=1, next=1))
    for at_ms in (1, 2)
)


def heard(ledger: Ledger) -> tuple[int, float | None]:
    with ledger.transaction() as db:
        (sign,) = outbox.signs(db)
    return sign.heard_ms, sign.every_s


@pytest.mark.slow
@pytest.mark.parametrize(
    ("round_", "at_ms"),
    [
        (Round(documents=[Document(G1, "up/state", b'{"n": 2}')]), 20),
        (Round(batches=[batch(1, 5)]), 20),
        (Round(greetings=[LATER]), 20),
        # What the broker says for it, or says again, is none.
        (Round(documents=[Document(G1, "up/state", b'{"n": 1}')]), 10),
        (Round(documents=[Document(G1, "up/link", b"0")]), 10),
        (Round(greetings=[HELLO]), 10),
    ],
)
def test_a_hello_a_batch_and_a_new_state_are_signs_of_life(
    round_: Round, at_ms: int, ledger: Ledger
) -> None:
    first = Round(greetings=[HELLO], documents=[Document(G1, "up/state", b'{"n": 1}')])
    ledger.record(first, 10)
    ledger.record(round_, 20)

    assert heard(ledger) == (at_ms, None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("meta", "every_s"),
    [
        (b'{"devices": {"a": {"every_s": 600}, "b": {"every_s": 3600}}}', 600),
        (b'{"devices": {"a": {"every_s": -1}, "b": 5, "c": {}}}', None),
        (b'{"devices": {"a": {"every_s": Infinity}, "b": {"every_s": NaN}}}', None),
        (b'{"devices": []}', None),
        (b"[1]", None),
        (b"\xff", None),
    ],
)
def test_the_shortest_period_is_read_from_meta_of_any_form(
    meta: bytes, every_s: float | None, ledger: Ledger
) -> None:
    ledger.record(
        Round(greetings=[HELLO], documents=[Document(G1, "up/meta", meta)]), 10
    )

    assert heard(ledger) == (10, every_s)
