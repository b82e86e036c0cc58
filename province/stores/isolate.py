"""Finding the few bad points of a body by writing parts of it again.

Databases name at most the first bad point, and not by its line.  Writing is
idempotent, so a refused body is cut by measurement, where a conflict of types
ends, and then halved until every bad line stands alone.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from province.stores.base import Rejected, StoreDown

WHY_LIMIT: Final = 160  # characters of a reason, so that an ack of 1,000 stays small


Lines = Sequence[tuple[int, bytes]]  # each with its place in the body


class BadPoints(ValueError):
    """The database refuses at least one point; ``dropped`` of them if it says."""

    def __init__(self, why: str, dropped: int | None = None) -> None:
        super().__init__(why)
        self.dropped = dropped


class TooLarge(BadPoints):
    """The body is too large to be taken at once; no single line is."""


# Answers that are about points.  Another one (a missing parameter, a limit on
# series, a timeout) is the set-up's fault, and rejecting readings for it would
# empty the gateways.
_CONFLICT: Final = "field type conflict"
_ABOUT_POINTS: Final = re.compile(
    rf"unable to parse|{_CONFLICT}"
    r"|beyond retention policy"  # 1
    r"|outside retention policy"  # 2
    r"|partial write of line protocol|parsing failed for write_lp"  # 3
)
_DROPPED: Final = re.compile(r"dropped=(\d+)")


def judge(status: int, text: str, *, where: str, retry_after_s: float | None) -> None:
    """Return when the answer to a write says *stored*, else raise what it says.

    Raises
    ------
    BadPoints
        A point is refused.
    TooLarge
        The body is too large to be taken at once.
    StoreDown
        Anything else: it is not the points' fault.
    """
    if status == HTTPStatus.NO_CONTENT:
        return
    said = _message(text)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        msg = f"{where} finds the write too large"
        raise TooLarge(msg)
    # InfluxDB 2.0 answered type conflicts with 500: the text decides, not the code.
    match status:
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY:
            is_about_points = _ABOUT_POINTS.search(said) is not None
        case HTTPStatus.INTERNAL_SERVER_ERROR:
            is_about_points = _CONFLICT in said
        case _:
            is_about_points = False
    if is_about_points:
        dropped = _DROPPED.search(said)
        raise BadPoints(said[:WHY_LIMIT], int(dropped[1]) if dropped else None)
    raise StoreDown(_sentence(status, said or text.strip(), where), retry_after_s)


def isolate(body: bytes, send: Callable[[bytes], None]) -> list[Rejected]:
    """Write ``body`` by ``send`` and return the lines that it will not take.

    ``send`` returns when all is stored and raises ``BadPoints`` when not.
    """
    try:
        send(body)
    except BadPoints as fault:
        return _search(body, send, fault)
    return []


def _search(
    body: bytes, send: Callable[[bytes], None], fault: BadPoints
) -> list[Rejected]:
    rejected: list[Rejected] = []
    whole: Lines = list(enumerate(body.splitlines(keepends=True)))
    refused = [(whole, fault)]
    while refused:
        lines, fault = refused.pop()
        if len(lines) == 1 and isinstance(fault, TooLarge):
            raise StoreDown(str(fault))
        if len(lines) == 1 or fault.dropped == len(lines):
            rejected += [Rejected(at, str(fault)) for at, _ in lines]
            continue
        for part in _parts(lines):
            try:
                send(b"".join(line for _, line in part))
            except BadPoints as again:
                refused.append((part, again))
    return sorted(rejected, key=lambda one: one.line)


def _parts(lines: Lines) -> list[Lines]:
    """Cut lines by measurement, a gap's apart from values; what is alike in half."""
    kinds: dict[tuple[bytes, bool], list[tuple[int, bytes]]] = defaultdict(list)
    for at, line in lines:
        # A gap has no field value: it conflicts with no type of that field.
        kinds[line.partition(b",")[0], b" value=" in line].append((at, line))
    if len(kinds) > 1:
        return list(kinds.values())
    half = len(lines) // 2
    return [lines[:half], lines[half:]]


def _message(text: str) -> str:
    """Take the database's sentence out of its JSON; a proxy's page holds none."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(answer, dict):
        return ""
    # 1.x and 3 say "error", 2.x says "message"; 3 lists the lines under "data".
    said = [str(answer[key]) for key in ("error", "message") if key in answer]
    return ": ".join(said)


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
