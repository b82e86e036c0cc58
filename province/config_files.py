"""Files that ``province.toml`` names."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CREDENTIALS: Final = Path("/run/credentials")  # systemd.exec(5): below it UNIT/NAME


def file_faults(place: str, file: str | None, home: Path) -> Iterator[str]:
    """A file that must be there, where it is named."""
    if file is None or is_of_another_unit(home / file):
        return
    if not (home / file).is_file():
        yield f"{place}: {home / file} is no file"


def is_of_another_unit(file: Path) -> bool:
    """Whether systemd gives this credential to another unit and hides it from us.

    One file configures ingest and mail, and each is given its own secrets only.
    """
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    if not file.is_relative_to(CREDENTIALS):
        return False
    return given is None or not file.is_relative_to(given)


def parent_faults(place: str, file: str | None, home: Path) -> Iterator[str]:
    """A file that is made where it is not, in a directory that is."""
    if file is None:
        return
    if not file:
        yield f"{place}: is empty; name a file"
    elif not (home / file).parent.is_dir():
        yield f"{place}: directory {(home / file).parent} is not there; make it"
