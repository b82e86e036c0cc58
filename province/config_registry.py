"""``registry`` and ``province`` of ``province.toml``: what is known of the fields.

Nothing here opens the registry or reads the table of communes.
"""

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from province.config_files import parent_faults

PROVINCE: Final = re.compile(r"[0-9]{2}")  # Decision 19/2025/QĐ-TTg
SCHEME: Final = "postgresql+psycopg://"


def faults(
    registry: str | None,
    province: str | None,
    others: Mapping[str, str | None],
    home: Path,
) -> Iterator[str]:
    """What msgspec cannot see; ``others`` are the config's other databases."""
    if province is not None and not PROVINCE.fullmatch(province):
        yield f'province: {province!r} is no code of two digits, such as "51"'
    if registry is None:
        return
    if is_url(registry):
        yield from _url_faults(registry)
        return
    yield from parent_faults("registry", registry, home)
    place = (home / registry).resolve()
    for name, file in others.items():
        if file is not None and (home / file).resolve() == place:
            yield f"registry: is {name} too; name two files"


def is_url(registry: str) -> bool:
    """Whether it is a URL, and no file."""
    return "://" in registry


def placed(registry: str | None, home: Path) -> str | None:
    """Return the registry's place with its path seen from ``home``."""
    if registry is None or is_url(registry):
        return registry
    return str(home / registry)


def _url_faults(registry: str) -> Iterator[str]:
    if not registry.startswith(SCHEME):
        scheme = registry.partition("://")[0]
        fact = f"registry: {scheme!r} is no database that is known here"
        yield f"{fact}; name a file, or {SCHEME}USER@HOST/DATABASE"
        return
    try:
        parts = urllib.parse.urlsplit(registry)
        has_password = parts.password is not None
        _ = parts.port  # read, and so checked, only here
    except ValueError as fault:
        yield f"registry: is no URL: {fault}"
        return
    if has_password or "password=" in parts.query:
        fact = "registry: holds a password, and a config is read by many"
        yield f"{fact}; put it into a .pgpass file and write ?passfile=FILE"
    if not parts.path.strip("/"):
        yield f"registry: names no database; write {SCHEME}USER@HOST/DATABASE"
