"""The chain on real parts: bytes on a serial line to a point in InfluxDB and back."""

import sqlite3
import uuid
from pathlib import Path

import pytest

from gateway.reader import Reader
from telemetry import messages, topics, wire
from telemetry.messages import Ack, Hello, HelloAnswer
from telemetry.mqtt import Broker, Link
from telemetry.topics import Identity
from tests import parts, programs

pytestmark = pytest.mark.real
HERE = Identity("htx-moduc", "g1")


@pytest.fixture
def database(influx: parts.Part) -> str:
    name = f"chain-{uuid.uuid4().hex[:8]}"
    parts.create_database(influx.port, name)
    return name


@pytest.fixture
def configured(tmp_path, broker, influx, database) -> Path:
    programs.gateway_config(
        tmp_path,
        broker.port,
        every_s=0.5,
        uplink="send_every_s = 0.5\nresend_after_s = 2",
    )
    programs.province_config(
        tmp_path, broker.port, programs.influx_store(influx.port, database)
    )
    return tmp_path


def polls(influx, database) -> list[tuple[str, int, float]]:
    """Device's sensor, stamp and poll counter of every point in InfluxDB."""
    rows = parts.query(
        influx.port, "SELECT value FROM poll_count GROUP BY sensor", database
    )
    return sorted((row["sensor"], row["time"], row["value"]) for row in rows)


def committed(folder: Path, last: int = 10**9) -> list[tuple[str, float]]:
    """Sensor and poll counter of every row up to number ``last``."""
    reader = Reader(folder / "data" / "buffer.db")
    heads, found = reader.heads(), reader.rows(1, last)
    reader.close()
    return sorted(
        (heads[row.series].split("sensor=")[1].split(",")[0], row.value)
        for row in found
        if heads[row.series].startswith("poll_count") and row.value is not None
    )


def told(link: Link, leaf: str, kind, within_s: float = 20.0):
    """The next message on ``leaf``."""
    found = []

    def look():
        link.step(0.05)
        while link.arrived:
            message = link.arrived.popleft()
            if message.topic == HERE.topic(leaf):
                found.append(messages.decode(message.payload, kind))
        return found

    parts.wait_until(look, within_s)
    return found[0]


def test_every_poll_becomes_one_acknowledged_point(configured, influx, database):
    with programs.ingest(configured), programs.simulator(configured) as sim:
        sim.says("serving")
        with programs.gateway(configured) as gateway:
            parts.wait_until(
                lambda: programs.status(configured).get("acknowledged", 0) >= 100
            )
            assert gateway.stop() == 0
        with programs.gateway(configured) as gateway:  # sends what the stop left
            parts.wait_until(lambda: programs.status(configured).get("link") == "up")
            last = programs.drained(configured)
            assert gateway.stop() == 0

    stored = polls(influx, database)
    assert len(stored) > 10
    pairs = {(sensor, value) for sensor, _, value in stored}
    assert set(committed(configured, last)) <= pairs <= set(committed(configured))
    assert len({(sensor, value) for sensor, _, value in stored}) == len(stored)
    assert len({(sensor, stamp) for sensor, stamp, _ in stored}) == len(stored)


def test_what_an_outage_leaves_behind_arrives_when_the_broker_is_back(
    configured, broker, influx, database
):
    with (
        programs.ingest(configured),
        programs.simulator(configured) as sim,
        programs.gateway(configured) as gateway,
    ):
        sim.says("serving")
        parts.wait_until(
            lambda: programs.status(configured).get("acknowledged", 0) >= 16
        )
        broker.kill()
        gateway.says("readings are kept")
        before = programs.status(configured)["next"]
        parts.wait_until(lambda: programs.status(configured)["next"] > before + 64)
        broker.start()
        parts.wait_until(lambda: programs.status(configured)["link"] == "up", 60)
        last = programs.drained(configured)
        gateway.stop()

    stored = [(sensor, value) for sensor, _, value in polls(influx, database)]
    assert set(committed(configured, last)) <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_batch_that_crosses_twice_is_the_same_bytes(configured, broker):
    """No province: the broker's other client sees every resend and never answers."""
    link = Link(
        Broker(host="127.0.0.1", port=broker.port),
        client_id="tap",
        subscribe=HERE.topic("up/+"),
    )
    link.connect()
    payloads: dict[int, set[bytes]] = {}

    def look(times: int):
        def seen() -> bool:
            link.step(0.05)
            while link.arrived:
                message = link.arrived.popleft()
                if message.topic == HERE.topic(topics.UP_HELLO):
                    hello = messages.decode(message.payload, Hello)
                    answer = HelloAnswer(
                        epoch=hello.epoch,
                        mono_ms=hello.mono_ms,
                        utc_ms=programs.FIRST_STAMP_MS,
                        held=[],
                    )
                    link.publish(HERE.topic(topics.DOWN_HELLO), messages.encode(answer))
                elif message.topic == HERE.topic(topics.UP_READINGS):
                    plain = wire.decompress(message.payload)
                    first = wire.open_envelope(plain)[0].first
                    payloads.setdefault(first, set()).add(plain)
                    count[first] = count.get(first, 0) + 1
            return sum(n >= times for n in count.values()) >= 2

        return seen

    count: dict[int, int] = {}
    with programs.simulator(configured) as sim, programs.gateway(configured) as gateway:
        sim.says("serving")
        parts.wait_until(look(2))
        gateway.kill()
        gateway.start()
        parts.wait_until(look(4), 40)

    assert all(len(bytes_of) == 1 for bytes_of in payloads.values())
    link.close()


def test_a_restored_province_is_refilled(configured, influx, database):
    with programs.simulator(configured) as sim, programs.gateway(configured) as gateway:
        sim.says("serving")
        with programs.ingest(configured):
            parts.wait_until(
                lambda: programs.status(configured).get("acknowledged", 0) >= 64
            )
        for file in configured.glob("ledger.db*"):
            file.unlink()
        parts.query(influx.port, f'DROP DATABASE "{database}"')
        parts.create_database(influx.port, database)
        gateway.stop()
        gateway.start()
        with programs.ingest(configured):
            gateway.says(r"(?s)wait for the province.*wait for the province", 40)
            programs.drained(configured)
            gateway.stop()

    stored = {(sensor, value) for sensor, _, value in polls(influx, database)}
    assert min(value for _, value in stored) == min(v for _, v in committed(configured))


def test_an_old_card_begins_a_new_epoch_and_loses_nothing(configured, influx, database):
    def acknowledged(rows: int) -> None:
        parts.wait_until(
            lambda: programs.status(configured).get("acknowledged", 0) >= rows, 40
        )

    data = configured / "data"
    with (
        programs.ingest(configured),
        programs.simulator(configured) as sim,
        programs.gateway(configured) as gateway,
    ):
        sim.says("serving")
        acknowledged(16)
        gateway.stop()
        image = (data / "buffer.db").read_bytes()
        gateway.start()
        acknowledged(64)
        gateway.stop()
        (data / "buffer.db").write_bytes(image)
        gateway.start()
        gateway.says("an old card or a clone; a new epoch begins", 40)
        acknowledged(64)
        gateway.stop()

    with sqlite3.connect(configured / "ledger.db") as db:
        epochs = db.execute("SELECT count(DISTINCT epoch) FROM batch").fetchone()[0]
        alerts = db.execute("SELECT body FROM alert").fetchall()
    db.close()
    assert epochs == 2
    assert b"old-card-or-clone" in bytes(alerts[0][0])


def test_a_refused_row_is_put_aside_and_its_neighbours_pass(configured, broker):
    """A province that refuses every batch with row 3 in it, by hand."""
    link = Link(
        Broker(host="127.0.0.1", port=broker.port),
        client_id="province",
        subscribe=HERE.topic("up/+"),
    )
    link.connect()
    stored: set[int] = set()

    def serve() -> bool:
        link.step(0.05)
        while link.arrived:
            message = link.arrived.popleft()
            if message.topic == HERE.topic(topics.UP_HELLO):
                hello = messages.decode(message.payload, Hello)
                epochs.append(hello.epoch)
                answer = HelloAnswer(
                    epoch=hello.epoch, mono_ms=hello.mono_ms,
                    utc_ms=programs.FIRST_STAMP_MS, held=[],
                )  # fmt: skip
                link.publish(HERE.topic(topics.DOWN_HELLO), messages.encode(answer))
            elif message.topic == HERE.topic(topics.UP_READINGS):
                plain = wire.decompress(message.payload)
                envelope, _ = wire.open_envelope(plain)
                span = range(envelope.first, envelope.last + 1)
                ack = Ack(epoch=epochs[-1], stored=[envelope.batch])
                if 3 in span:
                    ack = Ack(
                        epoch=epochs[-1],
                        refused=[(wire.digest(message.payload), "row 3 is not liked")],
                    )
                else:
                    stored.update(span)
                link.publish(HERE.topic(topics.DOWN_ACK), messages.encode(ack))
        return programs.status(configured).get("quarantined") == 1 and 40 in stored

    epochs: list[str] = []
    with programs.simulator(configured) as sim, programs.gateway(configured) as gateway:
        sim.says("serving")
        parts.wait_until(serve, 30)
        gateway.stop()
    link.close()

    assert {1, 2, *range(4, 41)} <= stored
    reader = Reader(configured / "data" / "buffer.db")
    assert reader.ledger().quarantined == [(3, 3)]
    reader.close()


def test_simulated_field_time_needs_both_ends(configured):
    with (
        programs.ingest(configured),
        programs.simulator(configured, "--speed", 2) as sim,
        programs.gateway(configured, "--speed", 2) as gateway,
    ):
        sim.says("serving")
        gateway.says("the province keeps real field time and this gateway simulated")
        assert programs.status(configured).get("acknowledged", 0) == 0
        gateway.stop()
