"""Ingest, end to end: a raw gateway, real Mosquitto, real InfluxDB 1.6.7."""

import contextlib
import itertools
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from province.ledger import Ledger
from telemetry import messages, topics, wire
from telemetry.topics import Identity
from tests import parts
from tests.province.gateway import (
    EPOCH,
    G1,
    START_MS,
    Gateway,
    batch_of,
    lines_of,
    series,
)
from tests.province.test_intake import ALERT

pytestmark = pytest.mark.real

PROGRAM = (sys.executable, "-m", "province.main")
NAMES = (f"ingest{number}" for number in itertools.count())


class Province:
    """``canhdong-province ingest`` as a process, with its store and ledger."""

    def __init__(self, home: Path, broker: parts.Part, influx: parts.Part) -> None:
        self.influx = influx
        self.database = next(NAMES)
        parts.create_database(influx.port, self.database)
        self.config = home / "province.toml"
        self.ledger = home / "ledger.db"
        self.log = home / "ingest.log"
        self.config.write_text(
            f"""version = 1
ledger = "ledger.db"
[broker]
host = "127.0.0.1"
port = {broker.port}
[store]
kind = "influx1"
url = "{influx.url}"
database = "{self.database}"
"""
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        seen = self.told().count("connected")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*PROGRAM, "ingest", "-c", self.config, *options],
                stderr=log,
            )
        parts.wait_until(lambda: self.told().count("connected") > seen)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(15)
        self._process = None
        return code

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def told(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [*PROGRAM, arguments[0], "-c", self.config, *arguments[1:]],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(self.ledger)) as db:
            return db.execute(question).fetchall()

    def stored(self, measurement: str = "soil_moisture") -> list[str]:
        """All points of a measurement as lines, in order of time."""
        rows = parts.query(
            self.influx.port,
            f'SELECT * FROM "{measurement}"',  # noqa: S608
            self.database,
        )
        return [_as_line(row) for row in rows]


def _as_line(row: dict[str, object]) -> str:
    tags = ",".join(
        f"{key}={row[key]}" for key in ("coop", "gw", "plot", "sensor", "z")
    )
    return wire.render_line(
        f"{row['_name']},{tags}",
        row["value"],  # type: ignore[arg-type]
        row["flag"],  # type: ignore[arg-type]
        int(str(row["time"])) // 1_000_000,
    )


@pytest.fixture
def province(
    tmp_path: Path, broker: parts.Part, influx: parts.Part
) -> Iterator[Province]:
    one = Province(tmp_path, broker, influx)
    one.start()
    yield one
    if one.runs:
        one.end(signal.SIGKILL)


@pytest.fixture
def gateway(broker: parts.Part) -> Iterator[Gateway]:
    one = Gateway(broker.port)
    yield one
    one.link.close()


def test_hello_is_answered_with_time_and_what_the_ledger_holds(
    province: Province, gateway: Gateway
) -> None:
    gateway.hello()
    gateway.until(lambda: gateway.answers)
    gateway.send(lines_of(G1, 1, 50), 1)
    gateway.until(lambda: gateway.stored)
    gateway.hello(next_=51)
    gateway.until(lambda: len(gateway.answers) == 2)

    first, second = gateway.answers

    assert (first.epoch, first.mono_ms, first.held) == (EPOCH, 17, [])
    assert second.held == [(1, 50)]
    assert first.field_time == "real"
    assert abs(second.utc_ms - first.utc_ms) < 20_000


def test_what_is_acknowledged_can_be_read_back(
    province: Province, gateway: Gateway
) -> None:
    lines = lines_of(G1, 1, 500)

    batch = gateway.send(lines, 1)

    gateway.until(lambda: gateway.stored)
    assert gateway.stored == [batch]
    assert province.stored() == lines
    assert province.rows("SELECT first, last, batch, rows, clock FROM batch") == [
        (1, 500, batch, 500, "hello")
    ]


def test_a_batch_that_comes_twice_has_one_effect_and_two_answers(
    province: Province, gateway: Gateway
) -> None:
    lines = lines_of(G1, 1, 50)
    for _ in range(2):
        gateway.send(lines, 1)

    gateway.until(lambda: len(gateway.stored) == 2)

    assert province.stored() == lines
    assert len(province.rows("SELECT * FROM batch")) == 1
    assert province.rows("SELECT * FROM alarm") == []


def test_the_same_numbers_with_other_lines_are_stored_and_alarmed(
    province: Province, gateway: Gateway
) -> None:
    gateway.send(lines_of(G1, 1, 50), 1)
    gateway.send(lines_of(G1, 51, 50), 1)

    gateway.until(lambda: len(gateway.stored) == 2)

    assert province.stored() == lines_of(G1, 1, 100)
    assert province.rows("SELECT kind, first, last FROM alarm") == [("clone", 1, 50)]
    assert "two gateways under one name" in province.told()


def test_bad_lines_are_named_quarantined_and_their_neighbours_stored(
    province: Province, gateway: Gateway
) -> None:
    lines = lines_of(G1, 1, 6)
    lines[1] = lines[1].replace("soil_moisture", "soil_mood")
    lines[3] = lines[3].replace("gw=g1", "gw=g2")
    lines[4] = "nonsense\n"

    batch = gateway.send(lines, 1)

    gateway.until(lambda: gateway.stored)
    assert gateway.rejected == [
        (batch, 1, "unknown quantity 'soil_mood'"),
        (batch, 3, "tags are not those of htx-moduc/g1"),
        (batch, 4, "unknown quantity 'nonsense'"),
    ]
    assert province.stored() == [lines[0], lines[2], lines[5]]
    assert province.rows("SELECT kind, CAST(payload AS TEXT) FROM quarantine") == [
        ("line", lines[1]),
        ("line", lines[3]),
        ("line", lines[4]),
    ]


def test_a_point_that_the_store_refuses_is_named_and_can_be_requeued(
    province: Province, gateway: Gateway
) -> None:
    acid = wire.head(series(G1, quantity="soil_ph"))
    integer = f"{acid} value=6i,flag=1i {START_MS}000000\n"
    parts.write(province.influx.port, province.database, integer.encode())
    lines = lines_of(G1, 1, 3)
    lines[1] = wire.render_line(acid, 6.5, 1, START_MS + 1)

    batch = gateway.send(lines, 1)

    gateway.until(lambda: gateway.stored)
    ((told, at, why),) = gateway.rejected
    assert (told, at) == (batch, 1)
    assert "field type conflict" in why
    parts.query(province.influx.port, "DROP MEASUREMENT soil_ph", province.database)
    assert "1 lines would be stored, 0 stay" in province.command("requeue", "--dry-run")
    assert "1 lines are stored, 0 stay" in province.command("requeue")
    assert province.stored("soil_ph") == [lines[1]]
    assert province.rows("SELECT * FROM quarantine") == []
    assert province.rows("SELECT first, last FROM held") == [(1, 3)]


def test_unusable_bodies_are_refused_by_digest_and_quarantined(
    province: Province, gateway: Gateway
) -> None:
    packer = zlib.compressobj(9, zdict=wire.DICTIONARY)
    bomb = packer.compress(b"0" * 50_000_000) + packer.flush()
    _, plain = batch_of(lines_of(G1, 1, 3), 1)
    changed = plain.replace(b"value=", b"value=9")
    gateway.hello()
    for leaf, payload in (("up/z", bomb), ("up/r", changed), ("up/z", b"junk")):
        gateway.say(leaf, payload)

    gateway.until(lambda: len(gateway.refused) == 3)

    digests = [wire.digest(payload) for payload in (bomb, changed, b"junk")]
    assert [digest for digest, _ in gateway.refused] == digests
    assert province.rows("SELECT digest, kind FROM quarantine ORDER BY id") == [
        (digest, "body") for digest in digests
    ]


def test_alerts_are_kept_once_and_acknowledged_each_time(
    province: Province, gateway: Gateway
) -> None:
    gateway.hello()
    for _ in range(2):
        gateway.say(topics.UP_ALERT, messages.encode(ALERT))

    gateway.until(lambda: len(gateway.alerts) == 2)

    assert gateway.alerts == [ALERT.id, ALERT.id]
    assert province.rows("SELECT id FROM alert") == [(ALERT.id,)]


def test_the_latest_documents_are_kept(province: Province, gateway: Gateway) -> None:
    for payload in (b'{"waiting":1}', b'{"waiting":2}'):
        gateway.say(topics.UP_STATE, payload, retain=True)
    gateway.say(topics.UP_META, b'{"plots":{"p99":{}}}', retain=True)
    gateway.say(topics.UP_LINK, b"1", retain=True)

    parts.wait_until(lambda: len(province.rows("SELECT * FROM document")) == 3)

    assert province.rows(
        "SELECT leaf, CAST(payload AS TEXT) FROM document ORDER BY leaf"
    ) == [
        ("up/link", "1"),
        ("up/meta", '{"plots":{"p99":{}}}'),
        ("up/state", '{"waiting":2}'),
    ]


def test_retained_readings_are_passed_over(
    province: Province, gateway: Gateway, broker: parts.Part
) -> None:
    province.end()
    _, plain = batch_of(lines_of(G1, 1, 3), 1)
    gateway.say(topics.UP_READINGS, wire.compress(plain), retain=True)
    gateway.listen(0.2)
    broker.kill()  # forgets the session, and without persistence the message too
    broker.start()
    gateway.link.close()
    again = Gateway(broker.port)
    again.say(topics.UP_READINGS, wire.compress(plain), retain=True)
    again.listen(0.2)
    province.start()

    parts.wait_until(lambda: "passed over: retained" in province.told())

    assert province.rows("SELECT * FROM batch") == []
    again.link.close()


def test_nothing_is_acknowledged_while_the_store_is_down(
    tmp_path: Path, broker: parts.Part
) -> None:
    gateway = Gateway(broker.port)
    with parts.influxdb(tmp_path) as influx:
        province = Province(tmp_path, broker, influx)
        province.start()
        influx.kill()
        batch = gateway.send(lines_of(G1, 1, 50), 1)
        parts.wait_until(lambda: "nothing is acknowledged" in province.told())
        gateway.hello()
        gateway.until(lambda: gateway.answers)
        stored_while_down = list(gateway.stored)
        influx.start()
        gateway.until(lambda: gateway.stored)

        assert stored_while_down == []
        assert gateway.stored == [batch]
        assert province.stored() == lines_of(G1, 1, 50)
        assert province.told().count("nothing is acknowledged") == 1
        assert "store: back" in province.told()

        province.end()
    gateway.link.close()


def test_a_restarted_broker_is_found_again(
    province: Province, gateway: Gateway, broker: parts.Part
) -> None:
    broker.kill()
    parts.wait_until(lambda: "trying again" in province.told())
    broker.start()
    parts.wait_until(lambda: province.told().count("connected") == 2)
    again = Gateway(broker.port)

    batch = again.send(lines_of(G1, 1, 5), 1)

    again.until(lambda: again.stored)
    assert again.stored == [batch]
    again.link.close()


def test_a_stop_is_clean_and_what_waits_comes_after_the_start(
    province: Province, gateway: Gateway
) -> None:
    gateway.send(lines_of(G1, 1, 5), 1)

    code = province.end()
    second = gateway.send(lines_of(G1, 6, 5), 6)
    province.start()

    gateway.until(lambda: second in gateway.stored)
    assert code == 0
    assert province.stored() == lines_of(G1, 1, 10)


def test_kills_at_random_moments_lose_and_double_nothing(
    province: Province, gateway: Gateway
) -> None:
    draw = random.Random(7)  # repeatable
    sent: dict[str, int] = {}
    for kill in range(8):
        for at in range(20):
            first = 1 + (kill * 20 + at) * 50
            sent[gateway.send(lines_of(G1, first, 50), first)] = first
        gateway.listen_for(draw.uniform(0, 0.06))
        province.end(signal.SIGKILL)
        province.start()

    # The broker brings again what ingest had not confirmed; only what an answer
    # was lost for is sent again by the gateway, and that has one effect too.
    for batch, first in sent.items():
        if batch not in gateway.stored:
            gateway.send(lines_of(G1, first, 50), first)
    gateway.until(lambda: set(gateway.stored) == set(sent), within_s=60)

    assert province.stored() == lines_of(G1, 1, 8 * 20 * 50)
    assert province.rows("SELECT first, last FROM held") == [(1, 8000)]
    assert len(province.rows("SELECT * FROM batch")) == 160
    assert province.rows("SELECT * FROM alarm") == []


def test_hostile_payloads_do_not_stop_it(province: Province, gateway: Gateway) -> None:
    draw = random.Random(11)  # repeatable
    leaves = ["up/z", "up/r", "up/hello", "up/alert", "up/state", "up/link", "up/meta"]
    _, plain = batch_of(lines_of(G1, 1, 20), 1)
    for number in range(200):
        junk = bytearray(plain if number % 2 else draw.randbytes(300))
        for _ in range(draw.randrange(1, 20)):
            junk[draw.randrange(len(junk))] = draw.randrange(256)
        payload = wire.compress(bytes(junk)) if number % 3 else bytes(junk)
        gateway.say(draw.choice(leaves), payload)
        gateway.listen(0)

    batch = gateway.send(lines_of(G1, 21, 5), 21)

    gateway.until(lambda: batch in gateway.stored)
    assert province.runs
    assert province.stored()[-5:] == lines_of(G1, 21, 5)


def test_a_refill_brings_the_taken_numbers_again(
    province: Province, gateway: Gateway
) -> None:
    for first in (1, 51, 101):
        gateway.send(lines_of(G1, first, 50), first)
    gateway.until(lambda: len(gateway.stored) == 3)
    span = ("--from", "1970-01-01", "--to", "2026-11-22T03:48:53")  # 80 s of readings

    printed = province.command(
        *("refill", "--coop", "htx-moduc", "--gateway", "g1"), *span
    )
    gateway.hello(next_=151)
    gateway.until(lambda: gateway.answers)

    assert "100 numbers come again after the gateway's next hello" in printed
    assert "within the hour" in printed
    assert gateway.answers[0].held == [(101, 150)]


def test_gateways_do_not_hear_each_other(
    province: Province, gateway: Gateway, broker: parts.Part
) -> None:
    other = Gateway(broker.port, Identity("htx-moduc", "g2"))
    batch = gateway.send(lines_of(G1, 1, 5), 1)
    others = other.send(lines_of(other.identity, 1, 5), 1)

    gateway.until(lambda: gateway.stored)
    other.until(lambda: other.stored)

    assert gateway.stored == [batch]
    assert other.stored == [others]
    other.link.close()


def test_a_ledger_that_breaks_ends_ingest_without_an_answer(
    province: Province, gateway: Gateway
) -> None:
    with contextlib.closing(sqlite3.connect(province.ledger)) as db:
        db.execute("DROP TABLE batch")

    gateway.send(lines_of(G1, 1, 5), 1)

    parts.wait_until(lambda: not province.runs)
    gateway.listen(0.2)
    assert gateway.stored == []
    assert "CRITICAL ledger" in province.told()
    assert "Traceback" not in province.told()


@pytest.mark.parametrize("another", [False, True])
def test_a_ledger_that_loses_its_name_ends_ingest_without_an_answer(
    another: bool, province: Province, gateway: Gateway, tmp_path: Path
) -> None:
    gateway.send(lines_of(G1, 1, 5), 1)
    gateway.until(lambda: gateway.stored)
    for file in tmp_path.glob("ledger.db*"):
        file.rename(tmp_path / f"away-{file.name}")
    if another:
        Ledger(province.ledger).close()

    gateway.send(lines_of(G1, 6, 5), 6)

    parts.wait_until(lambda: not province.runs)
    gateway.listen(0.2)
    assert len(gateway.stored) == 1
    assert "was deleted or replaced while it was open" in province.told()
    assert "Traceback" not in province.told()


def test_scaled_time_goes_on_over_a_restart(
    tmp_path: Path, broker: parts.Part, influx: parts.Part, gateway: Gateway
) -> None:
    province = Province(tmp_path, broker, influx)
    text = province.config.read_text()
    province.config.write_text('field_time = "simulated"\n' + text)
    start_ns = time.monotonic_ns()
    for _ in range(2):
        province.start("--speed", "1000")
        gateway.hello()
        seen = len(gateway.answers)
        gateway.until(lambda seen=seen: len(gateway.answers) > seen)
        province.end()
    spent_ms = (time.monotonic_ns() - start_ns) // 1_000_000

    first, second = gateway.answers

    assert first.field_time == "simulated"
    assert 100_000 < second.utc_ms - first.utc_ms < 1000 * spent_ms
