"""Answers of people to alerts: written beside the buffer, taken in by the daemon.

Only the daemon's recorder writes to the buffer, so a command leaves a small file
and the daemon, now or at its next start, makes it part of the episode and tells
the province.
"""

import contextlib
import json
import logging
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from gateway.config import Config
from rules.episode import CODE_LENGTH, CODE_LETTERS
from telemetry.verdict import verdict_of

log = logging.getLogger(__name__)

FOLDER: Final = "answers"
MOST_BYTES: Final = 1_000  # an answer has some 40


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of the newest episode with this code."""

    code: str
    verdict: str


def leave(config: Config, answer: Answer) -> Path:
    """Write the file that the daemon takes in; its name keeps answers in order."""
    folder = config.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.time_ns():020}-{answer.code}-{secrets.token_hex(4)}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(answer)), encoding="utf-8")
    part.replace(path)
    return path


def collect(config: Config) -> list[tuple[Path, Answer]]:
    """Every answer that waits; files that are none are put aside by name."""
    found = []
    for path in sorted((config.data_dir / FOLDER).glob("*.json")):
        try:
            answer = _read(path)
        except (OSError, ValueError, RecursionError) as fault:
            log.error("%s: is no answer and was put aside: %s", path, fault)
            with contextlib.suppress(OSError):
                path.replace(path.with_suffix(".bad"))
            continue
        found.append((path, answer))
    return found


def _read(path: Path) -> Answer:
    if not path.is_file():  # a pipe would hold the daemon up
        msg = "not a file"
        raise ValueError(msg)
    with path.open("rb") as file:
        match json.loads(file.read(MOST_BYTES)):
            case {"code": str(code), "verdict": str(verdict)} if _is_code(code):
                return Answer(code, verdict_of(verdict))
    msg = "no code and verdict"
    raise ValueError(msg)


def _is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_LETTERS)


def remove(path: Path) -> None:
    """Forget an answer that is stored."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
