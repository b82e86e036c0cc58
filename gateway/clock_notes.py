"""The time as a person gave it: a note that the daemon takes as a hint."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway import notes
from gateway.config import Config
from gateway.hints import is_possible
from gateway.segments import Word
from rules.text import HERE
from telemetry.clock import Clock
from telemetry.settings import ConfigError

FOLDER: Final = "clock"
PERSON_ERR_MS: Final = 2 * 60_000
"""A watch shows whole minutes, is a minute wrong, and typing takes its time."""


@dataclass(frozen=True, slots=True)
class Given:
    """UTC as a person said, at an instant of field time."""

    boot: str
    ms: int  # field time [ms]
    utc_ms: int

    @property
    def word(self) -> Word:
        """As a source of time says it."""
        return Word(self.ms, self.utc_ms - self.ms, PERSON_ERR_MS)


def read(text: str) -> int:
    """UTC of what a person typed, in Vietnamese time unless it has a zone. [ms]

    >>> read("2026-11-22 10:05")
    1795316700000
    >>> read("2026-11-22 03:05Z")
    1795316700000

    Raises
    ------
    ConfigError
        It is no instant, or none at which a gateway can live.
    """
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f'{text!r}: is no date and time; write it like "2026-11-22 10:05"'
        raise ConfigError([msg]) from None
    if said.tzinfo is None:
        said = said.replace(tzinfo=HERE)
    utc_ms = round(said.timestamp() * 1000)
    if not is_possible(utc_ms):
        msg = f"{text!r}: no gateway runs then; is the year right?"
        raise ConfigError([msg])
    return utc_ms


def leave(config: Config, clock: Clock, utc_ms: int) -> Path:
    """Write the note, with the instant at which it was given."""
    given = Given(clock.boot, clock.field_ms(), utc_ms)
    return notes.leave(config.data_dir / FOLDER, "person", asdict(given))


def collect(config: Config, boot: str) -> list[tuple[Path, Given]]:
    """Every note of this boot; others, and what is none, are put aside by name."""

    def read_note(content: Any) -> Given:
        match content:
            case {"boot": str(of_boot), "ms": int(ms), "utc_ms": int(utc_ms)}:
                if of_boot != boot or not is_possible(utc_ms):
                    msg = "the machine was started anew since: give the time again"
                    raise ValueError(msg)
                return Given(of_boot, ms, utc_ms)
        msg = "no boot, ms and utc_ms"
        raise ValueError(msg)

    return notes.collect(config.data_dir / FOLDER, read_note)
