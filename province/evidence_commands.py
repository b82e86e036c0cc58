"""What a person asks for as evidence: a lot's past, and whether all of it is here.

Each returns the program's exit code and prints its answer.
"""

import difflib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from province.commands import opened
from province.completeness import form as account_form
from province.completeness import gather as accounts
from province.completeness import report as account_report
from province.config import Config
from province.config_registry import is_url
from province.importing import registry_of
from province.ledger import Ledger
from province.lot import form as lot_form
from province.lot import gather as lots
from province.lot import report as lot_report
from province.registry import records
from province.registry.store import Registry
from province.stores import open_store
from telemetry.settings import ConfigError, unknown
from telemetry.topics import Identity

KNOWN: Final = 5  # names in a hint: one line of a terminal


def lot(config: Config, name: str, *, as_json: bool) -> int:
    """Print what the plots of a lot went through."""
    about = _lot(config, name)
    if about is None:
        print("sổ đăng ký còn trống · the registry is empty")
        print("  canhdong-province import DIR -c FILE")
        return 0
    with (
        closing(opened(config)) as ledger,
        closing(open_store(config.store)) as store,
    ):
        found = lots.gather(
            about,
            ledger=ledger,
            store=store,
            at_ms=_now_ms(config, ledger),
            is_simulated=config.field_time == "simulated",
        )
    if as_json:
        _print(lot_form.form(found))
    else:
        print(lot_report.text(found), end="")
    return 0


def ledger(
    config: Config,
    *,
    coop: str | None,
    gateway: str | None,
    start_ns: int | None,
    end_ns: int | None,
    as_json: bool,
    has_all: bool,
) -> int:
    """Print what is here of each gateway, and what is not."""
    with ExitStack() as stack:
        book = stack.enter_context(closing(opened(config)))
        store = stack.enter_context(closing(open_store(config.store)))
        registry = None
        if config.registry is not None and _is_made(config.registry):
            registry = stack.enter_context(closing(Registry(config.registry)))
        at_ms = _now_ms(config, book)
        found = [
            accounts.gather(
                identity,
                ledger=book,
                store=store,
                registry=registry,
                at_ms=at_ms,
                start_ns=start_ns,
                end_ns=end_ns,
            )
            for identity in _wanted(accounts.identities(book), coop, gateway)
        ]
    if as_json:
        is_simulated = config.field_time == "simulated"
        _print(account_form.form(found, at_ms, is_simulated=is_simulated))
    elif found:
        texts = [account_report.text(one, has_all=has_all) for one in found]
        print("\n".join(texts), end="")
    else:
        print("chưa có trạm nào · no gateway has spoken yet")
    return 0


def _lot(config: Config, name: str) -> records.Lot | None:
    """Return the lot, ``None`` if the registry is empty.

    Raises
    ------
    ConfigError
        There are others, but not this one; it says which is near.
    """
    place = registry_of(config)
    if not _is_made(place):
        return None
    with closing(Registry(place)) as registry:
        about = registry.lot(name)
        if about is None and not registry.is_empty:
            fact = f"{name!r} is no lot of the registry"
            raise ConfigError([f"{fact}; {_hint(name, registry.lots())}"])
    return about


def _wanted(
    known: list[Identity], coop: str | None, gateway: str | None
) -> Iterator[Identity]:
    found = [
        one
        for one in known
        if coop in (None, one.coop) and gateway in (None, one.gateway)
    ]
    if known and not found:
        wanted = f"{coop or '*'}/{gateway or '*'}"
        fact = f"{wanted}: no gateway of that name has spoken"
        raise ConfigError([f"{fact}; {_hint(wanted, list(map(str, known)))}"])
    yield from found


def _hint(name: str, known: Sequence[str]) -> str:
    """Name the nearest one, else some: a province has thousands of lots."""
    if len(known) > KNOWN and not difflib.get_close_matches(name, known, n=1):
        return f"known: {', '.join(known[:KNOWN])}, …"
    return unknown(name, known)


def _is_made(place: str) -> bool:
    """Whether reading it makes no file."""
    return is_url(place) or Path(place).exists()


def _now_ms(config: Config, book: Ledger) -> int:
    """Return field time now; a simulated field may have stopped long ago. [UTC]"""
    latest_ms = accounts.latest_ms(book) if config.field_time == "simulated" else None
    return time.time_ns() // 1_000_000 if latest_ms is None else latest_ms


def _print(body: dict[str, Any]) -> None:
    print(json.dumps(body, ensure_ascii=False, indent=1))
