"""Where the past of a back-test is read from: a CSV, the buffer, the database."""

import argparse
from datetime import date, datetime, time
from urllib.parse import urlsplit

from gateway import past_buffer, past_store
from gateway.config import Config
from gateway.past_found import Found, as_wired
from gateway.past_store import Store
from rules import series_csv
from rules.scope import DAY_MS
from rules.text import HERE
from telemetry import settings
from telemetry.series import NAME
from telemetry.settings import ConfigError


def found(args: argparse.Namespace, config: Config | None, plot: str) -> Found:
    """Read the past; what a CSV holds is of ``plot``.

    Raises
    ------
    ConfigError
        It is not said where, or there is nothing of use.
    """
    given = [args.data is not None, args.buffer, args.store is not None]
    if sum(given) != 1:
        raise ConfigError(
            ["say where the past is: --data CSV, --buffer or --store URL"]
        )
    if args.data is not None:
        season = series_csv.read(args.data, plot, args.zone)
        return Found(season.samples, notes=season.notes)
    if args.buffer:
        if config is None:
            raise ConfigError(["--buffer needs -c FILE: whose buffer it is"])
        return past_buffer.read(config)
    if args.since is None or args.until is None or args.database is None:
        raise ConfigError(["--store needs --database, --from and --to"])
    stored = past_store.read(
        _store(args, config),
        begin_ms(args.since),
        begin_ms(args.until) + DAY_MS - 1,
    )
    return stored if config is None else as_wired(stored, config)


def _store(args: argparse.Namespace, config: Config | None) -> Store:
    names = {
        "coop": args.coop or (config.coop if config else None),
        "gateway": args.gateway or (config.gateway if config else None),
    }
    faults = [
        f"--{key} {name!r}: expected a name of a-z, 0-9, _ and -"
        for key, name in names.items()
        if name is None or not NAME.fullmatch(name)
    ]
    if not _is_url(args.store):
        faults.append(f"--store {args.store!r}: expected http://HOST:PORT")
    if faults:
        raise ConfigError(faults)
    token = None if args.token_file is None else settings.secret(args.token_file)
    return Store(
        url=args.store,
        database=args.database,
        coop=str(names["coop"]),
        gateway=str(names["gateway"]),
        token=token,
    )


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        has_host = url.hostname is not None and url.port != 0
    except ValueError:  # a port that is no number, a bracket that is left open
        return False
    return url.scheme in ("http", "https") and has_host and text.isprintable()


def begin_ms(day: date) -> int:
    """UTC [ms since 1970] at which a day begins in Viet Nam."""
    return round(datetime.combine(day, time(), tzinfo=HERE).timestamp() * 1000)
