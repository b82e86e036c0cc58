"""The uplink over a broker that is a fake, with recorder and buffer as they are."""

from pathlib import Path
from random import Random

import pytest

from gateway.budget import Budget
from gateway.inbox import NewEpoch, Standing
from gateway.meter import Meter
from gateway.reader import Reader
from gateway.records import BufferFault
from gateway.silence import LONG_S
from telemetry import messages, topics, wire
from telemetry.messages import Ack, Hello, HelloAnswer
from tests.faults.machine.broker import FakeBroker
from tests.faults.machine.clock import Instant, StationClock
from tests.faults.machine.station import G1, Card, Station, Taken


class Site:
    """A station, and a province that answers as it is told."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.now = Instant()
        self.broker = FakeBroker(self.now, Random(1))
        clock = StationClock(
            self.now, "b1", uptime_ms=60_000, wall_error_ms=0, drift_ppm=0
        )
        self.station = Station(
            Card(folder), self.broker, clock, max_bytes=2**26, keep_days=30
        )
        self.greets = self.acks = True
        self.seen = 0
        self.polled = 0

    def poll(self, rows: int = 3) -> None:
        at_ms = self.station.clock.field_ms()
        taken = [
            Taken(self.polled + n, "abc"[n % 3], "b1", at_ms, False)
            for n in range(rows)
        ]
        self.polled += rows
        self.station.poll(taken)

    def run(self, seconds: int, *, every_s: int = 5) -> None:
        for at in range(seconds):
            if at % every_s == 0:
                self.poll()
            self.now.ms += 1000
            self.station.record()
            self.station.speak()
            self.answer()

    def answer(self) -> None:
        for topic, payload in self.broker.crossed[self.seen :]:
            if topic == G1.topic(topics.UP_HELLO) and self.greets:
                hello = messages.decode(payload, Hello)
                answer = HelloAnswer(
                    epoch=hello.epoch, mono_ms=hello.mono_ms, utc_ms=self.now.ms,
                    held=[],
                )  # fmt: skip
                self.broker.deliver(
                    G1.topic(topics.DOWN_HELLO), messages.encode(answer)
                )
            if topic == G1.topic(topics.UP_READINGS) and self.acks:
                envelope, _ = wire.open_envelope(wire.decompress(payload))
                ack = Ack(epoch=envelope.epoch, stored=[envelope.batch])
                self.broker.deliver(G1.topic(topics.DOWN_ACK), messages.encode(ack))
        self.seen = len(self.broker.crossed)

    def payloads(self, leaf: str) -> list[bytes]:
        return [body for topic, body in self.broker.crossed if topic == G1.topic(leaf)]


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "card")
    yield site
    site.station.stop()


def test_with_a_province_that_answers_the_link_is_up(site):
    site.run(200)

    assert site.station.uplink.link_state == "up"
    assert site.station.uplink.acknowledged > 0


@pytest.mark.slow
@pytest.mark.parametrize("greets", [True, False])
def test_ten_minutes_without_an_acknowledgement_are_no_ack_until_there_is_one(
    site, greets
):
    site.greets, site.acks = greets, False
    site.run(int(LONG_S) - 30, every_s=60)
    before = site.station.uplink.link_state
    site.run(180, every_s=60)
    mute, why = site.station.uplink.link_state, site.station.uplink.error

    site.greets = site.acks = True
    site.run(900, every_s=60)

    assert before == ("up" if greets else "asking")
    assert (mute, "acknowledges nothing" in why) == ("no_ack", True)
    assert site.station.uplink.link_state == "up"
    assert site.station.uplink.error is None


def test_the_rule_of_the_link_sees_a_province_that_only_greets(site, mocker):
    told = mocker.spy(site.station.recorder.inbox, "put")
    site.acks = False

    site.run(int(LONG_S) + 120, every_s=60)

    standing = [
        c.args[0] for c in told.call_args_list if isinstance(c.args[0], Standing)
    ]
    assert standing[0] == Standing(hello=True)
    assert standing[-1] == Standing(hello=False)


def test_what_the_broker_says_it_takes_bounds_every_message(site):
    site.station.wire.most_payload = lambda _topic: 400
    site.greets = False
    site.run(200, every_s=1)

    site.greets = True
    site.run(200, every_s=60)

    sizes = [len(body) for body in site.payloads(topics.UP_READINGS)]
    assert len(sizes) > 2
    assert max(sizes) <= 400
    assert site.station.uplink.acknowledged > 600


def test_a_limit_that_comes_down_takes_open_batches_apart_and_nothing_is_lost(site):
    site.acks = False
    site.run(200, every_s=1)
    before = max(map(len, site.payloads(topics.UP_READINGS)))
    site.station.wire.most_payload = lambda _topic: before // 2

    site.broker.cut(site.station.wire.client_id)
    site.acks = True
    site.run(300, every_s=60)

    assert site.station.uplink.acknowledged == site.polled - site.station.uplink.waiting
    assert site.station.uplink.waiting < 30
    assert site.station.uplink.quarantined == 0


def test_with_a_spent_budget_readings_wait_and_alerts_go(site, tmp_path):
    clock = site.station.clock
    site.station.uplink.meter = Meter(tmp_path, Budget(daily_bytes=200_000), clock)
    site.run(100)
    before = len(site.payloads(topics.UP_READINGS))
    site.station.wire.traffic = 200_000

    site.station.alert("frost-1")
    site.run(seconds := int(LONG_S) + 60)

    assert before > 0
    assert len(site.payloads(topics.UP_READINGS)) == before
    assert any(b"frost-1" in body for body in site.payloads(topics.UP_ALERT))
    assert site.station.uplink.meter.told()["waits"] == "budget"
    assert site.station.uplink.waiting >= seconds // 5


@pytest.mark.parametrize("question", ["__init__", "ledger"])
def test_a_card_that_fails_while_a_new_epoch_is_read_does_not_leave_the_old_one(
    site, mocker, question
):
    site.run(10)
    uplink = site.station.uplink
    site.station.recorder.inbox.put(NewEpoch())
    site.station.record()
    failing = mocker.patch.object(Reader, question, side_effect=BufferFault("I/O"))
    site.station.speak()
    mocker.stop(failing)
    site.station.wire.close()
    before = uplink.acknowledged
    site.run(90)

    assert uplink._dispatch.flow.epoch == site.station.recorder._ledger.epoch
    assert uplink.link_state == "up"
    assert uplink.acknowledged > before
