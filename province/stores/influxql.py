"""Questions in InfluxQL, which InfluxDB 1, 2 and 3 all understand."""

import json
import urllib.parse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

from province.stores.base import StoreDown
from province.stores.connection import Connection
from province.summary import Part, Question
from telemetry.quantity import QUANTITIES, Kind
from telemetry.wire import SUMMARY

_RADIANS: Final = "0.017453292519943295"  # of a degree


def ask(
    connection: Connection, database: str, statements: Iterable[str]
) -> Iterator[dict[str, Any]]:
    """Ask all ``statements`` at once and return the series of their answers."""
    options = {"db": database, "epoch": "ns", "q": "; ".join(statements)}
    answer = connection.ask("GET", f"/query?{urllib.parse.urlencode(options)}")
    if answer.status != HTTPStatus.OK:
        msg = f"{connection.where} answers HTTP {answer.status}: {answer.text[:160]}"
        raise StoreDown(msg)
    return _series(answer.text, connection.where, database)


def parts(connection: Connection, database: str, question: Question) -> list[Part]:
    """Ask for the sums of every series of ``question``, thinned windows apart."""
    found: dict[tuple[str, ...], dict[str, Any]] = defaultdict(dict)
    for series in ask(connection, database, _statements(question)):
        tags = series["tags"]
        row = dict(zip(series["columns"], series["values"][0], strict=True))
        stamp_ns = row.pop("time")
        for end in row.keys() & {"first", "last"}:
            row[end] = (stamp_ns, row[end])
        found[series["name"], tags["gw"], tags["sensor"], tags["stage"]].update(
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
    return f"{_select(columns, table, where)} GROUP BY gw, sensor, stage"


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


def _series(text: str, where: str, database: str) -> Iterator[dict[str, Any]]:
    try:
        results = [dict(one) for one in json.loads(text)["results"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        msg = f"{where}: no answer to a query: {text[:80]!r}"
        raise StoreDown(msg) from None
    for result in results:
        if "error" in result:
            why = result["error"]
            if why == "not executed":  # all that 1.6.7 says of a missing database
                why = f"database not found: {database}; make it first"
            msg = f"{where}: {why}"
            raise StoreDown(msg)
        yield from result.get("series", [])
