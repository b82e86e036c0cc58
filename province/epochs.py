"""What the ledger knows of a gateway's epochs, fed by each hello.

``gateway`` has the last hello alone, ``epoch`` one row for each epoch there ever was.
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.greeting import Known, alarms_of, is_late
from province.intake import Greeting
from province.records import Alarm
from province.schema import BOOT, EPOCH, GATEWAY
from province.spans import HELD, LOST, REFILLED, of_epoch, of_gateway, tags
from telemetry.messages import Hello, encode
from telemetry.ranges import intersect, subtract, total
from telemetry.topics import Identity

MAX_LOST: Final = 200  # ranges of one hello; the gateway names the newest of more
MAX_BOOTS: Final = 50  # of one gateway: a redelivery reaches back an hour or two


def put_greetings(
    connection: sa.Connection, greetings: Sequence[Greeting], at_ms: int
) -> list[Alarm]:
    """Take each hello's word; returns what is wrong with it."""
    alarms: list[Alarm] = []
    for greeting in greetings:
        identity, hello = greeting.identity, greeting.hello
        known = _known(connection, identity, hello)
        if is_late(hello, known):
            continue
        alarms += alarms_of(identity, hello, known)
        _put(connection, identity, hello, at_ms)
    return alarms


def next_of(connection: sa.Connection, identity: Identity, epoch: str) -> int | None:
    """The first number not yet given when the epoch last said hello."""
    asked = sa.select(EPOCH.c.next).where(*of_epoch(EPOCH, identity, epoch))
    number: int | None = connection.scalar(asked)
    return number


def _known(connection: sa.Connection, identity: Identity, hello: Hello) -> Known:
    current = connection.scalar(
        sa.select(GATEWAY.c.epoch).where(*of_gateway(GATEWAY, identity))
    )
    heard = connection.execute(
        sa.select(EPOCH.c.first).where(*of_epoch(EPOCH, identity, hello.epoch))
    ).one_or_none()
    boot = connection.execute(
        sa.select(BOOT.c.mono_ms, BOOT.c.next).where(
            *of_epoch(BOOT, identity, hello.epoch), BOOT.c.boot == hello.boot
        )
    ).one_or_none()
    held = HELD.of(connection, identity, hello.epoch)
    below = intersect(held, [(1, hello.next - 1)]) if hello.next > 1 else []
    taken = REFILLED.of(connection, identity, hello.epoch)
    return Known(
        current=current,
        is_heard=heard is not None,
        first=None if heard is None else heard.first,
        mono_ms=None if boot is None else boot.mono_ms,
        next=None if boot is None else boot.next,
        held=total(below),
        last=held[-1][1] if held else None,
        awaited=total(subtract(taken, held)),
    )


def _put(
    connection: sa.Connection, identity: Identity, hello: Hello, at_ms: int
) -> None:
    key = tags(identity) | {"epoch": hello.epoch}
    said = {"oldest": hello.oldest, "next": hello.next}
    heard: dict[str, Any] = {
        "first": hello.first,
        "place": sa.select(sa.func.coalesce(sa.func.max(EPOCH.c.place), 0) + 1)
        .where(*of_gateway(EPOCH, identity))
        .scalar_subquery(),
        "first_heard_ms": at_ms,
        "last_heard_ms": at_ms,
    }
    connection.execute(
        _PUT_GATEWAY,
        key
        | said
        | {
            "boot": hello.boot,
            "versions": encode(hello.versions).decode(),
            "at_ms": at_ms,
        },
    )
    new = insert(EPOCH).values(**key, **said, **heard)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=list(EPOCH.primary_key),
            set_={
                # An epoch begins once: another first number is an alarm, no news.
                "first": sa.func.coalesce(EPOCH.c.first, new.excluded.first),
                **{
                    name: new.excluded[name]
                    for name in ("next", "oldest", "last_heard_ms")
                },
            },
        )
    )
    _put_boot(connection, identity, hello, at_ms)
    given = (hello.first or 1, hello.next - 1)
    lost = intersect(hello.lost[-MAX_LOST:], [given]) if given[0] <= given[1] else []
    if lost:
        LOST.join(connection, identity, hello.epoch, lost)


def _put_boot(
    connection: sa.Connection, identity: Identity, hello: Hello, at_ms: int
) -> None:
    row = {"mono_ms": hello.mono_ms, "next": hello.next, "at_ms": at_ms}
    new = insert(BOOT).values(
        **tags(identity), epoch=hello.epoch, boot=hello.boot, **row
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=list(BOOT.primary_key),
            set_={name: new.excluded[name] for name in row},
        )
    )
    newest = (
        sa.select(BOOT.c.at_ms)
        .where(*of_gateway(BOOT, identity))
        .order_by(BOOT.c.at_ms.desc())
        .limit(1)
        .offset(MAX_BOOTS)
        .scalar_subquery()
    )
    connection.execute(
        sa.delete(BOOT).where(*of_gateway(BOOT, identity), BOOT.c.at_ms <= newest)
    )


_GATEWAY: Final = insert(GATEWAY)
_PUT_GATEWAY: Final = _GATEWAY.on_conflict_do_update(
    index_elements=list(GATEWAY.primary_key),
    set_={
        name: _GATEWAY.excluded[name]
        for name in ("epoch", "boot", "oldest", "next", "versions", "at_ms")
    },
)
