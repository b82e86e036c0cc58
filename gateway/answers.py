"""Answers of people to alerts: written beside the buffer, taken in by the daemon.

Only the daemon's recorder writes to the buffer, so a command leaves a small file
and the daemon, now or at its next start, makes it part of the episode and tells
the province.
"""

import contextlib
import json
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.config import Config
from telemetry.verdict import verdict_of

log = logging.getLogger(__name__)

FOLDER: Final = "answers"
MOST_BYTES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of the newest episode with this code."""

    code: str
    verdict: str


def leave(config: Config, answer: Answer) -> Path:
    """Write the file that the daemon takes in."""
    folder = config.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{answer.code}-{secrets.token_hex(4)}.json"
    part = path.with_suffix(".part")
    part.write_text(
        json.dumps({"code": answer.code, "verdict": answer.verdict}), encoding="utf-8"
    )
    part.replace(path)
    return path


def collect(config: Config) -> list[tuple[Path, Answer]]:
    """Every answer that waits; files that are none are put aside by name."""
    found = []
    for path in sorted((config.data_dir / FOLDER).glob("*.json")):
        try:
            text = path.read_bytes()[:MOST_BYTES].decode()
            given = json.loads(text)
            answer = Answer(str(given["code"]).upper(), verdict_of(given["verdict"]))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as fault:
            log.error("%s: is no answer and was put aside: %s", path, fault)
            with contextlib.suppress(OSError):
                path.replace(path.with_suffix(".bad"))
            continue
        found.append((path, answer))
    return found


def remove(path: Path) -> None:
    """Forget an answer that is stored."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
