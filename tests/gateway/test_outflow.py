import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.open_batch import Open
from gateway.outflow import BACKLOG_WINDOW, LIVE_ROWS, WINDOW, Outflow
from gateway.records import Batch, Ledger
from telemetry import ranges
from telemetry.wire import MAX_ROWS


def flow_of(next_seq: int = 1, **given) -> Outflow:
    ledger = Ledger(
        epoch="7f3a9c12", epoch_from=1, next=next_seq,
        held=given.get("held", []), open=given.get("open", []), quarantined=[],
    )  # fmt: skip
    return Outflow(ledger, send_every_s=60, resend_after_s=30)


def made(span: tuple[int, int]) -> Open:
    first, last = span[0], min(span[1], span[0] + MAX_ROWS - 1)
    return Open(Batch(first, last, 0, 1, f"{first:08x}{last:08x}"), b"")


def open_all(flow: Outflow, at_s: float = 0.0) -> list[Open]:
    """Cut and record all that the window has room for; what is new now."""
    while span := flow.live(at_s):
        flow.cut(made(span), at_s, is_new=True)
    while span := flow.backlog():
        flow.cut(made(span), at_s, is_new=False)
    chosen = flow.to_record()
    flow.recorded(chosen)
    return chosen


def test_new_rows_wait_for_company():
    flow = flow_of()
    flow.connected([])

    flow.committed(LIVE_ROWS, at_s=0)

    assert flow.live(59.9) is None
    assert flow.live(60) == (1, LIVE_ROWS - 1)


def test_enough_new_rows_do_not_wait():
    flow = flow_of()
    flow.connected([])

    flow.committed(LIVE_ROWS + 1, at_s=0)

    assert flow.live(0) == (1, LIVE_ROWS)


def test_rows_behind_an_alert_do_not_wait():
    flow = flow_of()
    flow.connected([])
    flow.committed(3, at_s=0)

    flow.hurry()

    assert flow.live(0) == (1, 2)


def test_after_hello_the_newest_rows_go_first_and_then_the_oldest():
    flow = flow_of(10_001)
    flow.connected([])

    newest = flow.newest()
    flow.cut(made(newest), 0, is_new=True)

    assert newest == (10_001 - MAX_ROWS, 10_000)
    assert flow.backlog() == (1, 10_000 - MAX_ROWS)
    open_all(flow)
    assert [each.batch.first for each in flow.due(0)][:2] == [newest[0], 1]


def test_backlog_leaves_room_for_what_is_new():
    flow = flow_of(100_001)
    flow.connected([])
    open_all(flow)
    flow.committed(100_001 + LIVE_ROWS, at_s=0)

    before = len(flow.open)
    chosen = open_all(flow)

    assert before == BACKLOG_WINDOW
    assert [each.span for each in chosen] == [(100_001, 100_000 + LIVE_ROWS)]
    assert len(flow.open) <= WINDOW


def test_what_the_ledger_lacks_is_sent_again():
    flow = flow_of(1001, held=[(1, 1000)])

    more, fewer = flow.connected([(1, 300), (601, 1000)])

    assert (more, fewer) == ([], [(301, 600)])
    assert flow.waiting == 300
    assert flow.newest() == (301, 600)


def test_a_quarantined_row_stays_aside_over_a_reconnection():
    flow = flow_of(6)
    flow.connected([])
    open_all(flow, 60)
    flow.settled(1, quarantined=[3])

    flow.connected([(1, 2), (4, 5)])

    assert flow.quarantined == [(3, 3)]
    assert flow.waiting == 0
    assert not flow.lacks([(1, 2), (4, 5)])
    assert flow.lacks([(1, 2)])


def test_of_numbers_that_the_answer_does_not_speak_of_our_own_word_stands():
    flow = flow_of(1001, held=[(1, 400), (600, 1000)])

    answer = [(700, 1000)]
    more, fewer = flow.connected(answer, known_from=700)

    assert (more, fewer) == ([], [])
    assert flow.held == [(1, 400), (600, 1000)]
    assert not flow.lacks(answer, known_from=700)


def test_what_the_ledger_has_is_done_even_if_no_ack_came():
    flow = flow_of(1001, open=[Batch(1, 500, 0, 1, "aa"), Batch(501, 1000, 0, 1, "bb")])

    more, _ = flow.connected([(1, 500)])

    assert more == [(1, 500)]
    assert [batch.digest for batch in flow.covered()] == ["aa"]
    assert flow.waiting == 500


def test_an_open_batch_is_sent_on_every_connection_and_again_when_unanswered():
    flow = flow_of(501, open=[Batch(1, 500, 0, 1, "aa")])
    flow.connected([])
    (each,) = flow.due(0)
    each.sent(0)

    quiet, first, second = flow.due(29.9), flow.due(30), None
    each.sent(30)
    second = flow.due(89.9), flow.due(90)

    assert (quiet, first) == ([], [each])
    assert second == ([], [each])
    flow.connected([])
    assert flow.due(90) == [each]


def test_a_refused_batch_goes_row_by_row_and_a_refused_row_is_put_aside():
    flow = flow_of(4)
    flow.connected([])
    (each,) = open_all(flow, 60)

    flow.refused(each.batch.first)
    singles = open_all(flow, 60)
    _, is_aside = flow.refused(2)
    for row in (1, 3):
        flow.settled(row)

    assert [one.span for one in singles] == [(1, 1), (2, 2), (3, 3)]
    assert is_aside
    assert flow.quarantined == [(2, 2)]
    assert flow.quarantined == [(2, 2)]
    assert flow.held == [(1, 1), (3, 3)]
    assert flow.waiting == 0


def test_a_rejected_line_is_put_aside_and_its_neighbours_are_held():
    flow = flow_of(6)
    flow.connected([])
    open_all(flow, 60)

    flow.settled(1, quarantined=[3])

    assert flow.held == [(1, 2), (4, 5)]
    assert flow.quarantined == [(3, 3)]


class EveryNumberIsInOneState(RuleBasedStateMachine):
    """Whatever happens, no number is lost, doubled or open past the window."""

    def __init__(self) -> None:
        super().__init__()
        self.flow = flow_of()
        self.ledger: set[tuple[int, int]] = set()  # batches that the province holds
        self.now = 0.0
        self.connected = False

    @rule(rows=st.integers(1, 1500))
    def rows_are_committed(self, rows):
        self.flow.committed(self.flow.next + rows, self.now)

    @rule(seconds=st.integers(1, 700))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(lost=st.booleans())
    def hello(self, lost):
        if lost and self.ledger:  # a province restored from a backup
            self.ledger = {span for span in self.ledger if span[0] % 3}
        self.flow.connected(ranges.union(self.ledger))
        self.flow.covered()
        self.connected = True
        newest = self.flow.newest()
        if newest:
            self.flow.cut(made(newest), self.now, is_new=True)

    @precondition(lambda self: self.connected)
    @rule()
    def flow_out(self):
        open_all(self.flow, self.now)
        for each in self.flow.due(self.now):
            each.sent(self.now)

    @precondition(lambda self: self.flow.open)
    @rule(data=st.data(), told=st.booleans())
    def stored(self, data, told):
        first = data.draw(st.sampled_from(sorted(self.flow.open)))
        each = self.flow.open[first]
        self.ledger.add(each.span)
        if told:
            self.flow.settled(first)

    @precondition(lambda self: self.flow.open)
    @rule(data=st.data())
    def refused(self, data):
        self.flow.refused(data.draw(st.sampled_from(sorted(self.flow.open))))

    @invariant()
    def no_number_is_lost_or_in_two_states(self):
        flow = self.flow
        spans = [each.span for each in flow.open.values()]
        assert sum(b - a + 1 for a, b in spans) == ranges.total(ranges.union(spans))
        waiting = flow.waiting
        done = ranges.total(ranges.union([*flow.held, *flow.quarantined]))
        assert waiting + done == flow.next - 1
        assert len(flow.open) <= WINDOW


EveryNumberIsInOneState.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)
TestEveryNumberIsInOneState = pytest.mark.timeout(60)(EveryNumberIsInOneState.TestCase)


def test_a_batch_that_cannot_be_rendered_again_is_cut_anew():
    flow = flow_of(501, open=[Batch(1, 500, 0, 1, "aa")])
    flow.connected([])

    flow.dropped(1)

    assert flow.open == {}
    assert flow.newest() == (1, 500)
