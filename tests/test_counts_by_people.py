"""Counts by people over the real chain: a command or a table, a point in InfluxDB."""

import signal
import sqlite3
import uuid
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.main import main
from gateway.reader import Reader
from gateway.segments import PEOPLE
from rules.text import HERE
from tests import parts, programs

pytestmark = pytest.mark.real

HEAD = "plot;quantity;value;pest;stage;method;role;at"


@pytest.fixture
def database(influx: parts.Part) -> str:
    name = f"counts-{uuid.uuid4().hex[:8]}"
    parts.create_database(influx.port, name)
    return name


@pytest.fixture
def site(tmp_path, broker, influx, database) -> Path:
    programs.gateway_config(
        tmp_path, broker.port, every_s=0.5,
        uplink="send_every_s = 0.5\nresend_after_s = 2",
    )  # fmt: skip
    store = programs.influx_store(influx.port, database)
    programs.province_config(tmp_path, broker.port, store)
    return tmp_path


@contextmanager
def chain(folder: Path):
    """Field and province around a gateway that the test runs."""
    with programs.ingest(folder), programs.simulator(folder) as sim:
        sim.says("serving")
        yield


def up(folder: Path) -> bool:
    return programs.status(folder).get("link") == "up"


def observe(folder: Path, *words: str) -> None:
    assert main(["observe", "-c", str(folder / "gateway.toml"), *words]) == 0


def points(influx, database):
    question = (
        "SELECT value, flag FROM pest_density, trap_count, water_level"
        " WHERE sensor =~ /^by-/ GROUP BY *"
    )
    return parts.query(influx.port, question, database)


def counted(folder: Path) -> list[float | None]:
    """Values of people that the card holds."""
    with closing(Reader(folder / "data" / "buffer.db")) as reader:
        return [row.value for row in reader.rows(1, 10**6) if row.boot == PEOPLE]


def table(folder: Path, *rows: str) -> Path:
    path = folder / "data" / "observations" / "scouting.csv"
    path.write_text("\r\n".join([HEAD, *rows, ""]), encoding="utf-8-sig")
    return path


def test_counts_are_stored_with_pest_and_stage_at_the_time_of_counting(
    site, influx, database
):
    days_ago = datetime.now(HERE).replace(second=0, microsecond=0) - timedelta(days=3)
    with chain(site), programs.gateway(site) as gateway:
        parts.wait_until(lambda: up(site))
        observe(site, "p1", "pest_density", "12,5", "--pest", "NILALU", "--stage",
                "nymph", "--at", f"{days_ago:%d/%m/%Y %H:%M}")  # fmt: skip
        observe(site, "p1", "trap_count", "84", "--pest", "LAPHEG", "--stage", "adult")
        before = datetime.now(UTC)
        path = table(
            site,
            f"p1;water_level;-4,5;;;;farmer;{days_ago:%Y-%m-%d %H:%M}",
            f"p9;water_level;-4,5;;;;farmer;{days_ago:%Y-%m-%d %H:%M}",
        )
        parts.wait_until(lambda: len(points(influx, database)) >= 3, 40)
        parts.wait_until(lambda: not path.exists())
        told = programs.status(site)["observations"]
        programs.drained(site)
        assert gateway.stop() == 0

    found = {one["_name"]: one for one in points(influx, database)}
    dense, trap, water = (
        found[name] for name in ("pest_density", "trap_count", "water_level")
    )
    assert len(points(influx, database)) == 3
    assert (dense["value"], dense["flag"], dense["z"]) == (12.5, 1, "0")
    assert (dense["pest"], dense["stage"]) == ("NILALU", "nymph")
    assert dense["sensor"] == "by-technician-frame"
    assert 0 <= dense["time"] / 1e9 - days_ago.timestamp() < 60
    assert (trap["pest"], trap["stage"], trap["value"]) == ("LAPHEG", "adult", 84)
    assert abs(trap["time"] / 1e9 - before.timestamp()) < 120
    assert (water["sensor"], water["value"]) == ("by-farmer-visual", -4.5)
    assert told["bad"] == ["scouting.bad.csv"]
    assert sorted(counted(site)) == [-4.5, 12.5, 84.0]
    with closing(sqlite3.connect(site / "ledger.db")) as db:
        assert db.execute("SELECT kind FROM alarm").fetchall() == []


def test_a_kill_between_commit_and_removal_stores_each_count_once(
    site, influx, database
):
    at = f"{datetime.now(HERE) - timedelta(hours=1):%Y-%m-%d %H:%M}"
    rows = [
        f"p1;pest_density;{n};NILALU;nymph;frame;technician;{at}" for n in range(40)
    ]
    killed = programs.Program(
        "tests.cut_at_removal", "run", "-c", site / "gateway.toml",
        log=site / "killed.log", stale=site / "data" / "status.json",
    )  # fmt: skip
    with chain(site):
        with killed:
            parts.wait_until(lambda: up(site))
            path = table(site, *rows)
            parts.wait_until(lambda: killed.exit_code is not None, 40)
            was = killed.exit_code, path.exists(), len(counted(site))
        with programs.gateway(site) as gateway:
            parts.wait_until(lambda: not path.exists(), 40)
            parts.wait_until(lambda: up(site))
            programs.drained(site)
            assert gateway.stop() == 0

    assert was == (-signal.SIGKILL, True, 40)
    assert sorted(counted(site)) == [float(n) for n in range(40)]
    assert sorted(p["value"] for p in points(influx, database)) == [*range(40)]
