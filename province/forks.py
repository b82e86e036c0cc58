"""Where the history of two cards under one name parts.

A card that was copied, or an old one that was put back, shares its numbers with the
other up to the copy; from there on each gives them to other readings.  Each hello
names the boots of its card with their first numbers.  A boot that is known here and
that the card does not know was another card's.  A boot that the card knows and that
was never heard of here cannot have sent what is held already: its hello comes before
its readings.  From either first number on the ledger's word is not about this card.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.schema import BEGUN
from province.spans import REFILLED, of_epoch, tags
from telemetry.messages import BOOTS_TOLD, Hello
from telemetry.ranges import Range, intersect, total, union
from telemetry.topics import Identity

MAX_BEGUN: Final = 50  # boots of an epoch; a hello names fewer


class Greeted(NamedTuple):
    """Whether boots of the card were known, and where another card's numbers begin."""

    is_known: bool
    fork: int | None


def greet(
    connection: sa.Connection, identity: Identity, hello: Hello, held: Sequence[Range]
) -> Greeted:
    """Learn the boots of a card, or say from which number on it is another one.

    ``held`` are the numbers that the ledger has of the epoch.
    """
    asked = sa.select(BEGUN.c.boot, BEGUN.c.first).where(
        *of_epoch(BEGUN, identity, hello.epoch)
    )
    known = {row.boot: row.first for row in connection.execute(asked)}
    mine = dict(hello.begun)
    below = [(1, hello.next)]
    remembered = union([*held, *REFILLED.of(connection, identity, hello.epoch)])
    if hello.held > total(intersect(remembered, below)):
        top = 0  # it was restored from a copy, and has forgotten hellos as well
    else:
        top = held[-1][1] if held else 0
    fork = _fork(mine, known, top)
    if mine and fork is None:
        _put(connection, identity, hello)
    return Greeted(not mine.keys().isdisjoint(known), fork)


def _fork(mine: Mapping[str, int], known: Mapping[str, int], top: int) -> int | None:
    """Where ``mine`` part from the ``known`` boots; ``top`` is the last number held."""
    if not mine or not known:
        return None
    since = min(mine.values())  # of older boots the hello says nothing
    if len(mine) >= BOOTS_TOLD:
        since += 1  # … nor, where it is full, of all that begin with the same number
    oldest = min(known.values())  # … and nothing is known here
    theirs = [n for boot, n in known.items() if boot not in mine and n >= since]
    ours = [n for boot, n in mine.items() if boot not in known and oldest <= n <= top]
    return min([*theirs, *ours], default=None)


def _put(connection: sa.Connection, identity: Identity, hello: Hello) -> None:
    key = tags(identity) | {"epoch": hello.epoch}
    connection.execute(
        insert(BEGUN).on_conflict_do_nothing(),
        [
            key | {"boot": boot, "first": first}
            for boot, first in hello.begun[:MAX_BEGUN]
        ],
    )
    here = of_epoch(BEGUN, identity, hello.epoch)
    oldest = (
        sa.select(BEGUN.c.first)
        .where(*here)
        .order_by(BEGUN.c.first.desc())
        .limit(1)
        .offset(MAX_BEGUN)
        .scalar_subquery()
    )
    connection.execute(sa.delete(BEGUN).where(*here, BEGUN.c.first <= oldest))
