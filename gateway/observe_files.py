"""What a file of counts says: a note of the command, or a table of a spreadsheet."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway import observe_csv
from gateway.config import Config
from gateway.history import Past
from gateway.inbox import Count
from gateway.observe_csv import Refused
from gateway.observe_names import said
from gateway.observe_words import MINUTE_MS, late_or_early, read
from gateway.pests import PESTS
from gateway.reader import Reader
from gateway.segments import covering
from telemetry.clock import Clock
from telemetry.settings import ConfigError

NO_TIME: Final = said(
    "trạm chưa biết giờ; xem đồng hồ rồi gõ canhdong clock GIỜ",
    "the gateway does not know the time; canhdong clock TIME tells it",
)
UNKNOWN_BOOT: Final = said(
    "at: máy đã khởi động lại từ lúc đếm; ghi lại kèm --at",
    "at: the machine was started anew since; say it again with --at",
)


class NotYet(Exception):
    """A file that waits for the time to be known."""


@dataclass(slots=True)
class Taken:
    """What was made of one file."""

    counts: list[Count] = field(default_factory=list)
    bad: bytes = b""
    bad_path: Path | None = None
    told: list[str] = field(default_factory=list)


class Judge:
    """Reads files by what the gateway knows: its plots, and the time."""

    def __init__(self, config: Config, clock: Clock, past: Past) -> None:
        self._config = config
        self._clock = clock
        self._past = past

    def note(self, path: Path, blob: bytes, now_ms: int) -> Taken:
        """Read a note at ``now_ms``, UTC; ``NotYet`` if its own time is not known."""
        aside = path.with_suffix(".bad")
        try:
            given = json.loads(blob)
            boot, ms = str(given["said"]["boot"]), int(given["said"]["ms"])
            boot.encode()  # the buffer knows no boot by half a letter
            cells = {str(k): str(v) for k, v in given["cells"].items()}
        except (
            *(ValueError, LookupError, TypeError, AttributeError),
            *(RecursionError, OverflowError),
        ):
            return Taken(bad=blob, bad_path=aside, told=["is no note of a count"])
        try:
            said_ms = None if cells.get("at") else self._said_ms(boot, ms)
            return Taken([self._judge(cells, now_ms, said_ms)])
        except ConfigError as fault:
            told = json.dumps({**given, "why": fault.faults}, ensure_ascii=False)
            content = told.encode(errors="backslashreplace")
            return Taken(bad=content, bad_path=aside, told=fault.faults)

    def table(self, path: Path, blob: bytes, now_ms: int) -> Taken:
        """Read a table at ``now_ms``, UTC."""
        try:
            table = observe_csv.read(blob, lambda cells: self._judge(cells, now_ms))
        except Refused as fault:
            return Taken(bad=blob, bad_path=_aside(path, blob), told=[str(fault)])
        if not table.bad:
            return Taken(table.good)
        bad = table.as_bad()
        told = [f"dòng · line {line}: {why}" for line, _, why in table.bad]
        return Taken(table.good, bad=bad, bad_path=_aside(path, bad), told=told)

    def _said_ms(self, boot: str, ms: int) -> int:
        """UTC of the instant at which a note was left."""
        now_ms = self._clock.field_ms()
        if boot == self._clock.boot:
            utc_ms = self._past.trusted_utc_ms(now_ms)
            found = None if utc_ms is None else utc_ms - (now_ms - ms)
        else:
            with closing(Reader(self._config.buffer_path)) as reader:
                known = reader.boot_id(boot)
                dated = covering(reader.segments(), known, ms) if known else None
            if not known:
                raise ConfigError([UNKNOWN_BOOT])
            found = None if dated is None else ms + dated.offset_ms
        if found is None:
            raise NotYet(NO_TIME)
        return found

    def _judge(
        self, cells: Mapping[str, str], now_ms: int, said_ms: int | None = None
    ) -> Count:
        one = read(cells, self._config.plots, PESTS)
        at_ms = one.minute_ms if said_ms is None else said_ms
        if at_ms is None:
            raise ConfigError([said("at: thiếu ngày giờ", "at: is missing")])
        minute_ms = at_ms - at_ms % MINUTE_MS
        if why := late_or_early(minute_ms, now_ms):
            raise ConfigError([why])
        head = one.head(self._config.coop, self._config.gateway)
        return Count(head, minute_ms, one.value)


def _aside(path: Path, content: bytes) -> Path:
    """Where bad rows go: beside the table, never over those of an earlier one."""
    plain = path.with_suffix(".bad.csv")
    if not plain.exists() or (plain.is_file() and plain.read_bytes() == content):
        return plain
    return path.with_suffix(f".{hashlib.sha256(content).hexdigest()[:8]}.bad.csv")
