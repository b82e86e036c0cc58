"""Lines and bodies that were not stored: kept, but never so many that they hurt.

The newest stay.  What goes is counted, and a line's number stays in ``rejected``.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.records import Quarantined
from province.schema import ASIDE, QUARANTINE
from province.spans import REJECTED, execute_all, of_gateway, tags
from telemetry.topics import Identity
from telemetry.wire import MAX_PLAIN, digest

# Of one gateway: a week of one bad sensor each minute, and all a person can look at.
MAX_ROWS: Final = 10_000
MAX_BYTES: Final = 8 * 1024 * 1024  # 500 hostile gateways then fill 4 GB
# Looking costs some 10 ms, so it is done once for so many that came.
SLACK_ROWS: Final = 500
SLACK_BYTES: Final = 1024 * 1024


def put_quarantined(
    connection: sa.Connection, some: Sequence[Quarantined], at_ms: int
) -> None:
    """Add ``some``; one that is there already gets the newest reason."""
    execute_all(
        connection,
        _PUT,
        [
            tags(one.identity)
            | {
                "kind": one.kind,
                "digest": digest(one.payload),
                "payload": one.payload[:MAX_PLAIN],  # MQTT lets 256 MB through
                "reason": one.reason,
                "at_ms": at_ms,
                "epoch": one.epoch,
                "number": one.number,
            }
            for one in some
        ],
    )
    for (identity, epoch), numbers in numbers_of(some).items():
        spans = [(number, number) for number in numbers]
        REJECTED.join(connection, identity, epoch, spans)
    for identity in {one.identity for one in some}:
        mine = [len(one.payload) for one in some if one.identity == identity]
        _trim(connection, identity, len(mine), sum(mine))


def numbers_of(
    some: Iterable[Quarantined],
) -> dict[tuple[Identity, str], list[int]]:
    """Numbers of lines by gateway and epoch, of those that are known."""
    found: dict[tuple[Identity, str], list[int]] = {}
    for one in some:
        if one.number is not None:
            found.setdefault((one.identity, one.epoch), []).append(one.number)
    return found


def quarantined(
    connection: sa.Connection, identity: Identity | None
) -> list[tuple[int, Quarantined]]:
    """What is there, of one gateway or of all, with its id, the oldest first."""
    asked = sa.select(QUARANTINE).order_by(QUARANTINE.c.id)
    if identity is not None:
        asked = asked.where(*of_gateway(QUARANTINE, identity))
    return [
        (
            row.id,
            Quarantined(
                Identity(row.coop, row.gw),
                row.kind,
                row.payload,
                row.reason,
                row.epoch,
                row.number,
            ),
        )
        for row in connection.execute(asked)
    ]


def counts(connection: sa.Connection, identity: Identity) -> dict[str, tuple[int, int]]:
    """By kind: how many are there, and how many went to keep it small."""
    kept = (
        sa.select(QUARANTINE.c.kind, sa.func.count())
        .where(*of_gateway(QUARANTINE, identity))
        .group_by(QUARANTINE.c.kind)
    )
    here: dict[str, int] = dict(connection.execute(kept).all())
    gone = sa.select(ASIDE.c.lines, ASIDE.c.bodies).where(*of_gateway(ASIDE, identity))
    lines, bodies = connection.execute(gone).one_or_none() or (0, 0)
    return {"line": (here.get("line", 0), lines), "body": (here.get("body", 0), bodies)}


_NEW: Final = insert(QUARANTINE)
_PUT: Final = _NEW.on_conflict_do_update(
    index_elements=["coop", "gw", "kind", "digest"],
    set_={name: _NEW.excluded[name] for name in ("reason", "epoch", "number")},
)
_NEWEST_FIRST: Final = QUARANTINE.c.id.desc()
_RANKED: Final = (
    sa.select(
        QUARANTINE.c.id,
        sa.func.row_number().over(order_by=_NEWEST_FIRST).label("place"),
        sa.func.sum(sa.func.length(QUARANTINE.c.payload))
        .over(order_by=_NEWEST_FIRST)
        .label("bytes"),
    )
    .where(
        QUARANTINE.c.coop == sa.bindparam("of_coop"),
        QUARANTINE.c.gw == sa.bindparam("of_gw"),
    )
    .subquery()
)
_TRIM: Final = (
    sa.delete(QUARANTINE)
    .where(
        QUARANTINE.c.id.in_(
            sa.select(_RANKED.c.id).where(
                (_RANKED.c.place > sa.bindparam("most_rows"))
                | (_RANKED.c.bytes > sa.bindparam("most_bytes"))
            )
        )
    )
    .returning(QUARANTINE.c.kind)
)
_CAME: Final = insert(ASIDE)
_ADD: Final = _CAME.on_conflict_do_update(
    index_elements=list(ASIDE.primary_key),
    set_={
        name: ASIDE.c[name] + _CAME.excluded[name] for name in ("new_rows", "new_bytes")
    },
).returning(ASIDE.c.new_rows, ASIDE.c.new_bytes)


def _trim(connection: sa.Connection, identity: Identity, rows: int, size: int) -> None:
    came = {"lines": 0, "bodies": 0, "new_rows": rows, "new_bytes": size}
    new_rows, new_bytes = connection.execute(_ADD, tags(identity) | came).one()
    if new_rows < SLACK_ROWS and new_bytes < SLACK_BYTES:
        return
    this = {
        "of_coop": identity.coop,
        "of_gw": identity.gateway,
        "most_rows": MAX_ROWS,
        "most_bytes": MAX_BYTES,
    }
    gone = [kind for (kind,) in connection.execute(_TRIM, this)]
    connection.execute(
        sa.update(ASIDE)
        .where(*of_gateway(ASIDE, identity))
        .values(
            lines=ASIDE.c.lines + gone.count("line"),
            bodies=ASIDE.c.bodies + gone.count("body"),
            new_rows=0,
            new_bytes=0,
        )
    )
