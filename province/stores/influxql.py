"""Questions in InfluxQL, which InfluxDB 1, 2 and 3 all understand."""

import json
import urllib.parse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from province.stores.base import StoreDown
from province.stores.connection import Connection
from province.summary import Part, Question
from telemetry.quantity import QUANTITIES, Kind
from telemetry.wire import SUMMARY

_BY: Final = ("gw", "sensor", "stage")
_RADIANS: Final = "0.017453292519943295"  # of a degree


@dataclass(frozen=True, slots=True)
class Answered:
    """One series of an answer; every row has a ``time``. [ns since 1970]"""

    name: str
    tags: dict[str, str]
    rows: list[dict[str, Any]]


def ask(
    connection: Connection, database: str, statements: Iterable[str], by: Sequence[str]
) -> Iterator[Answered]:
    """Ask all ``statements``, grouped ``by`` tags, and return what they answer.

    Raises
    ------
    StoreDown
        There is no answer, or none of this form.
    """
    options = {"db": database, "epoch": "ns", "q": "; ".join(statements)}
    answer = connection.ask("GET", f"/query?{urllib.parse.urlencode(options)}")
    if answer.status != HTTPStatus.OK:
        msg = f"{connection.where} answers HTTP {answer.status}: {answer.text[:160]}"
        raise StoreDown(msg)
    for series in _series(answer.text, connection.where, database):
        found = _answered(series, by)
        if found is None:
            raise no_answer(connection.where, str(series))
        yield found


def parts(connection: Connection, database: str, question: Question) -> list[Part]:
    """Ask for the sums of every series of ``question``, thinned windows apart."""
    found: dict[tuple[str, ...], dict[str, Any]] = defaultdict(dict)
    for one in ask(connection, database, _statements(question), _BY):
        row = one.rows[0]
        stamp_ns = row.pop("time")
        for end in row.keys() & {"first", "last"}:
            row[end] = (stamp_ns, row[end])
        found[one.name, *(one.tags[key] for key in _BY)].update(
            {key: value for key, value in row.items() if value is not None}
        )
    return [
        Part(gateway=gateway, sensor=sensor, stage=stage or None, **sums)
        for (_, gateway, sensor, stage), sums in found.items()
    ]


def _statements(question: Question) -> Iterator[str]:
    """Each answers columns that are named as fields of ``Part``."""
    raw, thin = f'"{question.quantity}"', f'"{question.quantity}{SUMMARY}"'
    span = _where(question)
    good = f"{span} AND flag <= 2"
    yield _sums(
        "count(value) AS count, sum(value) AS total, sum(value) AS amount,"
        " min(value) AS low, max(value) AS high",
        *(raw, good),
    )
    yield _sums("count(flag) AS missing", raw, f"{span} AND flag = 9")
    yield _sums("count(flag) AS doubtful", raw, f"{span} AND flag >= 3 AND flag <= 4")
    weighed = _select("n, value, min, max, value * n AS w", thin, span)
    yield _sums(
        "sum(n) AS count, sum(w) AS total, sum(value) AS amount,"
        " min(min) AS low, max(max) AS high",
        f"({weighed})",
    )
    for table, rows in ((raw, good), (thin, span)):
        yield _sums("first(value) AS first", table, rows)
        yield _sums("last(value) AS last", table, rows)
    if QUANTITIES[question.quantity].kind is Kind.DIRECTION:
        for table, rows, weight in ((raw, good, "1"), (thin, span, "n")):
            axes = (
                f"{weight} * cos(value * {_RADIANS}) AS north,"
                f" {weight} * sin(value * {_RADIANS}) AS east"
            )
            turned = _select(axes, table, rows)
            yield _sums("sum(north) AS north, sum(east) AS east", f"({turned})")


def _sums(columns: str, table: str, where: str | None = None) -> str:
    return f"{_select(columns, table, where)} GROUP BY {', '.join(_BY)}"


def _select(columns: str, table: str, where: str | None) -> str:
    # Names and numbers were checked by Question: none can hold a quote.
    text = f"SELECT {columns} FROM {table}"  # noqa: S608
    return text if where is None else f"{text} WHERE {where}"


def _where(question: Question) -> str:
    tags = {
        "coop": question.coop,
        "plot": question.plot,
        "z": str(question.z),
        "pest": question.pest,
        "stage": question.stage,
        "sensor": question.sensor,
    }
    terms = [f"{key} = '{value}'" for key, value in tags.items() if value is not None]
    terms += [f"time >= {question.start_ns}", f"time < {question.end_ns}"]
    return " AND ".join(terms)


def no_answer(where: str, text: str) -> StoreDown:
    """Return the fault of an answer that is not of the form that was asked for."""
    return StoreDown(f"{where}: no answer to a query: {text[:80]!r}")


def _series(text: str, where: str, database: str) -> Iterator[object]:
    try:
        results = [dict(one) for one in json.loads(text)["results"]]
        found = [list(result.get("series", [])) for result in results]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise no_answer(where, text) from None
    for result, series in zip(results, found, strict=True):
        if "error" in result:
            why = result["error"]
            if why == "not executed":  # all that 1.6.7 says of a missing database
                why = f"database not found: {database}; make it first"
            msg = f"{where}: {why}"
            raise StoreDown(msg)
        yield from series


def _answered(series: Any, by: Sequence[str]) -> Answered | None:
    """Return a series as it is used here, ``None`` if that cannot be."""
    try:
        name, columns = series["name"], series["columns"]
        tags = {key: series["tags"][key] or "" for key in by}
        rows = [dict(zip(columns, row, strict=True)) for row in series["values"]]
        stamps = [row["time"] for row in rows]
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    texts = (name, *columns, *tags.values())
    numbers = [value for row in rows for value in row.values()]
    is_sound = (
        rows
        and all(isinstance(one, str) for one in texts)
        and all(isinstance(one, int) for one in stamps)
        and all(isinstance(one, int | float | None) for one in numbers)
    )
    return Answered(name, tags, rows) if is_sound else None
