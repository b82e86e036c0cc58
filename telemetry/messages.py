"""The JSON messages beside the readings: hello, acknowledgement, alert, health.

Each carries ``v``.  A decoder ignores fields that it does not know, so that an
older end survives a newer one, and refuses a ``v`` above its own by name.
"""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

VERSION: Final = 1
MAX_JSON: Final = 256 * 1024  # bytes; a down/hello of 10,000 ranges needs some 150 kB


BOOTS_TOLD: Final = 20  # boots that a hello names at most, some 800 bytes

Number = Annotated[int, Meta(ge=1, le=10**18)]
Stamp = Annotated[int, Meta(ge=10**12, lt=9 * 10**12)]  # ms; 2001 to 2255, as the wire


class MessageError(ValueError):
    """A JSON message that cannot be used, with the reason."""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """``up/hello``: who speaks, and what the buffer holds.

    ``oldest`` is the lowest number of this epoch that the buffer still has, so
    that a hole below it is lost and any other is pending; ``next`` is the first
    one not yet given, ``first`` the first of the epoch if it is said.  ``lost`` were
    given up before the province had them: the newest of them where there are
    many.  ``held`` counts the numbers that the gateway takes for confirmed: a
    ledger that holds fewer has lost some.  ``begun`` are the newest boots of the
    epoch that have rows, each with its first number, the newest first.  ``mono_ms``
    is field time of asking and comes back in the answer.
    """

    v: int = VERSION
    epoch: str
    boot: str
    mono_ms: int
    oldest: int
    next: int
    first: Number | None = None
    held: Annotated[int, Meta(ge=0, le=10**18)] = 0
    lost: list[tuple[Number, Number]] = []
    begun: list[tuple[str, Number]] = []
    versions: dict[str, str] = {}


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``down/hello``: the province's time, and what its ledger holds."""

    v: int = VERSION
    epoch: str
    mono_ms: int
    utc_ms: Stamp  # UTC of answering [ms since 1970]
    held: list[tuple[Number, Number]]
    known_from: Number = 1  # nothing is said of lower numbers: the list was too long
    field_time: str = "real"  # or "simulated": both ends must agree
    fork: Number | None = None  # from here on another card has given the numbers too
    is_known: bool = False  # boots of hello were known: below the fork it is one card


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """``down/ack``: what stands in database and ledger.  Carries no time."""

    v: int = VERSION
    epoch: str
    stored: list[str] = []  # batch digests
    rejected: list[tuple[str, int, str]] = []  # batch, line from 0, reason
    refused: list[tuple[str, str]] = []  # digest of the payload, reason
    alerts: list[str] = []  # event ids


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """``up/alert``: one step of one episode.

    ``id`` is episode and step, so a resend is the same event.  ``since_ms`` is
    field time within ``boot`` of the episode's begin; ``utc_ms`` the best estimate
    of the same instant or ``None``: alerts never wait for a clock.
    """

    v: int = VERSION
    id: str
    rule: str
    severity: str  # notice | warning | critical
    state: str  # firing | no_data | resumed | resolved | answered
    subject: str  # plot, sensor or the gateway's own part
    vi: str  # whole sentences: what, where, value, since when, what is expected
    en: str
    boot: str
    since_ms: int
    utc_ms: int | None = None
    episode: str = ""  # ``id`` without the step; "" in a note of the gateway itself
    code: str = ""  # three characters, by which people name the episode
    audience: str = "technician"  # or field
    plot: str = ""
    title_vi: str = ""
    title_en: str = ""
    do_vi: str = ""  # what to do
    do_en: str = ""
    kind: str = "alert"  # or daily: one line of a day, over as soon as it is told
    action: str = ""  # scout irrigate drain protect harvest control
    value: float | None = None
    unit: str = ""
    source: str = ""  # what the threshold rests on
    threshold_state: str = ""  # sourced | proposed | approved
    confidence: str = "normal"  # or low
    verdict: str = ""  # dung | sai | chua-xem, with state answered


Message = TypeVar("Message", Hello, HelloAnswer, Ack, Alert)


def encode(message: msgspec.Struct | dict[str, Any]) -> bytes:
    """JSON of a message."""
    return msgspec.json.encode(message)


def decode(payload: bytes, kind: type[Message]) -> Message:
    """Read a message of ``kind``.

    Raises
    ------
    MessageError
        Too long, not JSON, not of this form, or of a newer version.
    """
    if len(payload) > MAX_JSON:
        msg = f"{kind.__name__}: {len(payload)} bytes, more than {MAX_JSON}"
        raise MessageError(msg)
    try:
        message = msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        msg = f"{kind.__name__}: {fault}"
        raise MessageError(msg) from None
    named = {HelloAnswer: "held", Hello: "lost"}.get(kind)
    if named and any(a > b for a, b in getattr(message, named)):
        msg = f"{kind.__name__}: a range ends before it begins"
        raise MessageError(msg)
    if message.v > VERSION:
        msg = f"{kind.__name__}: version {message.v} is newer than {VERSION}"
        raise MessageError(msg)
    return message
