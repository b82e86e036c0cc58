"""One kill at each place, and a redelivery into a store that forgives nothing."""

from collections import Counter, defaultdict

import pytest

from tests import kills, parts
from tests.account import in_buffer
from tests.chain import chain
from tests.killing import PLACES, kill, repeatable

SEED = 20261


@pytest.mark.real
@pytest.mark.timeout(180)
def test_a_kill_at_each_place_loses_and_doubles_nothing() -> None:
    wrong = kills.run("mosquitto", len(PLACES), SEED)

    assert wrong == []


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
