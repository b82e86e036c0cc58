"""Finding the few bad points of a body by halving it.

Databases name at most the first bad point, and not by its line.  Writing is
idempotent, so the halves are written again until every bad line stands alone.
"""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from province.stores.base import Rejected, StoreDown

WHY_LIMIT: Final = 160  # characters of a reason, so that an ack of 1,000 stays small


class BadPoints(ValueError):
    """The database refuses at least one point; ``dropped`` of them if it says."""

    def __init__(self, why: str, dropped: int | None = None) -> None:
        super().__init__(why)
        self.dropped = dropped


# Answers that are about points.  Another 400 (a missing parameter, a proxy's) is
# the set-up's fault, and rejecting readings for it would empty the gateways.
_ABOUT_POINTS: Final = re.compile(
    r"partial write|unable to parse|field type conflict|beyond retention"
    r"|outside retention|line protocol|parsing failed|failure writing points"
)
_DROPPED: Final = re.compile(r"dropped=(\d+)")


def judge(status: int, text: str, *, where: str, retry_after_s: float | None) -> None:
    """Return when the answer to a write says *stored*, else raise what it says.

    Raises
    ------
    BadPoints
        A point is refused, or the body is too large to be taken at once.
    StoreDown
        Anything else: it is not the points' fault.
    """
    if status == HTTPStatus.NO_CONTENT:
        return
    why = _message(text)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        msg = f"{where} finds the write too large"
        raise BadPoints(msg)
    # InfluxDB 2.0 answered type conflicts with 500: the text decides, not the code.
    is_candidate = status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ) or (status == HTTPStatus.INTERNAL_SERVER_ERROR and "partial write" in why)
    if is_candidate and _ABOUT_POINTS.search(why):
        dropped = _DROPPED.search(why)
        raise BadPoints(why[:WHY_LIMIT], int(dropped[1]) if dropped else None)
    raise StoreDown(_sentence(status, why, where), retry_after_s)


def isolate(body: bytes, send: Callable[[bytes], None]) -> list[Rejected]:
    """Write ``body`` by ``send`` and return the lines that it will not take.

    ``send`` returns when all is stored and raises ``BadPoints`` when not.
    """
    try:
        send(body)
    except BadPoints as fault:
        return _halve(body, send, fault)
    return []


def _halve(
    body: bytes, send: Callable[[bytes], None], fault: BadPoints
) -> list[Rejected]:
    rejected: list[Rejected] = []
    parts = [(0, body.splitlines(keepends=True), fault)]
    while parts:
        first, lines, fault = parts.pop()
        if len(lines) == 1 or fault.dropped == len(lines):
            why = str(fault)
            rejected += [Rejected(first + at, why) for at in range(len(lines))]
            continue
        half = len(lines) // 2
        for start, some in ((first, lines[:half]), (first + half, lines[half:])):
            try:
                send(b"".join(some))
            except BadPoints as again:
                parts.append((start, some, again))
    return sorted(rejected, key=lambda one: one.line)


def _message(text: str) -> str:
    """Take the database's sentence out of its JSON, where it is JSON."""
    try:
        answer = json.loads(text)
    except ValueError:
        return text.strip()
    if not isinstance(answer, dict):
        return text.strip()
    # 1.x and 3 say "error", 2.x says "message"; 3 lists the lines under "data".
    said = [str(answer[key]) for key in ("error", "message") if key in answer]
    return ": ".join(said) or text.strip()


def _sentence(status: int, why: str, where: str) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return f"{where} does not know the user or token: {why[:WHY_LIMIT]}"
        case HTTPStatus.FORBIDDEN:
            return f"{where} does not let this user or token write: {why[:WHY_LIMIT]}"
        case HTTPStatus.NOT_FOUND:
            return f"{where}: {why[:WHY_LIMIT]}; make the database first"
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.SERVICE_UNAVAILABLE:
            return f"{where} is overloaded (HTTP {status})"
    return f"{where} answers HTTP {status}: {why[:WHY_LIMIT]}"
