"""The past that the province's database holds, asked by InfluxQL over HTTP.

InfluxDB 1, 2 and 3 all answer it.  Thinned windows stand for their rows.
"""

import base64
import http.client
import json
import urllib.parse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateway.past_found import Found
from rules.scope import DAY_MS
from rules.series import Cell, made
from rules.series_cells import Column
from telemetry.quantity import QUANTITIES
from telemetry.reading import Flag
from telemetry.settings import ConfigError
from telemetry.wire import SUMMARY

TIMEOUT_S: Final = 60.0  # of one answer; 10 days of a gateway are some MB
SLICE_DAYS: Final = 10  # asked at once, so that no answer is too large for a laptop
MOST_BYTES: Final = 256 * 1024 * 1024  # of one answer
TAGS: Final = ("plot", "sensor", "z", "pest", "stage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where the database is; ``coop`` and ``gateway`` are names, without quotes."""

    url: str
    database: str
    coop: str
    gateway: str
    token: str | None = None  # or user:password, as InfluxDB 1 knows them


def read(store: Store, since_ms: int, until_ms: int) -> Found:
    """Read every series of a gateway within [since, until], UTC.

    Raises
    ------
    ConfigError
        The database refuses, or has nothing of this gateway.
    OSError
        It cannot be reached.
    """
    cells: defaultdict[tuple[str, Column], list[Cell]] = defaultdict(list)
    for begin_ms in range(since_ms, until_ms + 1, SLICE_DAYS * DAY_MS):
        end_ms = min(until_ms + 1, begin_ms + SLICE_DAYS * DAY_MS)
        for series in _ask(store, begin_ms, end_ms):
            try:
                _take(series, cells)
            except (ValueError, LookupError, TypeError) as fault:
                why = f"{store.url}: its series are none of ours: {fault!r:.80}"
                raise ConfigError([why]) from None
    if not cells:
        where = f"{store.coop}/{store.gateway} in {store.database}"
        raise ConfigError([f"{store.url}: has nothing of {where} in this time"])
    found = [made(what, some, plot) for (plot, what), some in cells.items()]
    return Found({each.place: each.taken for each in found})


def _take(
    series: dict[str, Any],
    cells: defaultdict[tuple[str, Column], list[Cell]],
) -> None:
    name, tags = str(series["name"]), series["tags"]
    quantity = name.removesuffix(SUMMARY)
    QUANTITIES[quantity]  # of another database: it has a name that is not known
    what = Column(
        sensor=str(tags["sensor"]),
        quantity=quantity,
        z=int(tags["z"]),
        pest=tags.get("pest") or None,
        stage=tags.get("stage") or None,
    )
    some = cells[str(tags["plot"]), what]
    for values in series["values"]:
        row = dict(zip(series["columns"], values, strict=True))
        flag = row.get("flag") or Flag.GOOD  # thinned windows have none
        value = None if row["value"] is None else float(row["value"])
        some.append((int(row["time"]) // 1_000_000, value, int(flag), 0))


def _ask(store: Store, begin_ms: int, end_ms: int) -> Iterator[dict[str, Any]]:
    """Every series of a stretch of time, as InfluxQL answers it."""
    body = urllib.parse.urlencode(
        {
            "db": store.database,
            "epoch": "ns",
            "q": "; ".join(_statements(store, begin_ms, end_ms)),
        }
    )
    status, text = _post(store, body)
    if status != http.HTTPStatus.OK:
        raise ConfigError([f"{store.url}: answers HTTP {status}: {text[:160]}"])
    try:
        results = json.loads(text)["results"]
        for result in results:
            if "error" in result:
                raise ConfigError([f"{store.url}: {result['error']}"])
            yield from result.get("series", [])
    except (ValueError, LookupError, TypeError) as fault:
        if isinstance(fault, ConfigError):
            raise
        raise ConfigError(
            [f"{store.url}: no answer to a query: {text[:80]!r}"]
        ) from None


def _statements(store: Store, begin_ms: int, end_ms: int) -> Iterator[str]:
    # Names were checked by whoever made the store: none can hold a quote.
    where = (
        f"coop = '{store.coop}' AND gw = '{store.gateway}'"
        f" AND time >= {begin_ms}ms AND time < {end_ms}ms"
    )
    by = ", ".join(TAGS)
    for name in QUANTITIES:
        yield f'SELECT value, flag FROM "{name}" WHERE {where} GROUP BY {by}'  # noqa: S608
        yield f'SELECT value FROM "{name}{SUMMARY}" WHERE {where} GROUP BY {by}'  # noqa: S608


def _post(store: Store, body: str) -> tuple[int, str]:
    url = urllib.parse.urlsplit(store.url)
    kind = (
        http.client.HTTPSConnection
        if url.scheme == "https"
        else http.client.HTTPConnection
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if store.token is not None:
        headers["Authorization"] = _authorization(store.token)
    over = kind(url.hostname or "", url.port, timeout=TIMEOUT_S)
    try:
        over.request("POST", f"{url.path.rstrip('/')}/query", body, headers)
        answer = over.getresponse()
        text = answer.read(MOST_BYTES).decode("utf-8", "replace")
    except http.client.HTTPException as fault:
        raise OSError(f"{store.url}: {fault or type(fault).__name__}") from None
    except OSError as fault:
        raise OSError(f"{store.url}: {fault.strerror or fault}") from None
    finally:
        over.close()
    return answer.status, text


def _authorization(token: str) -> str:
    """How a secret is shown: a user and password as such, else as a token.

    >>> _authorization("field:secret"), _authorization("x1==")
    ('Basic ZmllbGQ6c2VjcmV0', 'Token x1==')
    """
    if ":" in token:
        return f"Basic {base64.b64encode(token.encode()).decode()}"
    return f"Token {token}"
