"""Batches that the broker does not take: what becomes of their rows."""

from gateway.open_batch import Open
from gateway.outflow import DOUBT_SENDS, Outflow
from gateway.records import Batch, Change, Ledger
from gateway.settling import settle, take_apart
from gateway.worker import Backoff
from telemetry.messages import Ack


def flow_with(*spans: tuple[int, int]) -> Outflow:
    batches = [Batch(a, b, 0, 1, f"{a:08x}{b:08x}") for a, b in spans]
    ledger = Ledger(
        epoch="7f3a9c12", epoch_from=1, next=spans[-1][1] + 1,
        held=[], open=batches, quarantined=[], lost=[],
    )  # fmt: skip
    flow = Outflow(ledger, send_every_s=60, resend_after_s=30)
    flow.connected([])
    return flow


def send(flow: Outflow, each: Open, times: int, at_s: float = 0.0) -> float:
    for _ in range(times):
        each.sent(at_s)
        at_s += each.wait_s
    return at_s


def test_a_batch_that_is_taken_apart_is_closed_and_its_rows_are_uncut():
    flow = flow_with((1, 500))

    change = take_apart(flow.open[1], flow, "too large")

    assert change == Change(closed=[1])  # the buffer takes its rows for tried
    assert flow.backlog() == (1, 500)
    assert flow.waiting == 500


def test_a_single_row_that_does_not_pass_is_quarantined_with_its_reason():
    flow = flow_with((1, 1), (2, 500))

    change = take_apart(flow.open[1], flow, "the broker takes 100 bytes")

    assert change.quarantined == {1: "the broker takes 100 bytes"}
    assert flow.quarantined == [(1, 1)]
    assert flow.waiting == 499


def test_a_late_word_of_the_old_digest_changes_nothing():
    flow = flow_with((1, 500))
    digest = flow.open[1].batch.digest
    take_apart(flow.open[1], flow, "too large")

    change, rows = settle(Ack(epoch="7f3a9c12", stored=[digest]), flow)

    assert (bool(change), rows) == (False, 0)
    assert flow.waiting == 500


def test_a_batch_is_doubted_when_newer_ones_are_acknowledged_and_it_is_not():
    flow = flow_with((1, 500), (501, 1000))
    old, new = flow.open[1], flow.open[501]
    at_s = send(flow, old, DOUBT_SENDS)
    before = flow.is_doubted(old)
    new.sent(at_s)

    flow.settled(501)

    assert (before, flow.is_doubted(old)) == (False, True)


def test_where_nothing_is_acknowledged_nothing_is_doubted():
    flow = flow_with((1, 500), (501, 1000))

    for each in flow.open.values():
        send(flow, each, DOUBT_SENDS + 2)

    assert not any(map(flow.is_doubted, flow.open.values()))


def test_doubt_ends_with_the_connection():
    flow = flow_with((1, 500), (501, 1000))
    at_s = send(flow, flow.open[1], DOUBT_SENDS)
    flow.open[501].sent(at_s)
    flow.settled(501)

    flow.connected([(501, 1000)])

    assert not flow.is_doubted(flow.open[1])


def test_the_wait_between_attempts_is_jittered_and_bounded_by_the_route(mocker):
    drawn = mocker.patch("random.uniform", side_effect=lambda low, high: high)
    backoff = Backoff(1.0, 30.0)

    routed = [backoff.next_s(30.0) for _ in range(7)]
    lost = [backoff.next_s(120.0) for _ in range(4)]
    back = backoff.next_s(30.0)

    assert routed == [1, 2, 4, 8, 16, 30, 30]
    assert lost == [30, 60, 120, 120]
    assert back == 30
    assert {call.args[0] for call in drawn.call_args_list} == {0}
