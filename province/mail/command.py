"""``canhdong-province mail``: the service, or one round of it."""

import contextlib
import logging
import signal
import threading
from pathlib import Path

from province.config import Config
from province.config_mail import MailTable, password_of
from province.files import alone
from province.ledger import Ledger
from province.mail.post import Post
from province.mail.service import Mailing
from province.registry.store import Registry
from telemetry.settings import ConfigError

log = logging.getLogger(__name__)


def run(config: Config, *, is_once: bool) -> int:
    """Send mail until a signal, or once; 1 if that one round did not reach all."""
    table, place = _needed(config)
    post = Post(table, password_of(table))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.ExitStack() as stack:
        registry = stack.enter_context(contextlib.closing(Registry(place)))
        ledger = stack.enter_context(contextlib.closing(Ledger(Path(config.ledger))))
        stack.enter_context(alone(ledger.path, "mail"))
        ledger.claim(config.field_time)
        mailing = Mailing(
            ledger=ledger,
            registry=registry,
            post=post,
            sender=table.sender,
            # Without a clock of simulated time nobody can say how long it is silent.
            silent_after_s=(
                table.silent_after_s if config.field_time == "real" else None
            ),
        )
        if is_once:
            is_reached = mailing.round(stop.is_set)
            print(f"{mailing.left()} letters wait")
            return 0 if is_reached else 1
        log.info("mail by %s, from %s", post.where, table.sender)
        mailing.run(stop)
    return 0


def _needed(config: Config) -> tuple[MailTable, str]:
    """Return the mail table and the registry's place, or tell all that is missing."""
    faults = []
    if config.mail is None:
        faults.append("mail: the table is missing; name host and sender in [mail]")
    if config.registry is None:
        fact = "registry: is missing; mail takes names and recipients from it"
        faults.append(f"{fact}; name one and run canhdong-province import")
    if faults or config.mail is None or config.registry is None:
        raise ConfigError(faults)
    return config.mail, config.registry
