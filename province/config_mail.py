"""``[mail]`` of ``province.toml``: which server takes the mail, and who it is from."""

import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from province.config_files import file_faults
from telemetry import settings
from telemetry.settings import ConfigError

Security = Literal["starttls", "tls"]

PORTS: Final = {"starttls": 587, "tls": 465}  # RFC 6409 §3.1, RFC 8314 §3.3
ADDRESS: Final = re.compile(
    # RFC 5322 dot-atom, RFC 5321 lengths; no quoted local part: no provider has one;
    # no =?, which would begin an encoded word (RFC 2047 §5: never in an address)
    r"(?=.{3,254}\Z)(?!.*=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
)
_FILES: Final = ("password_file", "ca_file")
_PLAIN: Final = re.compile(r"[ -~]+")
# RFC 1035 §2.3.1: labels of 1 to 63 characters; or an address with colons
_HOST: Final = re.compile(
    r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
)


class MailTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[mail]``: the SMTP server.  Without TLS no mail leaves."""

    host: str
    sender: str  # an address, such as canhdong@example.com
    port: int | None = None
    security: Security = "starttls"
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    silent_after_s: float = 3600.0  # a design choice: a reboot stays quiet


def faults(table: MailTable | None, home: Path) -> Iterator[str]:
    """What msgspec cannot see."""
    if table is None:
        return
    if not _HOST.fullmatch(table.host):
        yield f"mail.host: {table.host!r} is no name of a machine"
    if not ADDRESS.fullmatch(table.sender):
        fact = f"mail.sender: {table.sender!r} is no mail address"
        yield f"{fact}; write one such as canhdong@example.com"
    if table.username is not None and not _PLAIN.fullmatch(table.username):
        yield f"mail.username: {table.username!r} is empty or beyond ASCII"
    if table.port is not None and not 1 <= table.port <= 65535:
        yield f"mail.port: {table.port} is outside 1..65535"
    if (table.username is None) != (table.password_file is None):
        yield "mail.username and mail.password_file: give both or neither"
    if not 60 <= table.silent_after_s <= 30 * 86_400:
        fact = f"mail.silent_after_s: {table.silent_after_s:g} is outside 60..2592000"
        yield f"{fact}; a gateway speaks once a minute"
    for name in _FILES:
        yield from file_faults(f"mail.{name}", getattr(table, name), home)


def placed(table: MailTable | None, home: Path) -> MailTable | None:
    """Return ``table`` with absolute paths."""
    if table is None:
        return None
    given = {name: getattr(table, name) for name in _FILES}
    files = {name: str(home / file) for name, file in given.items() if file is not None}
    return msgspec.structs.replace(table, **files)


def port_of(table: MailTable) -> int:
    """The port that is given, or the usual one."""
    return PORTS[table.security] if table.port is None else table.port


def password_of(table: MailTable) -> str | None:
    """Return the password, if one is named.

    Raises
    ------
    ConfigError
        It cannot be read, or holds what ``smtplib`` cannot send.
    """
    if table.password_file is None:
        return None
    password = settings.secret(Path(table.password_file))
    if not _PLAIN.fullmatch(password):
        fact = f"mail.password_file: {table.password_file}: holds letters beyond ASCII"
        raise ConfigError([f"{fact}; give the mail account another password"])
    return password


def context_of(table: MailTable) -> ssl.SSLContext:
    """Whom to trust: ``ca_file`` or the system's authorities.

    Raises
    ------
    ConfigError
        The file holds no certificate.
    """
    ca = None if table.ca_file is None else Path(table.ca_file)
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as fault:
        fact = f"mail.ca_file: {ca}: cannot be used: {fault}"
        raise ConfigError([f"{fact}; name a certificate in PEM form"]) from None
