"""The order of things within ingest, seen from a broker that a test holds."""

import contextlib
import sqlite3
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from province.answers import newest
from province.ingest import WINDOW, Ingest
from province.ledger import Ledger, LedgerFault
from province.spans import HELD
from province.stores.base import Rejected, StoreDown
from province.stores.bounded import Meanwhile, nothing
from province.stores.influx1 import Influx1
from province.stores.sqlite import SqliteStore
from telemetry.messages import MAX_JSON, Ack, Hello, HelloAnswer, decode, encode
from telemetry.mqtt import Incoming, LinkDown
from tests.province.answering import Answer, answering
from tests.province.gateway import EPOCH, G1, batch_of, lines_of
from tests.province.test_intake import ALERT


class HeldBroker:
    """Stands where the MQTT connection does and notes what passes."""

    where = "broker"

    def __init__(self) -> None:
        self.is_up = True
        self.arrived: deque[Incoming] = deque()
        self.confirmed: deque[tuple[int, str | None]] = deque()
        self.inbox: deque[Incoming] = deque()
        self.published: list[tuple[str, bytes]] = []
        self.done: list[int] = []
        self.waits_s: list[float] = []
        self.most: int | None = None

    def connect(self) -> None:
        self.is_up = True

    def step(self, timeout_s: float) -> None:
        self.waits_s.append(timeout_s)
        if not self.is_up:
            raise LinkDown("broker: connection lost")
        if self.inbox:
            self.arrived.append(self.inbox.popleft())

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        assert not retain
        self.published.append((topic, payload))
        return len(self.published)

    def most_payload(self, _topic: str) -> int | None:
        return self.most

    def acknowledge(self, message: Incoming) -> None:
        self.done.append(message.mid)

    def close(self) -> None:
        self.is_up = False

    def bring(self, leaf: str, payload: bytes) -> None:
        mid = 1 + len(self.inbox)
        self.inbox.append(Incoming(G1.topic(leaf), payload, False, mid, 1))

    @property
    def acks(self) -> list[Ack]:
        return [
            decode(payload, Ack)
            for topic, payload in self.published
            if topic.endswith("down/ack")
        ]


class MachineTime:
    """A clock whose machine time the test turns."""

    boot = "b"

    def __init__(self) -> None:
        self.now_s = 100.0

    def machine_s(self) -> float:
        return self.now_s

    def field_ms(self) -> int:
        return 0

    def wall_ms(self) -> int | None:
        return 1_795_294_053_000

    def machine_s_until(self, field_ms: int) -> float:
        return field_ms / 1000


class WeatherStore(SqliteStore):
    """A SQLite store that a test can take down, and that counts its writes."""

    down: StoreDown | None = None
    writes = 0

    def write(self, body: bytes, meanwhile: Meanwhile = nothing) -> list[Rejected]:
        if self.down is not None:
            raise self.down
        self.writes += 1
        return super().write(body, meanwhile)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WeatherStore]:
    one = WeatherStore(tmp_path / "readings.db")
    yield one
    one.close()


@pytest.fixture
def broker() -> HeldBroker:
    return HeldBroker()


@pytest.fixture
def clock() -> MachineTime:
    return MachineTime()


@pytest.fixture
def ingest(
    broker: HeldBroker, store: WeatherStore, ledger: Ledger, clock: MachineTime
) -> Ingest:
    return Ingest(link=broker, store=store, ledger=ledger, clock=clock)  # type: ignore[arg-type]


def bring_batches(broker: HeldBroker, count: int) -> list[str]:
    digests = []
    for at in range(count):
        digest, plain = batch_of(lines_of(G1, 1 + 10 * at, 10), 1 + 10 * at)
        broker.bring("up/r", plain)
        digests.append(digest)
    return digests


def test_what_waits_is_one_write_and_one_acknowledgement(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore
) -> None:
    digests = bring_batches(broker, WINDOW - 1)

    ingest.step()

    assert store.writes == 1
    assert [ack.stored for ack in broker.acks] == [digests]
    assert broker.done == list(range(1, WINDOW))


def test_a_round_is_no_longer_than_the_window(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore
) -> None:
    bring_batches(broker, WINDOW + 5)

    ingest.step()
    ingest.step()

    assert [len(ack.stored) for ack in broker.acks] == [WINDOW, 5]


def test_hello_is_answered_while_the_store_is_down_and_batches_are_not(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore, clock: MachineTime
) -> None:
    store.down = StoreDown("gone")
    digests = bring_batches(broker, 2)
    ingest.step()
    hello = Hello(epoch=EPOCH, boot="b", mono_ms=5, oldest=1, next=21)
    broker.bring("up/hello", encode(hello))
    ingest.step()
    before = list(broker.published)
    store.down = None
    clock.now_s += 60
    ingest.step()

    ((_, answer),) = before
    assert decode(answer, HelloAnswer).held == []
    assert [ack.stored for ack in broker.acks] == [digests]
    assert broker.done == [1, 1, 2]  # hello does not wait for the batches


def test_alerts_are_kept_and_acknowledged_past_batches_that_wait(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore, ledger: Ledger
) -> None:
    store.down = StoreDown("gone")
    bring_batches(broker, WINDOW + 5)
    for _ in range(2):
        ingest.step()
    broker.bring("up/alert", encode(ALERT))
    broker.bring("up/link", b"1")
    ingest.step()

    assert [(ack.stored, ack.alerts) for ack in broker.acks] == [([], [ALERT.id])]
    assert broker.done == [1, 2]
    with contextlib.closing(sqlite3.connect(ledger.path)) as db:
        assert db.execute("SELECT id FROM alert").fetchall() == [(ALERT.id,)]
        assert db.execute("SELECT leaf FROM document").fetchall() == [("up/link",)]


def test_an_answer_of_very_many_ranges_keeps_the_newest_and_can_be_read() -> None:
    end = 10**18 - 1
    held = [(first, first) for first in range(end - 40_000, end, 2)]

    kept = newest(held, MAX_JSON)
    answer = HelloAnswer(epoch=EPOCH, mono_ms=end, utc_ms=10**12, held=kept)

    assert len(kept) > 6_000
    assert kept == held[-len(kept) :]
    assert decode(encode(answer), HelloAnswer) == answer
    assert newest(held[:5], MAX_JSON) == held[:5]


def test_the_pause_that_a_store_asks_for_is_kept(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore, clock: MachineTime
) -> None:
    store.down = StoreDown("busy", retry_after_s=50)
    bring_batches(broker, 1)
    ingest.step()
    store.down = None
    clock.now_s += 49
    ingest.step()
    early = list(broker.acks)
    clock.now_s += 2
    ingest.step()

    assert early == []
    assert len(broker.acks) == 1


def test_a_lost_connection_drops_what_was_not_acknowledged(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore, clock: MachineTime
) -> None:
    store.down = StoreDown("gone")
    bring_batches(broker, 1)
    ingest.step()
    broker.step = _lost  # type: ignore[method-assign]
    ingest.step()
    del broker.step  # type: ignore[attr-defined]
    store.down = None
    clock.now_s += 60
    ingest.step()

    assert broker.done == []
    assert store.writes == 0


def _lost(_timeout_s: float) -> None:
    raise LinkDown("broker: connection lost")


def test_a_connection_that_ends_while_ingest_answers_is_told_and_waited_for(
    ingest: Ingest, broker: HeldBroker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.is_up = False
    ingest.step()
    bring_batches(broker, 1)
    publish = broker.publish

    def publish_and_end(topic: str, payload: bytes) -> int:
        broker.is_up = False
        return publish(topic, payload)

    broker.publish = publish_and_end  # type: ignore[assignment,method-assign]
    ingest.step()
    ingest.step()

    assert not broker.is_up
    assert "broker: connection lost; trying again" in caplog.text


def test_an_answer_is_no_larger_than_the_broker_takes(
    ingest: Ingest, broker: HeldBroker, ledger: Ledger
) -> None:
    with ledger.transaction() as connection:
        HELD.join(connection, G1, EPOCH, [(n, n) for n in range(1, 4000, 2)], set())
    hello = Hello(epoch=EPOCH, boot="b1", mono_ms=1, oldest=1, next=4000)
    for broker.most in (9_000, 500):
        broker.bring("up/hello", encode(hello))
        ingest.step()
    some, none = (
        decode(payload, HelloAnswer)
        for topic, payload in broker.published
        if topic.endswith("down/hello")
    )

    assert all(len(payload) <= 9_000 for _, payload in broker.published)
    assert some.held[0][0] == some.known_from > 1
    assert some.held[-1] == (3999, 3999)
    assert (none.held, none.known_from) == ([], 4000)


def test_what_came_with_the_connection_is_not_waited_for(
    ingest: Ingest, broker: HeldBroker
) -> None:
    bring_batches(broker, 1)
    broker.arrived.append(broker.inbox.popleft())

    ingest.step()

    assert broker.waits_s[0] == 0
    assert len(broker.acks) == 1


def test_a_stop_settles_what_was_taken(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore
) -> None:
    bring_batches(broker, WINDOW + 5)
    looks = iter([False, True])

    ingest.run(lambda: next(looks))

    assert len(broker.acks[0].stored) == WINDOW
    assert not broker.is_up


def test_a_ledger_that_fails_while_the_store_works_is_no_fault_of_the_store(
    broker: HeldBroker, ledger: Ledger, clock: MachineTime
) -> None:
    hello = Hello(epoch=EPOCH, boot="b", mono_ms=5, oldest=1, next=21)
    with answering(lambda _: Answer(204, delay_s=0.1)) as url:
        store = Influx1(url=url, database="d")
        ingest = Ingest(link=broker, store=store, ledger=ledger, clock=clock)  # type: ignore[arg-type]
        bring_batches(broker, 1)
        ingest._take()
        broker.bring("up/hello", encode(hello))
        ledger.path.rename(ledger.path.with_name("away.db"))

        with pytest.raises(LedgerFault, match="was deleted or replaced"):
            ingest._settle()

        store.close()
    assert (len(broker.arrived), broker.published, broker.done) == (1, [], [])


def test_the_ledger_is_written_after_the_store_and_before_the_answer(
    ingest: Ingest, broker: HeldBroker, store: WeatherStore, ledger: Ledger
) -> None:
    with contextlib.closing(sqlite3.connect(ledger.path)) as db:
        db.execute("DROP TABLE batch")
    bring_batches(broker, 1)

    with pytest.raises(OSError, match="ledger"):
        ingest.step()

    assert store.writes == 1
    assert broker.acks == []
    assert broker.done == []


def test_ingest_leaves_word_once_a_minute_that_it_listens(
    ingest: Ingest, broker: HeldBroker, ledger: Ledger, clock: MachineTime
) -> None:
    broker.is_up = False
    ingest.step()
    before = ledger.listened()
    ingest.step()
    first = ledger.listened()
    ledger.listens(1, 1)
    ingest.step()
    within = ledger.listened()
    clock.now_s += 60
    ingest.step()

    now = clock.wall_ms()
    assert (before, within) == (None, (1, 1))
    assert first == ledger.listened() == (now, now)
