"""F28: the database is down, answers 500, is full or says nothing at all."""

import itertools
import time
from pathlib import Path

from tests import parts, programs
from tests.province.answering import Answer, answering
from tests.province.gateway import G1, Gateway, lines_of

FULL = '{"error":"engine: write wal: no space left on device"}'
ILL = (
    Answer(500, '{"error":"timeout"}'),
    Answer(500, FULL),
    None,  # the connection closes without an answer
    Answer(204, delay_s=9.0),  # later than ingest waits
)


def test_what_is_not_stored_is_not_acknowledged_and_comes_to_no_harm(
    tmp_path: Path, broker: parts.Part, record_property
) -> None:
    at_s: list[float] = []
    stored: list[bytes] = []

    def script(lines: list[bytes]) -> Answer | None:
        at_s.append(time.monotonic())
        if len(at_s) <= len(ILL):
            return ILL[len(at_s) - 1]
        stored.extend(lines)
        return Answer(204)

    with answering(script) as url:
        store = f'kind = "influx1"\nurl = "{url}"\ndatabase = "d"'
        programs.province_config(tmp_path, broker.port, store)
        gateway = Gateway(broker.port)
        with programs.ingest(tmp_path) as ingest:
            ingest.says("connected")
            gateway.hello()
            gateway.until(lambda: gateway.answers)
            batch = gateway.send(lines_of(G1, 1, 500), 1)
            gateway.until(lambda: len(at_s) == len(ILL), within_s=40)
            gateway.hello(boot="b2")
            gateway.until(lambda: len(gateway.answers) == 2)
            early = list(gateway.stored)
            gateway.until(lambda: gateway.stored, within_s=60)
            gateway.hello(boot="b3", next_=501)
            gateway.until(lambda: len(gateway.answers) == 3)
            assert ingest.stop() == 0
        gateway.link.close()

    assert early == []
    assert [answer.held for answer in gateway.answers] == [[], [], [(1, 500)]]
    assert gateway.stored == [batch]
    assert stored == [line.encode() for line in lines_of(G1, 1, 500)]
    assert ingest.text.count("nothing is acknowledged") == 1
    waits = [b - a for a, b in itertools.pairwise(at_s)]
    assert all(wait <= bound for wait, bound in zip(waits, (3, 4, 6, 18), strict=True))
    said = ", ".join(f"{wait:.1f}" for wait in waits)
    record_property("figure", f"4 ill answers, then 500 of 500; tried after {said} s")
