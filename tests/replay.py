"""Recorded measurements through the whole chain, every value read back.

``make replay ARGS="--set owc --from 2022-05-01 --to 2022-06-01"``.  Mosquitto and
InfluxDB 1.6.7 are real; field time steps from row to row.  What should stand in
the database is worked out from the files by ``tests.replay_wanted``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from tests import parts
from tests.replay_wanted import Spot, Wanted, wanted

HOUSE: Final = Path(__file__).parents[1]
EXAMPLES: Final = HOUSE / "deploy" / "examples" / "replay"
EXAMPLE_FOLDER: Final = "/tmp/canhdong-replay"  # noqa: S108  replaced by one of ours
BIN: Final = Path(sys.executable).parent
DATABASE: Final = "field"
STOP_S: Final = 20.0
DRAIN_S: Final = 120.0  # for the last rows to be confirmed


@dataclass(frozen=True, slots=True)
class Recording:
    """One set: its source, its folder and files, its example config and map."""

    source: str
    folder: str
    files: tuple[str, ...]
    example: str

    def paths(self, data: Path) -> list[Path]:
        """The files, where they are."""
        return [data / self.folder / name for name in self.files]


SETS: Final = {
    "pasoh": Recording(
        "github.com/forestgeo/Climate, Pasoh 2016",
        "pasoh_weather_2016",
        ("pasoh_2016_5min.csv.gz",),
        "pasoh",
    ),
    "owc": Recording(
        "github.com/COMPASS-DOE/sensor-data-pipeline, Old Woman Creek 2022",
        "oldwomancreek_soil_water_weather_2022",
        ("owc_tr_soil_teros12_15min.csv.gz", "owc_tr_well_aquatroll600_15min.csv.gz"),
        "owc_tr",
    ),
    "owc-w": Recording(
        "github.com/COMPASS-DOE/sensor-data-pipeline, Old Woman Creek 2022",
        "oldwomancreek_soil_water_weather_2022",
        ("owc_w_soil_teros12_15min.csv.gz", "owc_w_well_aquatroll600_15min.csv.gz"),
        "owc_w",
    ),
}


def data_folder() -> Path:
    """Where the recordings are: ``CANHDONG_DATA``, or beside the house."""
    return Path(os.environ.get("CANHDONG_DATA", HOUSE.parent / "shared" / "data"))


def missing(name: str, data: Path) -> str | None:
    """One line if the files of a set are not there."""
    if all(path.is_file() for path in SETS[name].paths(data)):
        return None
    recording = SETS[name]
    return (
        f"recording {recording.folder} is not in {data}; it is of {recording.source};"
        " CANHDONG_DATA names the folder that has it"
    )


# --- the chain ---------------------------------------------------------------


def replay(
    recording: Recording, data: Path, folder: Path, begin: datetime, end: datetime
) -> "Outcome":
    """Send a recording through the chain and compare what arrives.

    ``folder`` holds configs, buffer, ledger and logs; ``begin`` is included and
    ``end`` is not.
    """
    files = recording.paths(data)
    span = [f"--from={begin.isoformat()}", f"--to={end.isoformat()}"]
    clock, report = folder / "clock", folder / "report.json"
    with parts.mosquitto(folder) as broker, parts.influxdb(folder) as store:
        parts.create_database(store.port, DATABASE)
        config = _gateway_config(recording, folder, broker.port)
        province = _province_config(folder, broker.port, store.url)
        layout = EXAMPLES / f"{recording.example}.map.toml"
        step = f"--field-clock={clock}"
        sim: list[str | Path] = [
            "canhdong",
            "sim",
            "-c",
            config,
            "--no-pace",
            "--map",
            layout,
            step,
        ]
        sim += [f"--report={report}", *span, "--replay", *files]
        with ExitStack() as stack:
            field = stack.enter_context(_program(folder, sim, shows=True))
            parts.wait_until(clock.exists, 120.0)
            ingest: list[str | Path] = [
                "canhdong-province",
                "ingest",
                "-c",
                province,
                step,
            ]
            stack.enter_context(_program(folder, ingest))
            log = folder / "canhdong-province.log"
            parts.wait_until(lambda: "connected" in log.read_text(), 60.0)
            run: list[str | Path] = ["canhdong", "run", "-c", config, step]
            stack.enter_context(_program(folder, run))
            begun = time.monotonic()
            if field.wait() != 0:
                msg = f"canhdong sim ended with {field.returncode}"
                raise RuntimeError(msg)
            spent_s = time.monotonic() - begun
            _wait_for_drain(folder / "data" / "status.json")
        with config.open("rb") as text, layout.open("rb") as map_text:
            expected = wanted(
                tomllib.load(text),
                tomllib.load(map_text),
                files,
                round(begin.timestamp() * 1000),
                round(end.timestamp() * 1000),
            )
        return compare(expected, store.port, spent_s, json.loads(report.read_text()))


def _gateway_config(recording: Recording, folder: Path, port: int) -> Path:
    text = (EXAMPLES / f"{recording.example}.gateway.toml").read_text()
    text = text.replace(EXAMPLE_FOLDER, str(folder))
    path = folder / "gateway.toml"
    path.write_text(text.replace("port = 1883", f"port = {port}"))
    return path


def _province_config(folder: Path, port: int, url: str) -> Path:
    path = folder / "province.toml"
    path.write_text(
        f"""version = 1
ledger = "{folder}/ledger.db"
field_time = "simulated"
[broker]
host = "127.0.0.1"
port = {port}
[store]
kind = "influx1"
url = "{url}"
database = "{DATABASE}"
"""
    )
    return path


@contextmanager
def _program(
    folder: Path, command: Sequence[str | Path], *, shows: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """One of our programs; its log goes to ``folder``, or to the terminal."""
    name, *rest = command
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [BIN / name, *rest], stdout=log, stderr=None if shows else log
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_drain(status: Path) -> None:
    """Wait until everything that was committed is confirmed, twice in a row."""
    seen: list[tuple[int, int]] = []

    def is_drained() -> bool:
        now = json.loads(status.read_text())
        seen.append((now["waiting"], now["next"]))
        time.sleep(1.5)  # longer than a commit and a look of the daemon
        return len(seen) > 2 and seen[-1] == seen[-2] and seen[-1][0] == 0

    parts.wait_until(is_drained, DRAIN_S)


# --- comparing ---------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """How what is stored agrees with what was recorded, by sensor and quantity."""

    rows: int
    spent_s: float
    report: dict[str, Any]
    tables: dict[Spot, Counter[str]]

    @property
    def faults(self) -> int:
        """Points that are wrong, lacking or too many."""
        good = ("value", "gap", "late")
        return sum(
            count
            for table in self.tables.values()
            for kind, count in table.items()
            if kind not in good
        )


KINDS: Final = ("value", "gap", "late", "wrong", "lost", "not a gap", "absent", "extra")
"""How a point may turn out.

Late: the gateway had given up when the answer came, and asked out of turn then.
"""


def compare(
    expected: Wanted, port: int, spent_s: float, report: dict[str, Any]
) -> Outcome:
    """Read everything back."""
    tables = {}
    unread = {(device, utc_ms * 1_000_000) for device, utc_ms in report["unread"]}
    for spot, stamps in expected.stamps.items():
        sensor, quantity = spot
        where = f"WHERE sensor = '{sensor}'"
        question = f'SELECT value, flag FROM "{quantity}" {where}'  # noqa: S608  ours
        stored = {
            point["time"]: point["value"]
            for point in parts.query(port, question, DATABASE)
        }
        verdicts = {
            at: _verdict(stamps, stored, at, expected.near[spot])
            for at in stamps.keys() | stored.keys()
        }
        device = expected.device[spot]
        for at, verdict in verdicts.items():
            if verdict == "lost" and (device, at) in unread:
                verdicts[at] = "late"
        tables[spot] = Counter(verdicts.values())
    return Outcome(expected.rows, spent_s, report, tables)


def _verdict(
    stamps: Mapping[int, float | None],
    stored: Mapping[int, float | None],
    at: int,
    near: float,
) -> str:
    if at not in stored:
        return "absent"
    if at not in stamps:
        return "extra"
    given, found = stamps[at], stored[at]
    if given is None:
        return "gap" if found is None else "not a gap"
    if found is None:
        return "lost"
    return "value" if abs(found - given) <= near else "wrong"


def table(outcome: Outcome) -> str:
    """The outcome for people."""
    lines = [f"{'sensor':10} {'quantity':20}" + "".join(f"{k:>10}" for k in KINDS)]
    for (sensor, quantity), kinds in outcome.tables.items():
        numbers = "".join(f"{kinds[kind]:>10,}" for kind in KINDS)
        lines.append(f"{sensor:10} {quantity:20}{numbers}")
    counts = outcome.report | {"unread": len(outcome.report["unread"])}
    told = ", ".join(f"{k.replace('_', ' ')} {v:,}" for k, v in counts.items())
    pace = outcome.rows / outcome.spent_s
    lines += [
        f"the simulator says: {told}",
        f"{outcome.rows:,} rows in {outcome.spent_s:.0f} s, {pace:.0f} rows/s;"
        f" {outcome.faults:,} differences",
    ]
    return "\n".join(lines)


def main() -> int:
    """``make replay``: 0 if all agrees, 1 if not, 2 if it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="pasoh", dest="name")
    parser.add_argument("--from", dest="begin", default="1970-01-02", metavar="DATE")
    parser.add_argument("--to", dest="end", default="2100-01-01", metavar="DATE")
    parser.add_argument("--data", type=Path, default=data_folder(), metavar="DIR")
    args = parser.parse_args()
    reason = missing(args.name, args.data)
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    begin, end = (
        datetime.fromisoformat(text).replace(tzinfo=UTC)
        for text in (args.begin, args.end)
    )
    with tempfile.TemporaryDirectory(prefix="canhdong-replay-") as folder:
        outcome = replay(SETS[args.name], args.data, Path(folder), begin, end)
    print(table(outcome))
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
