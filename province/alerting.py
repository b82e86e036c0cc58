"""Alerts in the ledger: what their bodies say, as columns, and who found them true.

A body has passed ``telemetry.messages`` and may still hold anything that fits
there: control characters, a page of text, a stamp of the year 9000.  What comes
out of here is short, of one line and safe to print, to store and to mail.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.intake import Event
from province.schema import ALERT, VERDICT
from telemetry.messages import Alert, MessageError, decode
from telemetry.topics import Identity
from telemetry.verdict import VERDICTS

NAME_LETTERS: Final = 120  # of an episode, rule or subject; as intake's MAX_NAME
FIRST_MS: Final = 10**12  # 2001-09-09; as the stamps of telemetry.messages
LAST_MS: Final = 9 * 10**12  # 2255


def clean(text: str, letters: int = NAME_LETTERS) -> str:
    """One line of at most ``letters`` characters, without what a screen obeys.

    >>> clean("Ruộng" + chr(13) + chr(10) + "Bcc: x" + chr(0x202E))
    'Ruộng Bcc: x'
    """
    # Every letter or mark of Vietnamese is neither in C* nor a separator but blank.
    part = unicodedata.normalize("NFC", text[: 4 * letters])
    plain = "".join(
        " " if unicodedata.category(one)[0] in "CZ" else one for one in part
    )
    line = " ".join(plain.split())
    return line if len(line) <= letters else line[: letters - 1] + "…"


def read(body: bytes) -> Alert | None:
    """Return the alert in a stored body; ``None`` if it is none for this version."""
    try:
        return decode(body, Alert)
    except MessageError:
        return None


def facts_of(body: bytes) -> dict[str, Any]:
    """Columns of the table ``alert`` that are read from a body."""
    alert = read(body)
    if alert is None:
        texts = "episode code rule plot subject audience severity state verdict"
        return dict.fromkeys(texts.split(), "") | {"step": 1, "since_ms": None}
    episode, step = _step_of(alert)
    return {
        "episode": clean(episode),
        "step": step,
        "code": clean(alert.code, 12).upper(),
        "rule": clean(alert.rule),
        "plot": clean(alert.plot),
        "subject": clean(alert.subject),
        # What this version does not know goes to those who look after gateways.
        "audience": "field" if alert.audience == "field" else "technician",
        "severity": clean(alert.severity, 20),
        "state": clean(alert.state, 20),
        "since_ms": since_of(alert),
        "verdict": alert.verdict if alert.verdict in VERDICTS else "",
    }


def since_of(alert: Alert) -> int | None:
    """UTC of the episode's begin, if the gateway knew it and it can be. [ms]"""
    utc_ms = alert.utc_ms
    return utc_ms if utc_ms is not None and FIRST_MS <= utc_ms < LAST_MS else None


def put_events(connection: sa.Connection, events: Iterable[Event], at_ms: int) -> None:
    """Keep each event once; one that is new and an answer sets the verdict.

    ``at_ms`` is the province's UTC of arrival. [ms since 1970]
    """
    for event in events:
        facts = facts_of(event.body)
        row = {
            "coop": event.identity.coop,
            "gw": event.identity.gateway,
            "id": event.id,
            "body": event.body,
            "at_ms": at_ms,
        }
        is_new = connection.execute(_PUT_EVENT, row | facts).rowcount == 1
        if is_new and facts["state"] == "answered" and facts["verdict"]:
            put_verdict(
                connection,
                event.identity,
                facts["episode"],
                facts["verdict"],
                who="gateway",
                at_ms=at_ms,
            )


def put_verdict(
    connection: sa.Connection,
    identity: Identity,
    episode: str,
    verdict: str,
    *,
    who: str,
    at_ms: int,
) -> None:
    """Set the answer to an episode; the last one counts."""
    row = {
        "coop": identity.coop,
        "gw": identity.gateway,
        "episode": episode,
        "verdict": verdict,
        "who": who,
        "at_ms": at_ms,
    }
    connection.execute(_PUT_VERDICT, row)


_PUT_EVENT: Final = insert(ALERT).on_conflict_do_nothing()
_NEW_VERDICT: Final = insert(VERDICT)
_PUT_VERDICT: Final = _NEW_VERDICT.on_conflict_do_update(
    index_elements=["coop", "gw", "episode"],
    set_={name: _NEW_VERDICT.excluded[name] for name in ("verdict", "who", "at_ms")},
)


def _step_of(alert: Alert) -> tuple[str, int]:
    """Episode and step; a gateway's note about itself is an episode of one step."""
    if not alert.episode:
        return alert.id, 1
    step = alert.id.removeprefix(alert.episode + "-")
    # Nine digits fit every integer column.
    is_number = step.isascii() and step.isdigit() and len(step) <= 9
    return alert.episode, int(step) if is_number else 1
