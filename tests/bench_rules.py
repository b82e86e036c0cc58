"""What rules cost: ``make bench-rules``.

All packs live on fifty sensors; a season of hourly data through all packs, for one
plot of each crop; a million expressions drawn at random, watched by strace.  Exit
code 1 beyond a goal.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from gateway.history import Past
from gateway.hours import Tally
from gateway.records import Entry, HourRow
from gateway.segments import Segment
from gateway.trail import KEEP_HOURS
from gateway.watch import LOOK_EVERY_MS
from rules import backtest, rule
from rules.engine import Engine
from rules.history import HOUR_MS, Place
from rules.recorded import Recorded
from rules.scope import Now
from tests import bench_field, bench_reload, fuzz_rules
from tests.bench_field import BEGIN_MS, PERIOD_MS, Course
from tests.host import stolen

SENSORS: Final = 50
LIVE_HOURS: Final = 26  # of field time: a day, with its noon, its dawn and its midnight
SEASON_DAYS: Final = 120
CASES: Final = 1_000_000
MOST_LIVE_S: Final = 0.05  # CPU seconds per 1,000 readings
MOST_SEASON_S: Final = 5.0  # CPU seconds, one plot, all packs
MOST_LOOK_MS: Final = 1.0  # of a backtest, all packs
BOOT: Final = 1
HIDDEN: Final = "file,network,process,write"  # what strace is to see
CALL: Final = re.compile(r"(?:\[pid +\d+\] )?(\w+)\(")
ALLOWED: Final = frozenset({"write", "exit_group", "exit"})


class HandClock:
    """The clock of a gateway that nobody has told the time."""

    is_simulated = False

    def field_ms(self) -> int:
        """Never asked: the segment tells the time."""
        return 0

    def wall_ms(self) -> int | None:
        """Nothing."""
        return None

    def machine_s(self) -> float:
        """Nothing waits here."""
        return 0.0

    def machine_s_until(self, field_ms: int) -> float:
        """Nothing waits here."""
        return 0.0


def past_of(channels: list[tuple[Place, Course]]) -> tuple[Past, dict[Place, str]]:
    """The gateway's own past, with all the hours that it keeps at hand."""
    heads = {place: f"{place.quantity},sensor={place.sensor}" for place, _ in channels}
    by_name = {(place.sensor, place.quantity): head for place, head in heads.items()}
    past = Past(
        list(heads),
        by_name,
        HandClock(),
        full_scale={(p.sensor, p.quantity): 100.0 for p in heads},
    )
    hours = (
        (BOOT, HourRow(heads[place], hour, _tally(course(hour), hour)))
        for place, course in channels
        for hour in range(KEEP_HOURS)
    )
    past.load(BOOT, hours, [Segment(1, BOOT, 0, BEGIN_MS, "hello", 20)])
    return past, heads


def _tally(value: float, hour: int) -> Tally:
    first, last = hour * HOUR_MS, (hour + 1) * HOUR_MS - PERIOD_MS
    values = 60, value, value, value, value, first, value, last
    return Tally(*values, doubtful=0, missing=0, poll_ms=last)


def live() -> tuple[float, float, int]:
    """CPU seconds of readings taken and rules looked at, by 1,000; of looks; rules."""
    plots, rules = bench_field.plots(), rule.packs()
    channels = list(bench_field.channels(plots, SENSORS))
    past, heads = past_of(channels)
    engine = Engine(rules.values(), plots, past, chosen={}, states={})
    first = KEEP_HOURS * HOUR_MS
    readings, looks_s = 0, 0.0
    begun = time.process_time()
    for ms in range(first, first + LIVE_HOURS * HOUR_MS, PERIOD_MS):
        hour = ms // HOUR_MS
        for place, course in channels:
            readings += 1
            past.take(Entry(readings, heads[place], ms, course(hour), 1))
        if ms % LOOK_EVERY_MS == 0:
            looked = time.process_time()
            engine.look(Now("b1", ms + 1, past.utc_ms(ms + 1)), 0)
            looks_s += time.process_time() - looked
    spent = time.process_time() - begun
    assert not [why for why in engine.resting.values() if "broken" in why]
    return spent / readings * 1000, looks_s / readings * 1000, len(rules)


def season(crop: str) -> tuple[float, int, int]:
    """CPU seconds of a backtest over a season, its looks and its episodes."""
    plots = bench_field.plots((crop,))
    channels = bench_field.channels(plots, 1 + len(bench_field.ON_PLOT))
    hours = range((SEASON_DAYS + 31) * 24)
    samples = {
        replace(place, period_ms=HOUR_MS): [
            (bench_field.hour_ms(hour), course(hour), 1) for hour in hours
        ]
        for place, course in channels
    }
    recorded = Recorded(samples, full_scale=dict.fromkeys(samples, 100.0), is_kept=True)
    rules = rule.packs().values()
    since_ms, until_ms = (
        bench_field.hour_ms(day * 24) for day in (31, 31 + SEASON_DAYS)
    )
    begun = time.process_time()
    report = backtest.run(rules, plots, recorded, since_ms=since_ms, until_ms=until_ms)
    return time.process_time() - begun, report.looks, len(report.bars)


def fuzzed(cases: int) -> tuple[str, bool]:
    """What came of ``cases`` expressions drawn at random, seen from outside."""
    command = [sys.executable, fuzz_rules.__file__, str(cases)]
    if shutil.which("strace") is None:
        return "strace is missing: apt-get install strace", False
    with tempfile.NamedTemporaryFile(prefix="canhdong-bench-") as log:
        watch = [
            "strace",
            "-f",
            "--seccomp-bpf",
            "-e",
            f"trace={HIDDEN}",
            "-o",
            log.name,
        ]
        done = subprocess.run(
            [*watch, *command], capture_output=True, text=True, check=False
        )
        traced = Path(log.name).read_text(errors="replace")
    begun, _, after = traced.partition(fuzz_rules.BEGUN.decode().strip())
    calls = {found[1] for line in after.splitlines() if (found := _call(line))}
    strange = sorted(calls - ALLOWED)
    told = (done.stdout or done.stderr).strip().splitlines()
    seen = f"strace saw {', '.join(strange) or 'no other call'}"
    is_good = done.returncode == 0 and bool(begun and after) and not strange
    return "; ".join([*told, seen]), is_good


def _call(line: str) -> re.Match[str] | None:
    return CALL.match(line.lstrip("0123456789 "))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=CASES, help="expressions")
    args = parser.parse_args()
    with stolen():
        per_thousand, of_looks, rules = live()
        goals = {
            f"live     {per_thousand:.4f} CPU-s per 1,000 readings, {of_looks:.4f} of"
            f" it {rules} rules, on {SENSORS} sensors (at most {MOST_LIVE_S})":
                per_thousand <= MOST_LIVE_S,
        }  # fmt: skip
        for crop in dict.fromkeys(bench_field.CROPS):
            spent, looks, bars = season(crop)
            look_ms = 1000 * spent / looks
            goals[
                f"season   {spent:.2f} CPU-s of {crop}, {bars} episodes"
                f" (at most {MOST_SEASON_S:.0f}); {look_ms:.2f} ms a look"
                f" (at most {MOST_LOOK_MS:.0f})"
            ] = spent <= MOST_SEASON_S and look_ms <= MOST_LOOK_MS
        told, is_good = fuzzed(args.cases)
        goals[f"language {told}"] = is_good
    print(bench_reload.told())
    for line, is_met in goals.items():
        print(f"{line}  {'ok' if is_met else 'MISSED'}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
