"""The ledger's side of mail: what is owed to whom, and what became of it.

Every function works within a transaction of its caller.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from province.alerting import read
from province.mail.choosing import Key, Mail, Owed, Past
from province.mail.letter import Notice, Place
from province.mail.post import Outcome
from province.mail.silence import RULE, Sign, Silence
from province.schema import ALERT, BATCH, DOCUMENT, GATEWAY, MAIL
from rules.history import HOUR_MS
from telemetry import topics
from telemetry.topics import Identity

DAY_S: Final = 86_400  # a longer period is no reason to stay silent

_SAME: Final = (
    MAIL.c.coop == ALERT.c.coop,
    MAIL.c.gw == ALERT.c.gw,
    MAIL.c.id == ALERT.c.id,
)
_KEY: Final = ("coop", "gw", "id")
_SEEN: Final = (
    sa.update(ALERT)
    .where(*(ALERT.c[name] == sa.bindparam(f"of_{name}") for name in _KEY))
    .values(is_owed=1)
)
_THIS: Final = sa.update(MAIL).where(
    MAIL.c.coop == sa.bindparam("of_coop"),
    MAIL.c.gw == sa.bindparam("of_gw"),
    MAIL.c.id == sa.bindparam("of_id"),
    MAIL.c.email == sa.bindparam("of_email"),
)


def unseen(connection: sa.Connection) -> list[tuple[Key, str]]:
    """Events that fire and are owed to nobody yet, with their audience."""
    asked = (
        sa.select(ALERT.c.coop, ALERT.c.gw, ALERT.c.id, ALERT.c.audience)
        .where(ALERT.c.state == "firing", ALERT.c.is_owed == 0)
        .order_by(ALERT.c.at_ms)
    )
    return [((r.coop, r.gw, r.id), r.audience) for r in connection.execute(asked)]


def owe(
    connection: sa.Connection, recipients: Mapping[Key, Iterable[str]], at_ms: int
) -> None:
    """Note to whom each event goes; from now on it is seen."""
    rows = [
        {"coop": coop, "gw": gw, "id": event, "email": email, "state": "waiting"}
        | {"at_ms": at_ms, "tries": 0, "digest": "", "why": ""}
        for (coop, gw, event), emails in recipients.items()
        for email in sorted(set(emails))
    ]
    if rows:
        connection.execute(sa.insert(MAIL), rows)
        connection.execute(_SEEN, [{"of_" + k: row[k] for k in _KEY} for row in rows])


def owed(connection: sa.Connection) -> list[Owed]:
    """Return all that waits, and what was being sent when the last run ended."""
    columns = (ALERT.c.severity, ALERT.c.since_ms, ALERT.c.at_ms.label("told_ms"))
    asked = (
        sa.select(MAIL, *columns)
        .join(ALERT, sa.and_(*_SAME))
        .where(MAIL.c.state.in_(("waiting", "sending")))
    )
    return [
        Owed(
            key=(row.coop, row.gw, row.id),
            email=row.email,
            severity=row.severity,
            since_ms=min(row.told_ms, row.since_ms or row.told_ms),
            tries=row.tries,
            is_begun=row.state == "sending",
            digest=row.digest,
        )
        for row in connection.execute(asked)
    ]


def past(connection: sa.Connection, people_ms: int) -> dict[str, Past]:
    """Return what went out within the last hour, by address."""
    asked = sa.select(MAIL.c.email, MAIL.c.digest, MAIL.c.id, MAIL.c.at_ms).where(
        MAIL.c.state == "sent", MAIL.c.at_ms > people_ms - HOUR_MS
    )
    mails: dict[str, dict[str, int]] = defaultdict(dict)
    digests: dict[str, int] = {}
    for row in connection.execute(asked):
        mails[row.email][row.digest or f"one {row.id}"] = row.at_ms
        if row.digest:
            digests[row.email] = max(row.at_ms, digests.get(row.email, 0))
    return {
        email: Past(mails=len(some), digest_ms=digests.get(email))
        for email, some in mails.items()
    }


def begin(connection: sa.Connection, mail: Mail, at_ms: int) -> None:
    """Note that a mail is about to be handed over."""
    values = {"state": "sending", "digest": mail.digest, "at_ms": at_ms}
    more = {"tries": MAIL.c.tries + 1}
    connection.execute(_THIS.values(values | more), _rows(mail))


def finish(connection: sa.Connection, mail: Mail, outcome: Outcome, at_ms: int) -> None:
    """Note what became of it; what waits is free to go in another mail."""
    values = {"state": outcome.state, "at_ms": at_ms, "why": outcome.why}
    if outcome.state == "waiting":
        values["digest"] = ""
    connection.execute(_THIS.values(values), _rows(mail))


def left(connection: sa.Connection) -> int:
    """How many events are still owed, counted for each person."""
    asked = sa.select(sa.func.count()).where(MAIL.c.state.in_(("waiting", "sending")))
    return connection.execute(asked).scalar_one()


def events(connection: sa.Connection, keys: Sequence[Key]) -> list[Notice]:
    """Return the events of ``keys`` that can be read, their places not yet named."""
    found = []
    for coop, gw, event in keys:
        here = (ALERT.c.coop == coop, ALERT.c.gw == gw)
        row = connection.execute(
            sa.select(ALERT).where(*here, ALERT.c.id == event)
        ).one()
        alert = read(row.body)
        if alert is None:
            continue
        over = sa.select(sa.func.max(ALERT.c.at_ms)).where(
            *here, ALERT.c.episode == row.episode, ALERT.c.state == "resolved"
        )
        found.append(
            Notice(
                identity=Identity(coop, gw),
                alert=alert,
                place=Place(plot=row.plot),
                code=row.code,
                told_ms=row.at_ms,
                ended_ms=connection.scalar(over),
            )
        )
    return found


def document(connection: sa.Connection, identity: Identity, leaf: str) -> Any:
    """Return a gateway's document as JSON; ``{}`` where there is none to read."""
    payload = connection.scalar(
        sa.select(DOCUMENT.c.payload).where(
            DOCUMENT.c.coop == identity.coop,
            DOCUMENT.c.gw == identity.gateway,
            DOCUMENT.c.leaf == leaf,
        )
    )
    try:
        found = json.loads(payload or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def newest_ms(connection: sa.Connection) -> int:
    """Return the latest arrival of anything but readings. [ms of field UTC]"""
    latest = [
        connection.scalar(sa.select(sa.func.max(table.c.at_ms)))
        for table in (GATEWAY, DOCUMENT, ALERT)
    ]
    return max((one for one in latest if one is not None), default=0)


# --- silence -------------------------------------------------------------------


def signs(connection: sa.Connection) -> list[Sign]:
    """Return when each gateway was heard: hello, documents, its highest batch."""
    batch = (
        sa.select(BATCH.c.stored_ms)
        .where(BATCH.c.coop == GATEWAY.c.coop, BATCH.c.gw == GATEWAY.c.gw)
        .where(BATCH.c.epoch == GATEWAY.c.epoch)
        .order_by(BATCH.c.first.desc())  # by the key: no index on stored_ms
        .limit(1)
        .scalar_subquery()
    )
    spoken = (
        sa.select(sa.func.max(DOCUMENT.c.at_ms))
        .where(DOCUMENT.c.coop == GATEWAY.c.coop, DOCUMENT.c.gw == GATEWAY.c.gw)
        # A last will is the broker's word, not the gateway's.
        .where(DOCUMENT.c.leaf != topics.UP_LINK)
        .scalar_subquery()
    )
    asked = sa.select(GATEWAY.c.coop, GATEWAY.c.gw, GATEWAY.c.at_ms, batch, spoken)
    found = []
    for coop, gw, *heard in connection.execute(asked).all():
        identity = Identity(coop, gw)
        heard_ms = max(one for one in heard if one is not None)
        meta = document(connection, identity, topics.UP_META)
        sign = Sign(identity=identity, heard_ms=heard_ms, every_s=_shortest(meta))
        found.append(sign)
    return found


def silences(connection: sa.Connection) -> dict[Identity, Silence]:
    """Return the silences that have been told and are not over."""
    asked = (
        sa.select(ALERT.c.coop, ALERT.c.gw, ALERT.c.episode, ALERT.c.since_ms)
        .where(ALERT.c.rule == RULE, ALERT.c.id.startswith(f"{RULE}-"))
        .where(ALERT.c.state.in_(("firing", "resolved")))
        .order_by(ALERT.c.step)
    )
    told: dict[tuple[Identity, str], list[Any]] = defaultdict(list)
    for row in connection.execute(asked):
        told[Identity(row.coop, row.gw), row.episode].append(row)
    return {
        identity: Silence(episode=episode, since_ms=steps[0].since_ms or 0)
        for (identity, episode), steps in told.items()
        if len(steps) == 1
    }


def _shortest(meta: Mapping[str, Any]) -> float | None:
    devices = meta.get("devices")
    tables = devices.values() if isinstance(devices, dict) else ()
    periods = [one.get("every_s") for one in tables if isinstance(one, dict)]
    known = [p for p in periods if isinstance(p, int | float) and 0 < p <= DAY_S]
    return min(known, default=None)


def _rows(mail: Mail) -> list[dict[str, str]]:
    return [
        {"of_coop": coop, "of_gw": gw, "of_id": event, "of_email": mail.email}
        for coop, gw, event in mail.keys
    ]
