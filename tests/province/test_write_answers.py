"""Every answer to a write that the families of InfluxDB are known to give.

Each is played over HTTP to a whole round of ingest with a real ledger: bad points
are named, quarantined and left out of the ledger, all others are stored, and what is
not about points is waited out.  Texts of 1.x are those of 1.6.7; those of 2 and 3 are
from their documents and reports (influxdb #19779, #23146; telegraf #11005).
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator

import pytest

from province.ingest import Ingest
from province.ledger import Ledger
from province.stores import connection, influx2
from province.stores.base import Store, StoreDown
from province.stores.influx1 import Influx1
from province.summary import Question
from province.tally import DAY_NS, Scope
from telemetry import wire
from tests.province.answering import Answer, answering, dripping, saying
from tests.province.gateway import EPOCH, G1, START_MS, batch_of, lines_of, series
from tests.province.test_rounds import HeldBroker, MachineTime

CONFLICT = (
    'partial write: field type conflict: input field "value" on measurement'
    ' "soil_ph" is type float, already exists as type integer dropped={n}'
)
LATE = "partial write: points beyond retention policy dropped={n}"
PARSE = "partial write: unable to parse 'x': missing fields dropped=0"

Told = Callable[[int], tuple[int, object]]


def told_1(text: str) -> Told:
    return lambda bad: (400, {"error": text.format(n=bad)})


def told_2(status: int, text: str) -> Told:
    return lambda bad: (status, {"code": "some", "message": text.format(n=bad)})


def told_3(text: str) -> Told:
    named = [{"original_line": "x", "line_number": 1, "error_message": "bad type"}]
    return lambda _: (400, {"error": text, "data": named})


UNEXPECTED = f"unexpected error writing points to database: {CONFLICT}"
FAILURE = f"failure writing points to database: {CONFLICT}"

FAMILIES: dict[str, tuple[Told, bool]] = {
    # what is told of so many bad lines, and whether the others are stored
    "1.x, type": (told_1(CONFLICT), True),
    "1.x, form": (told_1(PARSE), True),
    "1.x, too old": (told_1(LATE), True),
    "1.x, nothing readable": (told_1("unable to parse 'x': missing fields"), False),
    "2.0, type as 500": (told_2(500, UNEXPECTED), True),
    "2.x, form": (told_2(400, "unable to parse 'x': missing fields"), False),
    "2.x, type": (told_2(422, FAILURE), True),
    "2.x, too old": (
        told_2(422, "partial write: dropped {n} points outside retention policy"),
        True,
    ),
    "3 Core, some": (told_3("partial write of line protocol occurred"), True),
    "3 Core, all": (told_3("parsing failed for write_lp endpoint"), False),
}


class Database:
    """Keeps lines as a family does; those of the acid series are bad."""

    def __init__(self, told: Told, *, is_partial: bool, most: int = 10**9) -> None:
        self.stored: set[bytes] = set()
        self.asked = 0
        self._told, self._is_partial, self._most = told, is_partial, most

    def script(self, lines: list[bytes]) -> Answer:
        self.asked += 1
        if len(lines) > self._most:
            return Answer(413, "<html>Request Entity Too Large</html>")
        bad = [line for line in lines if line.startswith(b"soil_ph,")]
        if self._is_partial or not bad:
            self.stored.update(set(lines) - set(bad))
        if not bad:
            return Answer(204)
        status, about = self._told(len(bad))
        return Answer(status, json.dumps(about))


@pytest.fixture(params=["influx1", "influx2"])
def open_(request: pytest.FixtureRequest) -> Callable[[str], Store]:
    """Opens either store at a URL."""
    if request.param == "influx1":
        return lambda url: Influx1(url=url, database="d")
    return lambda url: influx2.Influx2(
        url=url,
        token="t",  # noqa: S106 - of nobody
        bucket="b",
        org="o",
        database="b",
    )


@contextlib.contextmanager
def ingest_at(
    url: str, open_: Callable[[str], Store], ledger: Ledger
) -> Iterator[tuple[Ingest, HeldBroker, MachineTime]]:
    broker, clock = HeldBroker(), MachineTime()
    with contextlib.closing(open_(url)) as store:
        one = Ingest(link=broker, store=store, ledger=ledger, clock=clock)  # type: ignore[arg-type]
        yield one, broker, clock


def acid(number: int) -> str:
    """The line of a bad point."""
    head = wire.head(series(G1, quantity="soil_ph", sensor="acid"))
    return wire.render_line(head, 6.5, 1, START_MS + number)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "most"),
    [*((family, 10**9) for family in FAMILIES), ("1.x, type", 70), ("2.x, form", 70)],
)
def test_bad_points_are_named_and_their_neighbours_stored(
    family: str, most: int, open_: Callable[[str], Store], ledger: Ledger
) -> None:
    told, is_partial = FAMILIES[family]
    database = Database(told, is_partial=is_partial, most=most)
    lines = lines_of(G1, 1, 200)
    lines[16], lines[151] = acid(17), acid(152)
    first, second = (batch_of(lines[at : at + 100], at + 1) for at in (0, 100))
    with (
        answering(database.script) as url,
        ingest_at(url, open_, ledger) as (ingest, broker, _),
    ):
        for _, plain in (first, second):
            broker.bring("up/r", plain)
        ingest.step()

    (ack,) = broker.acks
    good = {line.encode() for line in lines} - {acid(n).encode() for n in (17, 152)}
    assert ack.stored == [first[0], second[0]]
    assert [part[:2] for part in ack.rejected] == [(first[0], 16), (second[0], 51)]
    assert database.stored == good
    assert ledger.held(G1, EPOCH) == [(1, 16), (18, 151), (153, 200)]
    kept = [(one.number, one.payload.decode()) for _, one in ledger.quarantine()]
    assert kept == [(17, acid(17)), (152, acid(152))]
    assert all(one.reason[:20] in str(told(1)) for _, one in ledger.quarantine())
    assert database.asked <= 25


WEATHER = {
    "not known": (Answer(401, '{"error":"authorization failed"}'), "user or token"),
    "not allowed": (Answer(403, '{"message":"forbidden"}'), "does not let"),
    "no database": (Answer(404, '{"error":"database not found"}'), "make the database"),
    "busy": (Answer(429), "overloaded"),
    "down for repair": (Answer(503, "<html>back soon</html>"), "overloaded"),
    "full disk": (
        Answer(500, '{"error":"engine: write wal: no space left on device"}'),
        "no space left",
    ),
    "a 500 of its own": (Answer(500, '{"error":"partial write: timeout"}'), "timeout"),
    "max series": (
        Answer(400, '{"error":"partial write: max-series limit exceeded dropped=1"}'),
        "limit exceeded",
    ),
    "a proxy's page": (Answer(502, "<html>Bad Gateway</html>"), "HTTP 502"),
    "a proxy's 400": (Answer(400, "<html>unable to parse</html>"), "HTTP 400"),
    "a login page": (Answer(200, "<html>log in</html>"), "HTTP 200"),
    "half a page": (Answer(500, "x" * 1000, cut=10), None),
    "half a refusal": (Answer(400, json.dumps({"error": CONFLICT}), cut=30), None),
    "no answer": (None, None),
    "a late answer": (Answer(204, delay_s=1.0), "timed out|Read timed out"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WEATHER)
def test_what_is_not_about_points_is_waited_out(
    name: str,
    open_: Callable[[str], Store],
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (connection, influx2):
        monkeypatch.setattr(module, "TIMEOUT_S", 0.25)
    weather, why = WEATHER[name]
    answers = [weather, weather]
    stored: list[bytes] = []

    def script(lines: list[bytes]) -> Answer | None:
        if answers:
            return answers.pop()
        stored.extend(lines)
        return Answer(204)

    lines = lines_of(G1, 1, 20)
    digest, plain = batch_of(lines, 1)
    with (
        answering(script) as url,
        contextlib.closing(open_(url)) as store,
        pytest.raises(StoreDown, match=why),
    ):
        store.write("".join(lines).encode())
    answers = [weather, weather]
    with (
        answering(script) as url,
        ingest_at(url, open_, ledger) as (ingest, broker, clock),
    ):
        broker.bring("up/r", plain)
        ingest.step()
        early = (list(broker.acks), ledger.held(G1, EPOCH), ledger.quarantine())
        while answers or not broker.acks:
            clock.now_s += 60
            ingest.step()

    assert early == ([], [], [])
    assert [ack.stored for ack in broker.acks] == [[digest]]
    assert set(stored) == {line.encode() for line in lines}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "pause_s"),
    [
        ("17", 17),
        ("Sat, 21 Nov 2026 08:02:00 GMT", 120),  # the server's clock says 08:00
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0),
        ("soon", None),
        ("Sat, 21 Nov 99999999999999999999 08:00:00 GMT", None),
        ("-5", None),
        ("Sat, 21 Nov 2026 08:02:00", None),  # which zone?
        ("", None),
    ],
)
def test_a_pause_may_be_asked_for_in_seconds_or_until_a_date(
    asked: str, pause_s: float | None, open_: Callable[[str], Store]
) -> None:
    def script(_: list[bytes]) -> Answer:
        return Answer(503, headers={"Retry-After": asked})

    with (
        answering(script) as url,
        contextlib.closing(open_(url)) as store,
        pytest.raises(StoreDown) as caught,
    ):
        store.write(b"x\n")

    assert caught.value.retry_after_s == pause_s


@pytest.mark.slow
@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\n\xff\xfe",  # no UTF-8
        b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n",
        b"HTTP/1.1 400 B\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"results":null}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"results":[5]}',
        b"HTTP/1.1 200 OK\r\nContent-Length: 100011\r\n\r\n"
        b'{"results":' + b"[" * 100_000,
    ],
)
def test_whatever_a_proxy_says_is_weather(
    raw: bytes, open_: Callable[[str], Store]
) -> None:
    scope = Scope(coop="a", gateway="g", start_ns=0, end_ns=1)
    with (
        saying(raw) as url,
        contextlib.closing(open_(url)) as store,
    ):
        with pytest.raises(StoreDown):
            store.write(b"x\n")
        with pytest.raises(StoreDown):
            store.series(scope)


TAGS = {"gw": "g", "plot": "p", "sensor": "s", "z": "-5", "pest": "", "stage": ""}
SOUND = {"name": "soil_ph", "tags": TAGS, "columns": ["time", "first"]}


def as_answer(series: object) -> bytes:
    """What an InfluxDB says that has found one series, head and all."""
    body = json.dumps({"results": [{"series": [series]}]}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.slow
@pytest.mark.parametrize(
    "series",
    [
        {},
        [],
        SOUND,
        SOUND | {"values": []},
        SOUND | {"values": [[1]]},
        SOUND | {"values": [["1", 2]]},
        SOUND | {"values": [[1, {}]]},
        SOUND | {"values": [[1, 2]], "tags": None},
        SOUND | {"values": [[1, 2]], "tags": {}},
        SOUND | {"values": [[1, 2]], "tags": TAGS | {"gw": 1}},
        SOUND | {"values": [[1, 2]], "columns": ["first", "last"]},
        SOUND | {"values": [[1, 2]], "name": None},
    ],
)
def test_an_answer_of_another_form_is_weather(
    series: object, open_: Callable[[str], Store]
) -> None:
    scope = Scope(coop="a", gateway="g", start_ns=0, end_ns=1)
    question = Question(
        quantity="soil_ph", coop="a", plot="p", z=-5, start_ns=0, end_ns=1
    )
    with saying(as_answer(series)) as url, contextlib.closing(open_(url)) as store:
        for ask in (
            lambda: store.series(scope),
            lambda: store.counts(scope, DAY_NS, 0),
            lambda: store.runs(scope, DAY_NS),
            lambda: store.summary(question),
        ):
            with pytest.raises(StoreDown, match="no answer to a query: "):
                ask()


def test_a_begin_without_an_end_is_weather(open_: Callable[[str], Store]) -> None:
    series = SOUND | {"columns": ["time", "e"], "values": [[1, 2]]}
    scope = Scope(coop="a", gateway="g", start_ns=0, end_ns=1)

    with (
        saying(as_answer(series)) as url,
        contextlib.closing(open_(url)) as store,
        pytest.raises(StoreDown, match="a begin or an end"),
    ):
        store.runs(scope, DAY_NS)


@pytest.mark.slow
def test_an_answer_that_drips_ends_with_its_bound(
    open_: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (connection, influx2):
        monkeypatch.setattr(module, "TIMEOUT_S", 0.3)
    scope = Scope(coop="a", gateway="g", start_ns=0, end_ns=1)
    began_s = time.monotonic()
    with dripping(0.05) as url, contextlib.closing(open_(url)) as store:
        with pytest.raises(StoreDown, match="timed out: no whole answer"):
            store.write(b"x\n")
        with pytest.raises(StoreDown, match="timed out: no whole answer"):
            store.series(scope)

    assert time.monotonic() - began_s < 2
