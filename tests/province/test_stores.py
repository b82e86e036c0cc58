"""The stores: the same cases over SQLite and real databases."""

import contextlib
import http.server
import itertools
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from province.stores import influx2
from province.stores.base import Rejected, Store, StoreDown
from province.stores.influx1 import Influx1
from province.stores.sqlite import SqliteStore
from province.summary import Mixed, Question, Summary
from telemetry.reading import Flag
from telemetry.settings import ConfigError
from telemetry.wire import Point, render_point
from tests import parts
from tests.province.gateway import G1, START_MS, lines_of, series

START_NS = START_MS * 1_000_000
MINUTE_NS = 60_000_000_000
TOKEN, WRONG = "t", "w"
NAMES = (f"stores{number}" for number in itertools.count())


@pytest.fixture
def influx1(influx: parts.Part) -> Iterator[Influx1]:
    name = next(NAMES)
    parts.create_database(influx.port, name)
    store = Influx1(url=influx.url, database=name)
    yield store
    store.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "readings.db")
    yield store
    store.close()


@pytest.fixture(
    params=["sqlite", pytest.param("influx1", marks=pytest.mark.real)],
)
def store(request: pytest.FixtureRequest) -> Store:
    one: Store = request.getfixturevalue(request.param)
    return one


def point(
    minute: int, value: float | None, flag: int | None = 1, **about: Any
) -> bytes:
    """A line of ``soil-a1`` on p1, or of what ``about`` says of series and window."""
    fields = {key: about.pop(key) for key in ("low", "high", "count") if key in about}
    one = Point(
        series=series(G1, **about),
        stamp_ns=START_NS + minute * MINUTE_NS,
        value=value,
        flag=None if flag is None else Flag(flag),
        span_s=900 if fields else None,
        **fields,
    )
    return render_point(one).encode()


def ask(store: Store, **changes: Any) -> Summary | None:
    about = {
        "quantity": "soil_moisture",
        "coop": G1.coop,
        "plot": "p1",
        "z": -10,
        "start_ns": START_NS,
        "end_ns": START_NS + 100 * MINUTE_NS,
    }
    return store.summary(Question(**(about | changes)))


MANY = b"".join(
    [
        point(0, 10),
        point(1, 20, 2),
        point(2, None, 9),
        point(3, 90, 3),
        point(4, 95, 4),
        point(19, 40, None, low=5, high=60, count=2),
        point(100, 77),  # behind the end
        point(5, 55, z=-30),
        point(5, 66, plot="p2"),
    ]
)


def test_a_level_is_folded_over_readings_and_thinned_windows(store: Store) -> None:
    assert store.write(MANY) == []

    assert ask(store) == Summary(
        count=4,
        missing=1,
        doubtful=2,
        value=27.5,
        low=5,
        high=60,
        first_ns=START_NS,
        last_ns=START_NS + 19 * MINUTE_NS,
    )


def test_writing_again_changes_nothing(store: Store) -> None:
    store.write(MANY)
    before = ask(store)
    store.write(MANY)

    assert ask(store) == before


def test_one_height_and_one_pest_are_never_mixed_with_others(store: Store) -> None:
    about: dict[str, Any] = {"quantity": "trap_count", "z": 150, "stage": "adult"}
    store.write(
        MANY
        + point(1, 4, pest="LAPHEG", **about)
        + point(2, 8, pest="LAPHEG", **about)
        + point(1, 100, pest="NILALU", **about)
    )

    deep = ask(store, z=-30)
    trapped = ask(store, quantity="trap_count", z=150, pest="LAPHEG")

    assert deep is not None
    assert deep.value == 55
    assert trapped is not None
    assert (trapped.count, trapped.value) == (2, 12)


def test_opposite_directions_have_no_mean(store: Store) -> None:
    about: dict[str, Any] = {"quantity": "wind_direction", "z": 200}
    store.write(b"".join(point(at, 20 + 90 * (at % 4), **about) for at in range(80)))

    answer = ask(store, quantity="wind_direction", z=200)

    assert answer is not None
    assert (answer.count, answer.value) == (80, None)


def test_directions_are_averaged_as_vectors(store: Store) -> None:
    about: dict[str, Any] = {"quantity": "wind_direction", "z": 200}
    store.write(
        point(1, 340, **about)
        + point(2, 180, 3, **about)
        + point(16, 10, None, low=0, high=20, count=2, **about)
    )

    answer = ask(store, quantity="wind_direction", z=200)

    north = math.cos(math.radians(340)) + 2 * math.cos(math.radians(10))
    east = math.sin(math.radians(340)) + 2 * math.sin(math.radians(10))
    assert answer is not None
    assert answer.value == pytest.approx(math.degrees(math.atan2(east, north)) % 360)
    assert (answer.count, answer.doubtful, answer.low) == (3, 1, None)


def test_a_counter_is_last_less_first_whatever_the_order(store: Store) -> None:
    about: dict[str, Any] = {"quantity": "rain_total", "z": 150}
    thin = {"low": 9, "high": 10, "count": 15}
    store.write(
        point(40, 14, **about)
        + point(30, 13, **about)
        + point(15, 10, None, **thin, **about)
    )

    answer = ask(store, quantity="rain_total", z=150)

    assert answer is not None
    assert (answer.count, answer.value) == (17, 4)
    assert answer.first_ns == START_NS + 15 * MINUTE_NS


def test_a_state_is_what_was_stored_for_the_last_instant(store: Store) -> None:
    about: dict[str, Any] = {"quantity": "pump_state", "z": 0}
    store.write(point(9, 0, **about) + point(3, 1, **about))

    answer = ask(store, quantity="pump_state", z=0)

    assert answer is not None
    assert answer.value == 0


def test_two_gauges_are_not_summed(store: Store) -> None:
    about: dict[str, Any] = {"quantity": "rain_total", "z": 150}
    store.write(
        point(1, 4, sensor="rain-1", **about)
        + point(2, 9, sensor="rain-1", **about)
        + point(2, 6, sensor="rain-2", **about)
    )

    with pytest.raises(Mixed):
        ask(store, quantity="rain_total", z=150)
    one = ask(store, quantity="rain_total", z=150, sensor="rain-1")

    assert one is not None
    assert one.value == 5


def test_what_is_not_stored_has_no_summary(store: Store) -> None:
    store.write(MANY)

    assert ask(store, plot="p9") is None
    assert ask(store, quantity="soil_ph") is None


def test_a_bad_line_is_named_and_its_neighbours_are_stored(store: Store) -> None:
    good = [point(0, 10), point(1, 20)]

    rejected = store.write(good[0] + b"soil_moisture,x value=1z 5\n" + good[1])

    assert [one.line for one in rejected] == [1]
    answer = ask(store)
    assert answer is not None
    assert answer.count == 2


@pytest.mark.slow
def test_ten_thousand_readings_come_back_as_many(store: Store) -> None:
    lines = lines_of(G1, 1, 10_000)

    store.write("".join(lines).encode())

    count = missing = 0
    for plot in range(20):
        answer = ask(store, plot=f"p{plot}", end_ns=START_NS + 10**14)
        assert answer is not None
        count, missing = count + answer.count, missing + answer.missing
    assert (count, missing) == (9_800, 200)


# --- InfluxDB 1.6.7 --------------------------------------------------------------


@pytest.mark.real
def test_points_of_a_foreign_type_are_isolated(
    influx1: Influx1, influx: parts.Part
) -> None:
    integer = point(0, 6, quantity="soil_ph").replace(b"value=6", b"value=6i")
    parts.write(influx.port, influx1.database, integer)
    body = point(1, 1) + point(1, 6.5, quantity="soil_ph") + point(2, 3)

    rejected = influx1.write(body)

    assert [one.line for one in rejected] == [1]
    assert "field type conflict" in rejected[0].why
    answer = ask(influx1)
    assert answer is not None
    assert answer.value == 2


@pytest.mark.real
def test_points_beyond_the_retention_are_isolated(
    influx1: Influx1, influx: parts.Part
) -> None:
    parts.query(
        influx.port,
        f'ALTER RETENTION POLICY "autogen" ON "{influx1.database}" DURATION 3650d',
    )
    old = point(0, 1).replace(b" 1795", b" 1000")

    rejected = influx1.write(point(1, 1) + old + old.replace(b" 1000", b" 1001"))

    assert [one.line for one in rejected] == [1, 2]
    assert "beyond retention" in rejected[0].why


@pytest.mark.real
def test_a_missing_database_is_weather(influx: parts.Part) -> None:
    store = Influx1(url=influx.url, database="never-made")

    with pytest.raises(StoreDown, match="make the database first"):
        store.write(point(0, 1))
    store.close()


@pytest.mark.real
def test_a_question_to_a_missing_database_says_so(influx: parts.Part) -> None:
    store = Influx1(url=influx.url, database="never-made")

    with pytest.raises(StoreDown, match="database not found: never-made"):
        ask(store)
    store.close()


@pytest.mark.real
@pytest.mark.parametrize("bad", [1, 2500, 10_000])
def test_a_quantity_of_a_foreign_type_delays_its_neighbours_little(
    bad: int, influx1: Influx1, influx: parts.Part
) -> None:
    integer = point(0, 6, quantity="soil_ph").replace(b"value=6", b"value=6i")
    parts.write(influx.port, influx1.database, integer)
    lines = [
        point(
            at % 1000,
            at,
            quantity="soil_ph" if at < bad else "soil_moisture",
            sensor=f"s{at // 1000}",
        )
        for at in range(10_000)
    ]
    start_s = time.monotonic()

    rejected = influx1.write(b"".join(lines))

    assert [one.line for one in rejected] == list(range(bad))
    assert time.monotonic() - start_s < 3


@pytest.mark.real
def test_a_wrong_password_is_weather(tmp_path: Path) -> None:
    with parts.influxdb(tmp_path, auth=True) as part:
        parts.query(part.port, "CREATE USER u WITH PASSWORD 'p' WITH ALL PRIVILEGES")
        store = Influx1(url=part.url, database="d", username="u", password=WRONG)

        with pytest.raises(StoreDown, match="does not know the user"):
            store.write(point(0, 1))
        store.close()


@pytest.mark.real
def test_a_restarted_database_is_written_to_over_a_new_connection(
    tmp_path: Path,
) -> None:
    with parts.influxdb(tmp_path) as part:
        parts.create_database(part.port, "d")
        store = Influx1(url=part.url, database="d")
        store.write(point(0, 1))
        part.kill()
        with pytest.raises(StoreDown, match="Connection refused"):
            store.write(point(1, 3))
        part.start()

        assert store.write(point(1, 3)) == []

        answer = ask(store)
        assert answer is not None
        assert answer.value == 2
        store.close()


# --- InfluxDB 2: its write API at VictoriaMetrics, its InfluxQL at 1.6.7 ---------


@pytest.mark.real
def test_the_v2_api_stores_ready_bytes(victoria: parts.Part) -> None:
    store = influx2.Influx2(
        url=victoria.url, token=TOKEN, bucket="b", org="o", database="b"
    )
    body = b"".join(point(at, at, sensor="v2") for at in range(50))

    assert store.write(body) == []
    store.close()

    (values,) = parts.export(
        victoria.port, '{__name__="soil_moisture_value",sensor="v2"}'
    )
    assert values["values"] == list(range(50))
    assert values["timestamps"][0] == START_MS


@pytest.mark.real
def test_both_influxdb_stores_ask_the_same_way(
    influx1: Influx1, influx: parts.Part
) -> None:
    influx1.write(MANY)
    store = influx2.Influx2(
        url=influx.url, token=TOKEN, bucket="b", org="", database=influx1.database
    )

    assert ask(store) == ask(influx1)

    store.close()


class Answers(http.server.BaseHTTPRequestHandler):
    """An HTTP server that answers by a script and keeps what it was told."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: Callable[[bytes], tuple[int, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, text = type(self).script(body)
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def answering() -> Iterator[Callable[..., list[Store]]]:
    """Both InfluxDB stores before a server that answers by ``script``."""
    with contextlib.ExitStack() as stack:

        def serve(
            script: Callable[[bytes], tuple[int, dict[str, str], bytes]],
        ) -> list[Store]:
            handler = type("Handler", (Answers,), {"script": staticmethod(script)})
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            url = f"http://127.0.0.1:{server.server_port}"
            stores: list[Store] = [
                Influx1(url=url, database="d"),
                influx2.Influx2(
                    url=url, token=TOKEN, bucket="b", org="o", database="b"
                ),
            ]
            for store in stores:
                stack.callback(store.close)
            return stores

        yield serve


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_bad_point_is_isolated_whatever_the_code_that_tells_it(
    status: int, answering: Callable[..., list[Store]]
) -> None:
    stored: list[bytes] = []

    def script(body: bytes) -> tuple[int, dict[str, str], bytes]:
        if b"bad" in body:
            fact = b"partial write: field type conflict"
            return status, {}, b'{"error":"%s","message":"%s"}' % (fact, fact)
        stored.append(body)
        return 204, {}, b""

    lines = [point(at, at, sensor="bad" if at == 700 else "good") for at in range(1000)]
    for store in answering(script):
        stored.clear()

        (rejected,) = store.write(b"".join(lines))

        assert rejected.line == 700
        kept = [one for body in stored for one in body.splitlines(keepends=True)]
        assert sorted(kept) == sorted(lines[:700] + lines[701:])


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_server_names_the_pause(
    status: int, answering: Callable[..., list[Store]]
) -> None:
    for store in answering(lambda _: (status, {"Retry-After": "17"}, b"")):
        with pytest.raises(StoreDown, match="overloaded") as caught:
            store.write(point(0, 1))

        assert caught.value.retry_after_s == 17


@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_only_204_is_stored(status: int, answering: Callable[..., list[Store]]) -> None:
    for store in answering(lambda _: (status, {}, b"<html>please log in</html>")):
        with pytest.raises(StoreDown, match=f"HTTP {status}"):
            store.write(point(0, 1))


def test_a_body_too_large_for_a_proxy_is_halved(
    answering: Callable[..., list[Store]],
) -> None:
    lines = [point(at, at) for at in range(100)]

    def script(body: bytes) -> tuple[int, dict[str, str], bytes]:
        return (204 if len(body) < 3000 else 413), {}, b""

    for store in answering(script):
        assert store.write(b"".join(lines)) == []


def test_a_server_that_takes_not_even_one_line_is_weather(
    answering: Callable[..., list[Store]],
) -> None:
    for store in answering(lambda _: (413, {}, b"")):
        with pytest.raises(StoreDown, match="too large"):
            store.write(point(0, 1) + point(1, 2))


def test_a_server_that_is_not_there_is_weather() -> None:
    url = f"http://127.0.0.1:{parts.free_port()}"
    stores: list[Store] = [
        Influx1(url=url, database="d"),
        influx2.Influx2(url=url, token=TOKEN, bucket="b", org="o", database="b"),
    ]

    for store in stores:
        with pytest.raises(StoreDown):
            store.write(point(0, 1))
        with pytest.raises(StoreDown):
            ask(store)
        store.close()


# --- SQLite ----------------------------------------------------------------------


def test_what_sqlite_confirmed_is_there_for_another_reader(
    sqlite: SqliteStore, tmp_path: Path
) -> None:
    sqlite.write(MANY)

    other = SqliteStore(tmp_path / "readings.db")

    assert ask(other) == ask(sqlite)
    other.close()


def test_a_new_file_that_is_locked_is_weather(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("province.stores.sqlite.BUSY_S", 0.0)
    lock = sqlite3.connect(tmp_path / "readings.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreDown, match="locked"):
        SqliteStore(tmp_path / "readings.db")
    lock.close()


def test_a_locked_file_is_weather(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("province.stores.sqlite.BUSY_S", 0.0)
    sqlite = SqliteStore(tmp_path / "readings.db")
    lock = sqlite3.connect(tmp_path / "readings.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreDown, match="locked"):
        sqlite.write(MANY)
    lock.execute("ROLLBACK")
    lock.close()

    assert sqlite.write(MANY) == []

    sqlite.close()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("PRAGMA user_version = 9; CREATE TABLE point (series, thin)", "newer than 1"),
        ("PRAGMA user_version = 9; CREATE TABLE more (x)", "newer than 1"),
        ("PRAGMA user_version = 1; CREATE TABLE reading (seq)", "not a store"),
        ("CREATE TABLE customer (name)", "no store of readings; name another file"),
    ],
)
def test_another_database_is_no_store(script: str, why: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.executescript(script)
    db.close()

    with pytest.raises(ConfigError, match=why):
        SqliteStore(tmp_path / "other.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as db:
        assert db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)


def test_a_bad_line_of_any_bytes_is_told(sqlite: SqliteStore) -> None:
    assert sqlite.write(b"\xff\xfe\n") == [
        Rejected(0, "not of the line grammar: '\ufffd\ufffd'")
    ]
