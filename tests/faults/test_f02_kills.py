"""F02: kills at drawn places, and a redelivery into a store that forgives nothing."""

import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests import kills, parts
from tests.account import in_buffer
from tests.chain import chain
from tests.killing import PLACES, kill, repeatable

SEED = 20261


HOUSE = Path(__file__).parents[2]
KILLS = 50  # half of them with each broker, at the same time: most of it is waiting
FULL = 500


@pytest.mark.real
@pytest.mark.timeout(4000)
def test_kills_at_drawn_places_lose_and_double_nothing(
    tmp_path, is_full, record_property
):
    each = (FULL if is_full else KILLS) // 2
    kill = [sys.executable, "tests/kills.py", f"--kills={each}", f"--seed={SEED}"]
    runs = {}
    for broker in ("mosquitto", "amqtt"):
        with (tmp_path / broker).open("w") as to:
            runs[broker] = subprocess.Popen(
                [*kill, "--broker", broker], stdout=to, stderr=to, cwd=HOUSE
            )
    codes = {broker: run.wait() for broker, run in runs.items()}

    told = {broker: (tmp_path / broker).read_text() for broker in runs}
    for text in told.values():
        print(text)
    sums = [
        re.search(r"lost (\d+), unknown (\d+), doubled (\d+)", text)
        for text in told.values()
    ]
    hits = sum(len(re.findall(r" hit {4}", text)) for text in told.values())
    counts = "; ".join(found[0] for found in sums if found)
    record_property("figure", f"{hits} kills that hit; {counts}")
    assert codes == {"mosquitto": 0, "amqtt": 0}
    assert hits >= 2 * each


def test_every_place_is_drawn_as_often_as_any_other() -> None:
    plan = kills.drawn(32, repeatable(SEED))

    often = Counter(place for place, _ in plan)
    assert set(often.values()) <= {6, 7}
    assert often.keys() == PLACES.keys()
    assert all(victim in PLACES[place][1] for place, victim in plan)


@pytest.mark.real
@pytest.mark.timeout(180)
def test_a_write_done_twice_leaves_one_stamp_in_a_store_without_deduplication(
    tmp_path, victoria
) -> None:
    (tmp_path / "token").write_text("none\n")
    store = (
        'kind = "influx2"\nurl = "{url}"\nbucket = "b"\n'
        f'token_file = "{tmp_path}/token"'
    )
    with chain(tmp_path, "mosquitto", store, victoria.port) as under:
        one = kill(under, "written-not-acked", "ingest", repeatable(SEED))
        under.settle()
        lines = Counter(b"".join(under.store.writes).splitlines())
        faults = under.faults()

    stamps: defaultdict[tuple[str, float], set[int]] = defaultdict(set)
    for series in parts.export(
        victoria.port, '{__name__="poll_count_value",coop="htx-moduc"}'
    ):
        sensor = series["metric"]["sensor"]
        for stamp, value in zip(series["timestamps"], series["values"], strict=True):
            stamps[sensor, value].add(stamp)
    assert one.is_hit
    assert max(lines.values()) > 1  # the store has confirmed a line twice
    assert stamps.keys() == in_buffer(tmp_path)[0].keys()
    assert all(len(at) == 1 for at in stamps.values())
    assert faults == []
