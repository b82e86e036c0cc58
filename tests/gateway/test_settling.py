"""An acknowledgement counts for the open batch with its digest, and nothing else."""

import pytest

from gateway.outflow import Outflow
from gateway.records import Batch, Change, Ledger
from gateway.settling import settle
from telemetry.messages import Ack

EPOCH = "7f3a9c12"
FIRST, SECOND = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"


@pytest.fixture
def flow():
    """Two open batches of ten rows each."""
    open_ = [Batch(1, 10, 0, 1, FIRST), Batch(11, 20, 0, 1, SECOND)]
    ledger = Ledger(EPOCH, 1, 21, [], open_, [])
    one = Outflow(ledger, send_every_s=60, resend_after_s=30)
    for each in one.open.values():
        each.numbers = range(each.batch.first, each.batch.last + 1)
    return one


def spans(flow: Outflow) -> list[tuple[int, int]]:
    return [each.span for each in flow.open.values()]


@pytest.mark.parametrize(
    "ack",
    [
        Ack(epoch=EPOCH, stored=["cccccccccccccccc"]),
        Ack(epoch=EPOCH, stored=[FIRST[:8], FIRST.upper(), ""]),
        Ack(epoch=EPOCH, rejected=[("cccccccccccccccc", 0, "beyond retention")]),
        Ack(epoch=EPOCH, refused=[("cccccccccccccccc", "not zlib")]),
        Ack(epoch=EPOCH, alerts=["frost-1"]),
    ],
    ids=["other digest", "nearly the digest", "rejected", "refused", "an alert"],
)
def test_word_of_what_is_not_open_changes_nothing(flow, ack):
    change, rows = settle(ack, flow)

    assert (change, rows) == (Change(), 0)
    assert spans(flow) == [(1, 10), (11, 20)]
    assert flow.held == []


def test_the_batch_that_is_named_is_held_and_its_neighbour_waits(flow):
    change, rows = settle(Ack(epoch=EPOCH, stored=[SECOND]), flow)

    assert (change.held, change.closed, rows) == ([(11, 20)], [11], 10)
    assert spans(flow) == [(1, 10)]


def test_the_same_word_twice_is_as_once(flow):
    ack = Ack(epoch=EPOCH, stored=[FIRST, FIRST])
    settle(ack, flow)

    again, rows = settle(ack, flow)

    assert (again, rows) == (Change(), 0)
    assert flow.held == [(1, 10)]


def test_a_line_beyond_the_batch_is_no_row_of_it(flow):
    ack = Ack(
        epoch=EPOCH, stored=[FIRST], rejected=[(FIRST, 10, "?"), (FIRST, -1, "?")]
    )

    change, _ = settle(ack, flow)

    assert (change.held, change.quarantined) == ([(1, 10)], {})
