"""``province.toml``: where broker, store and ledger of a province are."""

import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from province import config_mail, config_registry
from province.config_files import file_faults, parent_faults
from province.config_mail import MailTable
from telemetry import settings
from telemetry.dial import host_fault
from telemetry.mqtt import Broker, Protocol, Tls, tls_context
from telemetry.settings import ConfigError, load

VERSION: Final = 1

FieldTime = Literal["real", "simulated"]


class BrokerTable(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """``[broker]``: the MQTT broker."""

    host: str
    port: int = 1883
    protocol: Protocol = "auto"
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    tls: bool = False  # with the system's authorities, where no ca is given


class StoreTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[store]``: where the readings go; which keys belong depends on ``kind``."""

    kind: Literal["influx1", "influx2", "sqlite"]
    url: str | None = None
    database: str | None = None
    username: str | None = None
    password_file: str | None = None
    org: str | None = None
    bucket: str | None = None
    token_file: str | None = None
    path: str | None = None


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    version: int
    ledger: str  # path of the SQLite file
    registry: str | None = None  # path of another one, or a URL of PostgreSQL
    province: str | None = None  # its code of two digits; None: communes of all
    broker: BrokerTable
    store: StoreTable
    field_time: FieldTime = "real"
    mail: MailTable | None = None


_PRINTABLE: Final = re.compile(r"[!-~]+")  # ASCII without blanks

# Keys that a kind of store must have, and those that it may have.
_STORE_KEYS: Final = {
    "influx1": ({"url", "database"}, {"username", "password_file"}),
    "influx2": ({"url", "bucket", "token_file"}, {"org", "database"}),
    "sqlite": ({"path"}, set[str]()),
}


def read(path: Path) -> Config:
    """Read and check a config; relative paths in it are seen from its directory.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    config = load(path, Config)
    home = path.absolute().parent
    faults = [*_version_faults(config), *_broker_faults(config.broker, home)]
    faults += _store_faults(config.store, home)
    faults += config_mail.faults(config.mail, home)
    faults += parent_faults("ledger", config.ledger, home)
    others = {"ledger": config.ledger, "store.path": config.store.path}
    faults += config_registry.faults(config.registry, config.province, others, home)
    if (
        config.store.path is not None
        and (home / config.store.path).resolve() == (home / config.ledger).resolve()
    ):
        faults.append("store.path: is the ledger too; name two files")
    if faults:
        raise ConfigError(f"{path}: {fault}" for fault in faults)
    return _placed(config, home)


def broker_of(config: Config) -> Broker:
    """Return the broker as the MQTT connection wants it, password read."""
    table = config.broker
    tls = None
    if table.tls or table.ca_file or table.certificate_file:
        tls = Tls(
            _path(table.ca_file), _path(table.certificate_file), _path(table.key_file)
        )
        try:
            tls_context(tls)
        except OSError as fault:
            msg = f"broker: the TLS files cannot be used: {fault}"
            raise ConfigError([msg]) from None
    return Broker(
        host=table.host,
        port=table.port,
        protocol=table.protocol,
        username=table.username,
        password=secret(table.password_file),
        tls=tls,
    )


def secret(file: str | None) -> str | None:
    """First line of a secret's file, if one is named."""
    return None if file is None else settings.secret(Path(file))


def token(file: str | None) -> str:
    """Return the token in a file; it travels as it is in an HTTP header."""
    text = secret(file) or ""
    if not _PRINTABLE.fullmatch(text):
        fact = "holds what no token has, blanks or letters beyond ASCII"
        raise ConfigError([f"{file}: {fact}; copy the token alone"])
    return text


# --- what msgspec cannot see ---------------------------------------------------


def _version_faults(config: Config) -> Iterator[str]:
    if config.version > VERSION:
        yield (
            f"version: {config.version} is newer than {VERSION};"
            " update canhdong-province"
        )
    elif config.version < 1:
        yield f"version: {config.version} is unknown; write version = {VERSION}"


def _broker_faults(table: BrokerTable, home: Path) -> Iterator[str]:
    if fault := host_fault(table.host):
        yield f"broker.host: {fault}"
    if not 1 <= table.port <= 65535:
        yield f"broker.port: {table.port} is outside 1..65535"
    if table.password_file is not None and table.username is None:
        yield "broker.password_file: without broker.username; give both"
    if (table.certificate_file is None) != (table.key_file is None):
        yield "broker.certificate_file and broker.key_file: give both or neither"
    for name in ("password_file", "ca_file", "certificate_file", "key_file"):
        yield from file_faults(f"broker.{name}", getattr(table, name), home)


def _store_faults(table: StoreTable, home: Path) -> Iterator[str]:
    needed, allowed = _STORE_KEYS[table.kind]
    given = {
        field.name
        for field in msgspec.structs.fields(table)
        if field.name != "kind" and getattr(table, field.name) is not None
    }
    for key in sorted(needed - given):
        yield f"store.{key}: is missing; kind = {table.kind!r} needs it"
    for key in sorted(given - needed - allowed):
        yield f"store.{key}: does not belong to kind = {table.kind!r}; take it out"
    if table.url is not None:
        yield from _url_faults(table.url)
    if table.password_file is not None and table.username is None:
        yield "store.password_file: without store.username; give both"
    for name in ("password_file", "token_file"):
        yield from file_faults(f"store.{name}", getattr(table, name), home)
    yield from parent_faults("store.path", table.path, home)


def _url_faults(url: str) -> Iterator[str]:
    if not url.startswith(("http://", "https://")):
        yield f"store.url: {url!r} begins with neither http:// nor https://"
        return
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port  # read, and so checked, only here
    except ValueError as fault:
        yield f"store.url: {url!r}: {fault}"
        return
    if not parts.hostname or not _PRINTABLE.fullmatch(url):
        yield f"store.url: {url!r} names no host in printable ASCII without blanks"
    elif "@" in parts.netloc or parts.query or parts.fragment:
        yield "store.url: has a user, '?' or '#'; give scheme, host, port and path"


def _placed(config: Config, home: Path) -> Config:
    """Return ``config`` with absolute paths."""

    def at(file: str | None) -> str | None:
        return None if file is None else str(home / file)

    broker, store = config.broker, config.store
    return msgspec.structs.replace(
        config,
        ledger=str(home / config.ledger),
        registry=config_registry.placed(config.registry, home),
        mail=config_mail.placed(config.mail, home),
        broker=msgspec.structs.replace(
            broker,
            password_file=at(broker.password_file),
            ca_file=at(broker.ca_file),
            certificate_file=at(broker.certificate_file),
            key_file=at(broker.key_file),
        ),
        store=msgspec.structs.replace(
            store,
            password_file=at(store.password_file),
            token_file=at(store.token_file),
            path=at(store.path),
        ),
    )


def _path(file: str | None) -> Path | None:
    return None if file is None else Path(file)
