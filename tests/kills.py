"""Kill gateway, ingest and broker at drawn places; nothing may be lost or doubled.

``python tests/kills.py [--kills N] [--seed S] [--broker mosquitto|amqtt|both]``.
The programs as they are, real Mosquitto or the demo's broker, InfluxDB 1.6.7.
Exit code 1 if a reading is lost, doubled or changed, if a program falls by itself
or if a place was not hit as often as it was drawn.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from tests import parts
from tests.account import Account, account
from tests.chain import DEVICES, BrokerKind, Chain, Fallen, chain
from tests.killing import ALL, PLACES, Kill, Victim, kill, repeatable
from tests.tap import Tap

DATABASE: Final = "field"
KILLS: Final = 30
TRIES: Final = 3  # a place that was missed is aimed at again


def drawn(kills: int, dice: Random) -> list[tuple[str, Victim]]:
    """Places and victims: every place as often as any other, within one."""
    rounds, rest = divmod(kills, len(PLACES))
    places = list(PLACES) * rounds + dice.sample(list(PLACES), rest)
    dice.shuffle(places)
    turns = {place: dice.sample(w, len(w)) for place, (_, w) in PLACES.items()}
    seen: Counter[str] = Counter()
    plan = []
    for place in places:
        plan.append((place, turns[place][seen[place] % len(turns[place])]))
        seen[place] += 1
    return plan


def killed(run: Chain, kills: int, dice: Random) -> Iterator[Kill]:
    """Kill as drawn, and once more where a place was missed."""
    for place, victim in drawn(kills, dice):
        for _ in range(TRIES):
            one = kill(run, place, victim, dice)
            yield one
            if one.is_hit:
                break


def verdict(wanted: int, kills: Sequence[Kill], found: Account) -> list[str]:
    """What is wrong with a run, one line each."""
    allowed = DEVICES * sum(one.victim == "gateway" for one in kills)
    wrong = []
    if not 0 <= found.unkept <= allowed:
        wrong.append(f"{found.unkept} answers unkept; a cycle a kill is {allowed}")
    if not found.is_exact:
        wrong.append(f"the store is not what was committed: {found}")
    hits = sum(one.is_hit for one in kills)
    if hits < wanted:
        wrong.append(f"{wanted - hits} of {wanted} drawn places were never hit")
    return wrong


def table(kills: Sequence[Kill]) -> Iterator[str]:
    """How often each place was aimed at and hit, and who died there."""
    yield f"{'place':<21}{'aimed':>6}{'hit':>5}{''.join(f'{v:>9}' for v in ALL)}"
    for place in PLACES:
        here = [one for one in kills if one.place == place]
        hits = Counter(one.victim for one in here if one.is_hit)
        whom = "".join(f"{hits[victim] or '·':>9}" for victim in ALL)
        yield f"{place:<21}{len(here):>6}{hits.total():>5}{whom}"


def run(kind: BrokerKind, kills: int, seed: int) -> list[str]:
    """Kill so often on a chain with this broker, tell it, return what is wrong."""
    began_s, dice = time.monotonic(), repeatable(f"{kind} {seed}")
    done: list[Kill] = []
    with (
        tempfile.TemporaryDirectory(prefix="canhdong-kills-") as name,
        parts.influxdb(Path(name)) as influx,
    ):
        folder = Path(name)
        parts.create_database(influx.port, DATABASE)
        store = f'kind = "influx1"\nurl = "{{url}}"\ndatabase = "{DATABASE}"'
        with chain(folder, kind, store, influx.port) as under:
            for one in killed(under, kills, dice):
                done.append(one)
                told = "hit" if one.is_hit else "MISSED"
                print(
                    f"{len(done):3} {one.place:<20} {one.victim:<8}{told:<7}{one.seen}",
                    flush=True,
                )
            under.settle()
            found = account(folder, under.field, influx.port, DATABASE)
            print(f"\n{kind}, {len(done)} kills in {time.monotonic() - began_s:.0f} s")
            print(*table(done), *told_of(found, under.tap), sep="\n")
            return verdict(kills, done, found) + under.faults()


def told_of(found: Account, tap: Tap) -> Iterator[str]:
    """The account and what crossed the broker."""
    yield (
        f"polls      answered {found.answered:,}, committed {found.committed:,}"
        f" ({found.unkept} died with the gateway), stored {found.stored:,}"
    )
    yield (
        f"           lost {found.lost}, unknown {found.unknown},"
        f" doubled {found.doubled}"
    )
    yield f"readings   committed {found.values:,}, stored {found.points:,}"
    yield f"rows seen  {tap.rows:,}; rows that crossed again {tap.again:,}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 if nothing is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=KILLS, help="with each broker")
    parser.add_argument("--seed", type=int, help="draw as an earlier run did")
    parser.add_argument(
        "--broker", choices=("mosquitto", "amqtt", "both"), default="both"
    )
    given = parser.parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    kinds: tuple[BrokerKind, ...] = ("mosquitto", "amqtt")
    wrong = []
    for kind in kinds:
        if given.broker in (kind, "both"):
            try:
                wrong += run(kind, given.kills, seed)
            except (Fallen, TimeoutError) as fault:
                wrong.append(f"{kind}: {fault}")
    for line in wrong:
        print(f"WRONG      {line}")
    print("nothing lost, nothing doubled" if not wrong else f"seed {seed} repeats it")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
