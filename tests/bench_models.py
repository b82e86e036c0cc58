"""What models and checks cost: ``make bench-models``.

Quality on the live path, by 1,000 readings of all quantities; a season of 120 days of
hourly data through every model; and whether the gateway starts without numpy.  Exit
code 1 beyond a goal.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from rules.quality import defaults
from rules.quality.stream import Stream
from telemetry.quantity import QUANTITIES
from tests.bench_season import MODELS, Season

READINGS: Final = 100_000
MOST_LIVE_S: Final = 0.02  # CPU seconds per 1,000 readings
MOST_SEASON_S: Final = 2.0  # CPU seconds, all models together
MINUTE_MS: Final = 60_000


def live_s() -> float:
    """CPU seconds per 1,000 readings, over a series of every quantity."""
    streams = [Stream(defaults.of(name, elevation_m=20)) for name in QUANTITIES]
    rng = np.random.default_rng(1)
    values = (20 + np.cumsum(rng.normal(0, 0.1, READINGS))).round(1).tolist()
    begun = time.process_time()
    for n, value in enumerate(values):
        streams[n % len(streams)].feed(n // len(streams) * MINUTE_MS, value)
    return (time.process_time() - begun) / READINGS * 1000


def without_numpy() -> bool:
    """Whether the gateway starts, and its live rules run, without numpy."""
    code = "import gateway.main, gateway.daemon, sys; sys.exit('numpy' in sys.modules)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def main() -> int:
    """Measure and print."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    live_cost = live_s()
    season = Season()
    spent: dict[str, float] = {}
    for name, run in MODELS.items():
        begun = time.process_time()
        run(season)
        spent[name] = time.process_time() - begun
        print(f"season of {name:30} {spent[name]:.3f} s")
    total = sum(spent.values())
    is_free = without_numpy()
    goals = {
        f"live path   {live_cost:.4f} CPU-s per 1,000 readings (at most {MOST_LIVE_S})":
            live_cost <= MOST_LIVE_S,
        f"season      {total:.3f} s for {len(spent)} models (at most {MOST_SEASON_S})":
            total <= MOST_SEASON_S,
        f"numpy       {'not imported' if is_free else 'imported'} by the gateway":
            is_free,
    }  # fmt: skip
    for line, is_met in goals.items():
        print(f"{line}  {'ok' if is_met else 'MISSED'}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
