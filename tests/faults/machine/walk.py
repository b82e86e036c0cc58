"""Drawing runs, and running them."""

import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from telemetry import wire
from tests.faults.machine import actions as near
from tests.faults.machine import far_actions as far
from tests.faults.machine.actions import Action
from tests.faults.machine.verdict import acks, crossed_batches, faults
from tests.faults.machine.world import World, quick

WHERE: Final = Path("/dev/shm")  # noqa: S108 - files that nobody need flush

Numbers = tuple[int | tuple[int, ...], ...]
"""For each number of an action how many there are, or which."""

DRAWS: Final[dict[str, tuple[int, Numbers]]] = {
    "go": (40, (8, (1, 3, 8, 20))),
    "outage": (2, (2, (90, 200, 500))),
    "alert": (3, (2,)),
    "crash": (4, (2, (1, 60, 9000), 6)),
    "restart": (2, (2, (1, 60), 6)),
    "ntp": (1, (2, 4)),
    "hear": (3, (2, 4, (0, 0, 0, 0, 1))),
    "save_card": (2, (2,)),
    "old_card": (1, (2, 6)),
    "clone": (1, (6,)),
    "end_clone": (1, (2,)),
    "damage": (1, (2, 6)),
    "short_keep": (1, ()),
    "little_room": (1, ()),
    "drift": (1, ((-90, -20, 5, 90),)),
    "weather": (4, ((0, 5, 50), (0, 30), (0, 1, 40, 400))),
    "cut": (3, (2,)),
    "cut_ingest": (2, ()),
    "broker_down": (2, (2,)),
    "broker_up": (4, ()),
    "old_message": (3, ((0, 3, 10, 50, 1000),)),
    "forged_ack": (2, (2,)),
    "centre_crash": (2, ()),
    "store_down": (1, ()),
    "store_up": (2, ()),
    "store_refuses": (1, (3,)),
    "save_ledger": (1, ()),
    "restore_ledger": (1, ()),
    "save_store": (1, ()),
    "restore_store": (1, ()),
    "skew": (1, ((-4000, -60, -2, 3, 400, 90_000),)),
}
"""How often each action is drawn, relative to the others, and with which numbers."""


KNOWN: Final = vars(near) | vars(far)
"""Every action by its name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; no ``faults`` in a good one."""

    faults: list[str]
    done: Counter[str]
    rows: int


def drawn(dice: Random, without: Collection[str] = (), most: int = 40) -> list[Action]:
    """A run: not every kind of action in each, so that some go far."""
    others = [k for k in DRAWS if k != "go" and k not in without]
    kinds = ["go", *(kind for kind in others if dice.random() < 0.5)]
    weights = [DRAWS[kind][0] for kind in kinds]
    if len(kinds) > 1:
        weights[0] = max(8, sum(weights[1:]) // 2)
    count = dice.randrange(4, most)
    return [_drawn(k, dice) for k in dice.choices(kinds, weights, k=count)]


def _drawn(kind: str, dice: Random) -> Action:
    _, numbers = DRAWS[kind]
    return kind, *(
        dice.randrange(each) if isinstance(each, int) else dice.choice(each)
        for each in numbers
    )


def run(actions: Sequence[Action]) -> Outcome:
    """Do these things to a world, let it drain, and judge it."""
    folder = Path(tempfile.mkdtemp(prefix="canhdong-search-", dir=WHERE))
    done: Counter[str] = Counter()
    try:
        with quick():
            world = World(folder)
            try:
                for name, *numbers in actions:
                    if KNOWN[str(name)](world, *numbers):
                        done[str(name)] += 1
                drained = world.drain()
                found = faults(world)
                if not drained:
                    found.append(f"never drained: {waiting(world)}")
                rows = sum(len(s.card.rows) for s in world.stations)
                return Outcome(found, done + seen(world), rows)
            finally:
                world.end()
    except Exception as bug:  # noqa: BLE001 - a bug is a finding as well
        where = traceback.extract_tb(bug.__traceback__)[-1]
        text = f"bug: {bug!r} at {where.filename}:{where.lineno}"
        return Outcome([text], done, 0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def seen(world: World) -> Counter[str]:
    """What came of it all, so that a search shows where it has been."""
    found: Counter[str] = Counter()
    for _, payload in crossed_batches(world):
        envelope, _ = wire.open_envelope(payload)
        found[f"= clock {envelope.clock}"] += 1
        found["= merged"] += envelope.merged
    for station in world.stations:
        found["= given up"] += station.recorder.size.lost
        found["= thinned"] += station.recorder.size.thinned
    for ack in acks(world):
        found["= rejected"] += len(ack.rejected)
    found["= epochs"] = len({ack.epoch for ack in acks(world)})
    return found


def waiting(world: World) -> str:
    """Who still waits for what."""
    return "; ".join(
        f"{s.uplink.link_state} {s.uplink.error} {s.uplink.waiting} rows"
        f" {s.uplink.alerts_waiting}"
        for s in world.stations
    )
