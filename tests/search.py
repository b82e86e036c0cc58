"""Search at random for a run that loses, doubles or never ends.

``python tests/search.py [--runs N] [--minutes M] [--seed S]``.  Real recorder, buffer,
uplink, ingest, ledger and store under a turned clock and a broker that drops,
doubles and forgets.  A bad run is cut short and printed; exit code 1.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random, SystemRandom

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from tests.faults.machine.found import APART
from tests.faults.machine.shrink import kind_of, shrunk
from tests.faults.machine.walk import DRAWS, drawn, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 if nothing is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--seed", type=int, help="draw as an earlier search did")
    parser.add_argument("--kinds", type=int, default=5, help="of faults, then it ends")
    parser.add_argument(
        "--without", nargs="*", default=sorted(APART), help="kinds of action"
    )
    given = parser.parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    began_s, done, kinds = time.monotonic(), Counter[str](), Counter[str]()
    runs = rows = 0
    while runs < given.runs and time.monotonic() - began_s < given.minutes * 60:
        actions = drawn(Random(f"{seed} {runs}"), given.without)
        outcome = run(actions)
        runs, rows = runs + 1, rows + outcome.rows
        done += outcome.done
        if kind := kind_of(outcome):
            kinds[kind] += 1
            if kinds[kind] == 1:
                short = shrunk(actions, kind)
                print(f"run {runs - 1}: {outcome.faults[0]}")
                print(*(f"    {action}," for action in short), sep="\n")
                print(*(f"  {line}" for line in run(short).faults), sep="\n")
                sys.stdout.flush()
        if len(kinds) >= given.kinds:
            break
    took_s = time.monotonic() - began_s
    print(f"\n{'action':<16}{'done':>9}")
    for name in [*DRAWS, *sorted(done.keys() - DRAWS.keys())]:
        print(f"{name:<16}{done[name]:>9,}")
    print(f"{runs:,} runs, {rows:,} rows in {took_s:.0f} s: {runs / took_s:.1f} runs/s")
    print("nothing lost, nothing doubled" if not kinds else f"WRONG {dict(kinds)}")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
