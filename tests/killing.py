"""The places where the chain can be killed, and how each is found from outside.

===================  ==========================================================
mid-read             the slave has the question, the answer has not come whole
mid-commit           a thread stands in a write or flush of the SQLite file
published-not-acked  a batch has crossed the broker, the database lacks it
written-not-acked    the database has confirmed it, and nobody has heard that
drain                the backlog of an outage has crossed, not acknowledged
===================  ==========================================================

A place is *hit* if that was so when the killed program was dead.  The gates make
the passing moment last; what is seen there is looked at after the kill.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from tests.chain import EVERY_S, Chain, Server
from tests.committing import stop_mid_commit
from tests.gates import ANSWER, REQUEST

Victim = Literal["gateway", "ingest", "broker"]
Seen = tuple[bool, str]
"""Whether the place was hit, and what stood there."""

ALL: Final[tuple[Victim, ...]] = ("gateway", "ingest", "broker")
ANSWER_BYTES: Final = 21  # of eight words: address, function, size, 16, checksum
BACKLOG_ROWS: Final = 1200  # more than the 1,000 of two batches
AIM_S: Final = 60.0  # to stand at a gate; the broker may have to be found again
COMMITS_S: Final = 30.0  # within so long many commits are made
DOWN_MOST_S: Final = 0.5  # how long a killed program stays dead


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: where, whom, whether it hit, and what was seen there."""

    place: str
    victim: Victim
    is_hit: bool
    seen: str


def repeatable(seed: int | str) -> Random:
    """Dice that fall alike for the same ``seed``."""
    return Random(seed)


def kill(chain: Chain, place: str, victim: Victim, dice: Random) -> Kill:
    """Kill ``victim`` at ``place``, start it again, wait until all flows."""
    aim, _ = PLACES[place]
    is_hit, seen = aim(chain, victim, dice)
    for hold in (chain.wire.hold, chain.store.hold):
        hold.release()
    time.sleep(dice.uniform(0, DOWN_MOST_S))
    _server(chain, victim).start()
    chain.flows()
    return Kill(place, victim, is_hit, seen)


def _mid_read(chain: Chain, victim: Victim, dice: Random) -> Seen:
    passed = dice.randrange(ANSWER_BYTES)
    hold = chain.wire.hold
    hold.arm(passed)
    chain.wait(lambda: hold.has_caught)
    _server(chain, victim).kill()
    return hold.has_caught, f"{passed} of {ANSWER_BYTES} bytes had come"


def _mid_commit(chain: Chain, victim: Victim, dice: Random) -> Seen:
    time.sleep(dice.uniform(0, EVERY_S))
    program = chain.gateway if victim == "gateway" else chain.ingest
    where = stop_mid_commit(program.pid, COMMITS_S)
    program.kill()
    return where is not None, where or "no commit was seen"


def _published(chain: Chain, victim: Victim, _: Random) -> Seen:
    return _at_gate(chain, victim, REQUEST, lambda: _in_write(chain), at_least=1)


def _written(chain: Chain, victim: Victim, _: Random) -> Seen:
    return _at_gate(chain, victim, ANSWER, lambda: _in_write(chain), at_least=1)


def _drain(chain: Chain, victim: Victim, dice: Random) -> Seen:
    """Have a backlog behind a dead broker, and kill once it flows."""
    chain.broker.kill()
    known, enough = set(chain.tap.batches), chain.next() + BACKLOG_ROWS
    chain.wait(lambda: chain.next() >= enough)
    point, end = dice.choice((REQUEST, ANSWER)), chain.next()
    chain.store.hold.arm(point)
    chain.broker.start()

    def flowing() -> set[str]:
        unacked = chain.tap.unacked.items()
        return {d for d, batch in unacked if d not in known and batch.first < end}

    return _at_gate(chain, victim, point, flowing, at_least=2)


def _at_gate(
    chain: Chain,
    victim: Victim,
    point: str,
    under_way: Callable[[], set[str]],
    *,
    at_least: int,
) -> Seen:
    """Kill while a write stands at ``point`` and so many batches are under way."""
    hold = chain.store.hold

    def is_there() -> bool:
        if hold.point is None and not hold.has_caught:
            hold.arm(point)  # the last write had none of what is wanted
        return hold.has_caught and len(under_way()) >= at_least

    with contextlib.suppress(TimeoutError):  # then it is a miss
        chain.wait(is_there, AIM_S)
    _server(chain, victim).kill()
    left = under_way()
    is_hit = hold.has_caught and len(left) >= at_least
    batches = chain.tap.batches
    rows = sum(batches[one].last - batches[one].first + 1 for one in left)
    what = "before the write" if point == REQUEST else "after the write"
    return is_hit, f"{len(left)} batches of {rows} rows, {what}"


def _in_write(chain: Chain) -> set[str]:
    """Digests of batches that stand in the newest write and are not acknowledged."""
    lines = chain.store.under_way
    return {d for d, batch in chain.tap.unacked.items() if batch.line in lines}


def _server(chain: Chain, victim: Victim) -> Server:
    servers: dict[Victim, Server] = {
        "gateway": chain.gateway,
        "ingest": chain.ingest,
        "broker": chain.broker,
    }
    return servers[victim]


Aim = Callable[[Chain, Victim, Random], Seen]
PLACES: Final[dict[str, tuple[Aim, tuple[Victim, ...]]]] = {
    "mid-read": (_mid_read, ("gateway",)),
    "mid-commit": (_mid_commit, ("gateway", "ingest")),
    "published-not-acked": (_published, ALL),
    "written-not-acked": (_written, ALL),
    "drain": (_drain, ALL),
}
"""How each place is found, and whose death there says something."""
