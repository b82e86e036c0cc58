"""Surroundings that make it hard: small brokers, two of us, a store that drips."""

import time
from pathlib import Path

import pytest

from tests import parts, programs
from tests.province.answering import dripping
from tests.province.gateway import G1, Gateway, lines_of

pytestmark = pytest.mark.real

OPEN_DOOR = "allow_anonymous true\nset_tcp_nodelay true\n"
LARGEST = 10_000  # bytes
BATCHES = 10  # of one round
BAD = 40  # lines of each: some 30 kB of reasons together


def sqlite_province(home: Path, port: int) -> programs.Program:
    home.mkdir(exist_ok=True)
    programs.province_config(home, port, 'kind = "sqlite"\npath = "readings.db"')
    return programs.ingest(home)


@pytest.mark.parametrize("limit", ["max_packet_size", "message_size_limit"])
def test_a_broker_that_takes_little_brings_every_acknowledgement(
    limit: str, tmp_path: Path
) -> None:
    small = f"{OPEN_DOOR}{limit} {LARGEST}\n"
    with parts.mosquitto(tmp_path, config=small) as broker:
        gateway = Gateway(broker.port)
        with sqlite_province(tmp_path, broker.port) as ingest:
            ingest.says("connected")
            gateway.hello()
            gateway.until(lambda: gateway.answers)
            sent = []
            for at in range(BATCHES):
                lines = [f"mood{n} value={n},flag=1i\n" for n in range(BAD)]
                sent.append(gateway.send(lines, 1 + BAD * at))
            gateway.until(lambda: len(gateway.stored) == BATCHES)
            lost = ingest.text.count("trying again")
        gateway.link.close()

    assert gateway.stored == sent
    assert len(gateway.rejected) == BATCHES * BAD
    assert lost == 0


def test_bad_lines_that_no_message_can_name_come_again_by_rows(tmp_path: Path) -> None:
    small = f"{OPEN_DOOR}max_packet_size {LARGEST}\n"
    good = lines_of(G1, 1, 100)
    lines = [*good, *(f"mood{n} value={n},flag=1i\n" for n in range(300))]
    with parts.mosquitto(tmp_path, config=small) as broker:
        gateway = Gateway(broker.port)
        with sqlite_province(tmp_path, broker.port) as ingest:
            ingest.says("connected")
            gateway.hello()
            gateway.until(lambda: gateway.answers)
            gateway.send(lines, 1)
            gateway.until(lambda: gateway.refused)
            singles = [gateway.send(lines[at : at + 1], 1 + at) for at in (0, 99, 100)]
            gateway.until(lambda: len(gateway.stored) == len(singles))
            told = ingest.text
        gateway.link.close()

    assert gateway.stored == singles
    assert [(digest, at) for digest, at, _ in gateway.rejected] == [(singles[2], 0)]
    assert "trying again" not in told
    assert "two gateways" not in told


def test_two_ingests_under_one_client_id_say_so_and_give_way(tmp_path: Path) -> None:
    with (
        parts.mosquitto(tmp_path) as broker,
        sqlite_province(tmp_path / "a", broker.port) as one,
        sqlite_province(tmp_path / "b", broker.port) as other,
    ):
        parts.wait_until(lambda: "second ingest" in one.text + other.text, 60)
        told = [one.text, other.text]
        ends = [one.stop(), other.stop()]

    assert ends == [0, 0]
    assert all(text.count("second ingest") <= 1 for text in told)
    assert all(text.count("connected") < 6 for text in told)


def test_a_stop_ends_within_10_s_while_the_store_drips(
    tmp_path: Path, broker: parts.Part
) -> None:
    gateway = Gateway(broker.port)
    with dripping(0.5) as url:
        store = f'kind = "influx1"\nurl = "{url}"\ndatabase = "d"'
        programs.province_config(tmp_path, broker.port, store)
        with programs.ingest(tmp_path) as ingest:
            ingest.says("connected")
            gateway.send(lines_of(G1, 1, 5), 1)
            gateway.listen_for(0.5)
            began_s = time.monotonic()
            code = ingest.stop()
            took_s = time.monotonic() - began_s
        gateway.link.close()

    assert code == 0
    assert took_s < 10
    assert gateway.stored == []
    assert "no whole answer within 8 s" in ingest.text
