"""Which alerts go out now, alone or together.  Pure.

An alert goes alone.  Three kinds go together in a digest: what is old, because a
link that was cut for days brings all of it at once; what is more than a person
reads in an hour; and what began as a digest that a crash cut off, which must come
again as the same mail.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from province.registry.records import Role

# Roles of the registry by an alert's audience: what is about a crop goes to those
# who decide on the field, what is about wires to those who can mend it.
ROLES: Final[dict[str, tuple[Role, ...]]] = {
    "field": ("agronomist", "office"),
    "technician": ("technician",),
}

OLD_MS: Final = 48 * 3_600_000  # a design choice: advice on water is then history
MAX_AN_HOUR: Final = 20  # mails to one person; as for SMS, facts: reliability §5.5
DIGEST_EVERY_MS: Final = 600_000  # 10 min, the group interval of the same place

_URGENT: Final = {"critical": 0, "warning": 1}

Key = tuple[str, str, str]  # cooperative, gateway, event id


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One event that one person has not got yet.

    ``since_ms`` is the episode's begin, or the arrival where that is unknown [ms of
    field UTC].  ``is_begun``: sending it was begun and its end is not known, alone
    or in ``digest``.
    """

    key: Key
    email: str
    severity: str
    since_ms: int
    tries: int = 0
    is_begun: bool = False
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What went to one person within the last hour. [ms of people's UTC]"""

    mails: int = 0
    digest_ms: int | None = None  # the newest digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to be sent: a single event, or the events of a digest."""

    email: str
    keys: tuple[Key, ...]
    tries: int = 0
    digest: str = ""  # the digest's name; "" for a single event

    @property
    def name(self) -> str:
        """Name of the mail, the same whenever it is sent again."""
        what = self.digest or "\0".join(self.keys[0])
        return hashlib.sha256(f"{what}\0{self.email}".encode()).hexdigest()[:32]


def choose(
    owed: Iterable[Owed],
    past: Mapping[str, Past],
    *,
    field_ms: int,
    people_ms: int,
) -> list[Mail]:
    """Return the mails to send now, the most urgent of each person first.

    What has failed before goes last: a letter that the server dislikes holds up
    no other.
    ``field_ms`` and ``people_ms`` are now, in field time and in people's. [ms UTC]
    """
    of: dict[str, list[Owed]] = defaultdict(list)
    for one in owed:
        of[one.email].append(one)
    mails: list[Mail] = []
    for email, some in of.items():
        mails += _for_one(email, some, past.get(email, Past()), field_ms, people_ms)
    return sorted(mails, key=lambda mail: mail.tries)


def _for_one(
    email: str, owed: Sequence[Owed], past: Past, field_ms: int, people_ms: int
) -> list[Mail]:
    ordered = sorted(owed, key=_urgency)
    mails = _begun(email, ordered)
    new = [one for one in ordered if not one.is_begun]
    fresh = [one for one in new if field_ms - one.since_ms <= OLD_MS]
    old = [one for one in new if field_ms - one.since_ms > OLD_MS]
    room = max(0, MAX_AN_HOUR - past.mails - len(mails))
    mails += [_alone(one) for one in fresh[:room]]
    together = [*fresh[room:], *old]
    last = past.digest_ms
    if together and (last is None or people_ms - last >= DIGEST_EVERY_MS):
        mails.append(_together(email, together))
    return mails


def _begun(email: str, owed: Sequence[Owed]) -> list[Mail]:
    """Return the mails whose fate is not known, each as it was."""
    parts: dict[str, list[Owed]] = defaultdict(list)
    for one in owed:
        if one.is_begun and one.digest:
            parts[one.digest].append(one)
    alone = [_alone(one) for one in owed if one.is_begun and not one.digest]
    return alone + [_together(email, some, name) for name, some in parts.items()]


def _alone(one: Owed) -> Mail:
    return Mail(email=one.email, keys=(one.key,), tries=one.tries)


def _together(email: str, owed: Sequence[Owed], digest: str = "") -> Mail:
    keys = tuple(one.key for one in owed)
    whole = "\n".join("\0".join(key) for key in sorted(keys))
    return Mail(
        email=email,
        keys=keys,
        tries=max(one.tries for one in owed),
        digest=digest or hashlib.sha256(whole.encode()).hexdigest()[:16],
    )


def _urgency(one: Owed) -> tuple[int, int, Key]:
    return _URGENT.get(one.severity, len(_URGENT)), one.since_ms, one.key
