"""Answers of people to alerts: notes that become part of the episode."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from gateway import notes
from gateway.config import Config
from gateway.notes import remove
from rules.episode import CODE_LENGTH, CODE_LETTERS
from telemetry.verdict import verdict_of

__all__ = ["Answer", "collect", "leave", "remove"]

FOLDER: Final = "answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of the newest episode with this code."""

    code: str
    verdict: str


def leave(config: Config, answer: Answer) -> Path:
    """Write the file that the daemon takes in; its name keeps answers in order."""
    return notes.leave(config.data_dir / FOLDER, answer.code, asdict(answer))


def collect(config: Config) -> list[tuple[Path, Answer]]:
    """Every answer that waits; files that are none are put aside by name."""
    return notes.collect(config.data_dir / FOLDER, _read)


def _read(content: Any) -> Answer:
    match content:
        case {"code": str(code), "verdict": str(verdict)} if _is_code(code):
            return Answer(code, verdict_of(verdict))
    msg = "no code and verdict"
    raise ValueError(msg)


def _is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_LETTERS)
