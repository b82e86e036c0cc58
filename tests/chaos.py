"""Do to many gateways and a province what can be done from outside; count at the end.

``python tests/chaos.py [--minutes M] [--gateways N] [--seed S]``.  Real Mosquitto,
real ingest, InfluxDB 1.6.7, gateways on simulated probes; field time runs 60 times as
fast.  Every few seconds a fault of the list is drawn.  At the end all faults stop,
everything drains, and each answer of each probe is looked for.  Exit code 1 if one is
lost, doubled or unknown, if something waits for ever or a program has fallen.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from tests import parts
from tests.turmoil.mishaps import ALL, ON_DISKS, Mishap, calm
from tests.turmoil.reckoning import Goal, reckon, table
from tests.turmoil.site import Site, site

EVERY_S: Final = (2.0, 6.0)  # between two mishaps
SMALL_DISKS: Final = 3  # gateways with a disk of their own, where there are rights
DRAIN_S: Final = 300.0
SETTLE_S: Final = 20.0  # before the first mishap: everybody has said hello


def mishaps(has_disks: bool) -> list[Mishap]:
    """What may be drawn; without the rights of root no disks are filled."""
    return [one for one in ALL if has_disks or one not in ON_DISKS]


def drawn(choice: Sequence[Mishap], dice: Random) -> Iterator[Mishap]:
    """Each as often as any other, within one, in any order."""
    while True:
        yield from dice.sample(choice, len(choice))


def disturb(
    run: Site, until_s: float, choice: Sequence[Mishap], dice: Random
) -> Counter[str]:
    """Let one mishap after another happen until ``until_s``."""
    done: Counter[str] = Counter()
    began_s = time.monotonic()
    for mishap in drawn(choice, dice):
        if time.monotonic() >= until_s:
            return done
        told = mishap(run, dice)
        done[mishap.__name__] += 1
        at_s = time.monotonic() - began_s
        print(f"{at_s:6.0f} s  {mishap.__name__:<22} {told}", flush=True)
        revive(run)
        time.sleep(dice.uniform(*EVERY_S))
    return done


def revive(run: Site) -> None:
    """What a service manager does: start again what has ended."""
    if run.ingest.exit_code is not None:
        run.ingest.start()
    for one in run.gateways:
        if one.program.exit_code is not None:
            one.kills += 1
            one.boot(is_new=False)


def settle(run: Site) -> dict[str, Goal]:
    """Stop the faults and the field; let everything that is committed arrive."""
    calm(run)
    revive(run)
    for one in run.gateways:
        one.program.stop()
    run.simulator.stop()  # the count of answers is exact from now on
    for one in run.gateways:
        one.boot()  # rows without a value follow, since nobody answers
    began_s = time.monotonic()
    goals = {one.name: Goal(one) for one in run.gateways}
    try:
        parts.wait_until(lambda: not any(any(g.left) for g in goals.values()), DRAIN_S)
    except TimeoutError:
        print("not drained", flush=True)
    print(f"drained within {time.monotonic() - began_s:.0f} s", flush=True)
    for one in run.gateways:
        one.program.stop()
    run.ingest.stop()
    return goals


def tracebacks(run: Site) -> Iterator[str]:
    """Programs that have shown a bug of their own."""
    for program in (run.ingest, *(one.program for one in run.gateways)):
        if "Traceback" in program.text:
            yield f"{program.log} holds a traceback"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 if nothing is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--gateways", type=int, default=20)
    parser.add_argument("--seed", type=int, help="draw as an earlier run did")
    parser.add_argument("--only", nargs="*", default=[], help="mishaps, such as f15")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    given = parser.parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    disks = min(SMALL_DISKS, given.gateways) if os.geteuid() == 0 else 0
    choice = mishaps(disks > 0)
    if given.only:
        choice = [one for one in choice if one.__name__.startswith(tuple(given.only))]
    print(f"seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and so everything ends
    if not disks:
        print("left out: full disks, which need the rights of root", flush=True)
    with ExitStack() as stack:
        name = tempfile.mkdtemp(prefix="canhdong-chaos-")
        if not given.keep:
            stack.callback(shutil.rmtree, name, ignore_errors=True)
        run = stack.enter_context(site(Path(name), given.gateways, small_disks=disks))
        time.sleep(SETTLE_S)
        until_s = time.monotonic() + given.minutes * 60
        done = disturb(run, until_s, choice, Random(seed))
        found = reckon(run, settle(run))
        wrong = [line for one in found for line in one.wrong] + list(tracebacks(run))
    print()
    for mishap in choice:
        print(f"{mishap.__name__:<22}{done[mishap.__name__]:>5}  {_says(mishap)}")
    print(*table(found), sep="\n")
    for line in wrong:
        print(f"WRONG {line}")
    print(
        "nothing lost, nothing doubled" if not wrong else f"seed {seed} draws it again"
    )
    return 1 if wrong else 0


def _says(mishap: Mishap) -> str:
    return (mishap.__doc__ or "").splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
