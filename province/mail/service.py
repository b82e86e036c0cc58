"""The mail service: one thread, one round every few seconds.

What is owed stands in the ledger before anything is sent, and what became of it
after: a crash between the two sends the same mail, by its Message-ID, once more.
"""

import logging
import smtplib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from province.alerting import put_events
from province.config_mail import ADDRESS
from province.intake import Event
from province.ledger import Ledger, LedgerFault
from province.mail import outbox
from province.mail.choosing import ROLES, Key, Mail, choose
from province.mail.letter import DIGEST_LINES, digest, message, single
from province.mail.patience import Patience
from province.mail.places import named
from province.mail.post import Outcome, Post, PostDown
from province.mail.silence import judge
from province.registry.store import Registry
from rules.text import HERE
from telemetry import topics
from telemetry.clock import machine_s
from telemetry.messages import encode

LOOK_S: Final = 5.0  # between two rounds: what a person waits for, at most, and IO
OWED_AT_ONCE: Final = 1_000  # events of one commit, some 20 ms
WATCH_S: Final = 60.0  # between two looks for silence, as a gateway's state

log = logging.getLogger(__name__)


class Mailing:
    """Mail from one ledger to the people of one registry.

    ``silent_after_s`` is ``None`` where silence is not judged: in simulated field
    time, of which this process has no clock.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        registry: Registry,
        post: Post,
        sender: str,
        silent_after_s: float | None,
    ) -> None:
        self._ledger = ledger
        self._registry = registry
        self._post = post
        self._sender = sender
        self._silent_after_s = silent_after_s
        self._server = Patience()
        self._people: dict[str, Patience] = {}
        self._told: set[str] = set()
        self._watch_at_s = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``; the letter in hand is finished.

        Raises
        ------
        LedgerFault
            The ledger cannot be read or written: what was sent could not be kept.
        """
        while not stop.is_set():
            self.round(stop.is_set)
            stop.wait(LOOK_S)

    def round(self, is_stopping: Callable[[], bool] = lambda: False) -> bool:
        """Do what is due; whether everyone who was in reach was reached."""
        try:
            self._watch()
            self._owe()
            mails = self._due()
            if mails and self._server.is_over:
                self._deliver(mails, is_stopping)
        except LedgerFault:
            raise
        except PostDown as fault:
            self._tell_once("server", "%s; letters are kept, trying again", fault)
            self._server.fail()
        except OSError as fault:  # the registry's weather
            self._tell_once("registry", "%s; letters are kept, trying again", fault)
            return False
        else:
            self._told.discard("registry")
        return not self._server.failures

    def left(self) -> int:
        """How many letters wait."""
        with self._ledger.reading() as db:
            return outbox.left(db)

    # --- what is owed ----------------------------------------------------------

    def _watch(self) -> None:
        """Raise and end the alerts about silent gateways."""
        if self._silent_after_s is None or machine_s() < self._watch_at_s:
            return
        self._watch_at_s = machine_s() + WATCH_S
        listened = self._ledger.listened()
        now_ms = _people_ms()
        with self._ledger.transaction() as db:
            found = judge(
                outbox.signs(db),
                outbox.silences(db),
                listened,
                now_ms=now_ms,
                after_s=self._silent_after_s,
            )
            put_events(db, [Event(who, a.id, encode(a)) for who, a in found], now_ms)
        for identity, alert in found:
            log.warning("%s: %s", identity, alert.title_en)

    def _owe(self) -> None:
        """Look up, once, to whom each new event goes."""
        with self._ledger.reading() as db:
            new = outbox.unseen(db)
        people: dict[tuple[str, str], list[str]] = {}
        owed: dict[Key, list[str]] = {}
        for key, audience in new:
            about = (key[0], audience)
            if about not in people:
                people[about] = self._emails(*about)
            if people[about]:
                owed[key] = people[about]
        for some in _parts(owed):
            with self._ledger.transaction() as db:
                outbox.owe(db, dict(some), _people_ms())

    def _emails(self, coop: str, audience: str) -> list[str]:
        roles = ROLES[audience]
        found = [
            one.email for role in roles for one in self._registry.recipients(coop, role)
        ]
        if found:
            self._told.discard(f"nobody {coop} {audience}")
        else:
            self._tell_once(
                f"nobody {coop} {audience}",
                "%s: nobody of the registry is %s for it; its %s alerts are kept:"
                " add one to recipients.csv and import",
                *(coop, " or ".join(roles), audience),
            )
        return found

    def _due(self) -> list[Mail]:
        people_ms = _people_ms()
        with self._ledger.reading() as db:
            field_ms = people_ms
            if self._silent_after_s is None:
                field_ms = outbox.newest_ms(db)
            past = outbox.past(db, people_ms)
            owed = outbox.owed(db)
        mails = choose(owed, past, field_ms=field_ms, people_ms=people_ms)
        return [mail for mail in mails if self._patience(mail.email).is_over]

    # --- sending ---------------------------------------------------------------

    def _deliver(self, mails: Sequence[Mail], is_stopping: Callable[[], bool]) -> None:
        with self._post.open() as server:
            for mail in mails:
                if is_stopping():
                    return
                if self._patience(mail.email).is_over:  # not refused a moment ago
                    self._send(server, mail)
        if self._server.failures:
            log.info("mail server %s: back", self._post.where)
        self._server = Patience()
        self._told.discard("server")

    def _send(self, server: smtplib.SMTP, mail: Mail) -> None:
        letter = self._letter(mail)
        with self._ledger.transaction() as db:
            outbox.begin(db, mail, _people_ms())
        if isinstance(letter, Outcome):
            outcome = letter
        else:
            outcome = self._post.send(server, letter, mail.email)
        with self._ledger.transaction() as db:
            outbox.finish(db, mail, outcome, _people_ms())
        self._heed(mail.email, outcome, len(mail.keys))

    def _letter(self, mail: Mail) -> EmailMessage | Outcome:
        """Return the letter, or why there can be none."""
        if not ADDRESS.fullmatch(mail.email):
            return Outcome("refused", "is no mail address; correct recipients.csv")
        if not self._registry.has_recipient(mail.email, {key[0] for key in mail.keys}):
            return Outcome("refused", "is taken out of the registry")
        with self._ledger.reading() as db:
            some = outbox.events(db, mail.keys[:DIGEST_LINES])
            metas = [outbox.document(db, n.identity, topics.UP_META) for n in some]
        if not some:
            return Outcome("refused", "the alert cannot be read by this version")
        notices = [
            named(notice, self._registry, meta)
            for notice, meta in zip(some, metas, strict=True)
        ]
        return message(
            digest(notices, len(mail.keys)) if mail.digest else single(notices[0]),
            sender=self._sender,
            email=mail.email,
            name=mail.name,
            now=datetime.now(HERE),
        )

    def _heed(self, email: str, outcome: Outcome, events: int) -> None:
        """Remember and tell what the server said of one person."""
        key = f"person {email}"
        match outcome.state:
            case "sent":
                self._people.pop(email, None)
                self._told.discard(key)
                log.info("mail to %s: sent, %d alerts", email, events)
            case "waiting":
                self._patience(email).fail()
                text = "mail to %s: %s; kept, trying again"
                self._tell_once(key, text, email, outcome.why)
            case "refused":
                text = "mail to %s: refused: %s; is the address right?"
                self._tell_once(key, text, email, outcome.why)

    def _patience(self, email: str) -> Patience:
        return self._people.setdefault(email, Patience())

    def _tell_once(self, key: str, text: str, *about: object) -> None:
        if key not in self._told:
            log.warning(text, *about)
        self._told.add(key)


def _parts(owed: dict[Key, list[str]]) -> Iterator[list[tuple[Key, list[str]]]]:
    """Cut so that ingest does not wait long for the ledger."""
    whole = list(owed.items())
    for at in range(0, len(whole), OWED_AT_ONCE):
        yield whole[at : at + OWED_AT_ONCE]


def _people_ms() -> int:
    """Return UTC of this machine: mail is for people, whatever the field's time."""
    return time.time_ns() // 1_000_000
