"""What stores count: the same answers from SQLite and from InfluxDB 1.6.7."""

import contextlib
import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from province.stores import influxql_tally
from province.stores.base import Store
from province.stores.influx1 import Influx1
from province.stores.sqlite import SqliteStore
from province.tally import DAY_NS, HOUR_NS, Scope, Seen, Tally, due, gaps
from telemetry.reading import Flag
from telemetry.series import Series
from telemetry.wire import Point, render_point
from tests import parts
from tests.province.gateway import G1, START_MS, series

START_NS = START_MS * 1_000_000
MINUTE_NS = 60_000_000_000
MIDNIGHT_NS = 1_795_280_400 * 10**9  # 2026-11-22T00:00+07:00, before START_NS
NAMES = (f"tally{number}" for number in itertools.count())
PROBE = series(G1, plot="p1", sensor="soil-a1")
TRAP = series(
    *(G1, 1),
    **{"quantity": "trap_count", "sensor": "t1", "z": 150},
    **{"pest": "LAPHEG", "stage": "adult"},
)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteStore]:
    with contextlib.closing(SqliteStore(tmp_path / "readings.db")) as store:
        yield store


@pytest.fixture
def influx1(influx: parts.Part) -> Iterator[Influx1]:
    name = next(NAMES)
    parts.create_database(influx.port, name)
    with contextlib.closing(Influx1(url=influx.url, database=name)) as store:
        yield store


@pytest.fixture(
    params=["sqlite", pytest.param("influx1", marks=pytest.mark.real)],
)
def store(request: pytest.FixtureRequest) -> Store:
    one: Store = request.getfixturevalue(request.param)
    return one


def row(minute: int, flag: int = 1, one: Series = PROBE, value: float = 7) -> bytes:
    """A reading of ``one`` in a minute after the start."""
    return render_point(
        Point(
            series=one,
            stamp_ns=START_NS + minute * MINUTE_NS,
            value=None if flag == 9 else value,
            flag=Flag(flag),
        )
    ).encode()


def window(minute: int, count: int, one: Series = PROBE) -> bytes:
    """A thinned window of ``one`` that ends in a minute after the start."""
    stamp_ns = START_NS + minute * MINUTE_NS
    more: dict[str, Any] = {"low": 6, "high": 8, "count": count, "span_s": 900}
    return render_point(
        Point(series=one, stamp_ns=stamp_ns, value=7, flag=None, **more)
    ).encode()


def scope(minutes: int = 100, **changes: Any) -> Scope:
    about = {
        "coop": G1.coop,
        "plot": "p1",
        "start_ns": START_NS,
        "end_ns": START_NS + minutes * MINUTE_NS,
    }
    return Scope(**(about | changes))


MIXED = b"".join(
    [
        *(row(at, flag) for at, flag in enumerate([1, 2, 3, 4, 9, 1])),
        window(30, 12),
        row(3, one=TRAP),
        row(100),  # behind the end
        row(4, one=series(G1, plot="p2", sensor="soil-a1")),
        row(4, one=series(type(G1)("htx-khac", "g1"), plot="p1")),
    ]
)


def test_every_series_of_a_plot_is_seen_with_its_ends(store: Store) -> None:
    store.write(MIXED)

    seen = store.series(scope())

    assert sorted(seen, key=lambda one: one.series.quantity) == [
        Seen(series=PROBE, first_ns=START_NS, last_ns=START_NS + 30 * MINUTE_NS),
        Seen(
            series=TRAP,
            first_ns=START_NS + 3 * MINUTE_NS,
            last_ns=START_NS + 3 * MINUTE_NS,
        ),
    ]


def test_a_window_counts_as_the_readings_that_it_stands_for(store: Store) -> None:
    store.write(MIXED)

    counted = store.counts(scope(), DAY_NS, MIDNIGHT_NS)

    assert sorted(counted, key=lambda one: one.series.quantity) == [
        Tally(
            series=PROBE,
            begin_ns=MIDNIGHT_NS,
            good=15,
            doubtful=2,
            missing=1,
            thinned=12,
        ),
        Tally(series=TRAP, begin_ns=MIDNIGHT_NS, good=1),
    ]


def test_buckets_are_local_days(store: Store) -> None:
    # The start is 03:47 local time: 1,213 minutes before midnight.
    store.write(row(0) + row(1212) + row(1213, 9) + row(1213 + 1440))

    counted = store.counts(scope(9000), DAY_NS, MIDNIGHT_NS + 77 * DAY_NS)

    days = {
        (one.begin_ns - MIDNIGHT_NS) // DAY_NS: (one.good, one.missing)
        for one in counted
    }
    assert days == {0: (2, 0), 1: (0, 1), 2: (1, 0)}


def test_a_whole_gateway_is_counted_over_its_plots(store: Store) -> None:
    store.write(MIXED)

    counted = store.counts(scope(plot=None, gateway="g1"), DAY_NS, MIDNIGHT_NS)

    assert sum(one.rows for one in counted) == 20


def test_a_silence_parts_two_runs_and_a_doubtful_value_ends_none(
    store: Store,
) -> None:
    flags = [1] * 5 + [3] * 60 + [9] * 5 + [2] * 5
    store.write(b"".join(row(at, flag) for at, flag in enumerate(flags)))

    runs = store.runs(scope(), HOUR_NS)
    minutes = [
        ((first - START_NS) // MINUTE_NS, (last - START_NS) // MINUTE_NS)
        for first, last in runs[PROBE]
    ]

    assert minutes == [(0, 4), (70, 74)]


def test_thinned_windows_fill_what_readings_leave_open(store: Store) -> None:
    store.write(row(0) + b"".join(window(at, 15) for at in (45, 60, 75)) + row(149))

    (run, last) = store.runs(scope(200), HOUR_NS)[PROBE]

    # The first window begins half an hour behind the reading before it.
    assert run == (START_NS, START_NS + 75 * MINUTE_NS)
    assert last == (START_NS + 149 * MINUTE_NS,) * 2


def test_what_lies_less_than_the_span_apart_is_one_run(store: Store) -> None:
    store.write(row(0) + row(59) + row(119))

    assert [
        (last - first) // MINUTE_NS
        for first, last in store.runs(scope(200), HOUR_NS)[PROBE]
    ] == [59, 0]


def test_nothing_stored_has_no_series_no_counts_and_no_runs(store: Store) -> None:
    store.write(row(0))
    elsewhere = scope(plot="p9")

    assert store.series(elsewhere) == []
    assert store.counts(elsewhere, DAY_NS, 0) == []
    assert store.runs(elsewhere, HOUR_NS) == {}


@pytest.mark.real
@pytest.mark.parametrize("days", [1, 7, 32])
def test_influxdb_and_sqlite_agree_on_a_season_of_any_rows_in_any_pieces(
    days: int, influx1: Influx1, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influxql_tally, "PIECE_DAYS", days)
    draw = random.Random(7)
    kinds = [PROBE, TRAP, series(G1, plot="p1", sensor="soil-b1", z=-30)]
    body = b"".join(
        row(minute, draw.choice([1, 1, 1, 2, 3, 4, 9]), draw.choice(kinds))
        if draw.random() < 0.9
        else window(minute, draw.randint(1, 15), draw.choice(kinds))
        for minute in sorted(draw.sample(range(60 * 1440), 3000))
    )
    for one in (influx1, sqlite):
        assert one.write(body) == []
    asked = scope(55 * 1440 + 17, start_ns=START_NS + 999 * MINUTE_NS)

    def answers(one: Store) -> tuple[Any, ...]:
        return (
            sorted(map(str, one.series(asked))),
            sorted(map(str, one.counts(asked, DAY_NS, MIDNIGHT_NS))),
            sorted(map(str, one.counts(asked, HOUR_NS, 0))),
            sorted(map(str, one.runs(asked, HOUR_NS).items())),
        )

    assert answers(influx1) == answers(sqlite)


@pytest.mark.real
def test_a_foreign_point_in_a_measurement_of_ours_is_passed_over(
    influx1: Influx1, influx: parts.Part
) -> None:
    foreign = row(2).replace(b"sensor=soil-a1", "sensor=Của\\ ai".encode())
    parts.write(influx.port, influx1.database, foreign)
    influx1.write(row(1))

    assert [one.series for one in influx1.series(scope())] == [PROBE]


@settings(max_examples=50)
@given(
    period=st.integers(1, 500),
    phase=st.integers(-1000, 1000),
    cuts=st.sets(st.integers(0, 5000), min_size=2, max_size=9).map(sorted),
)
def test_polls_due_add_up_over_neighbouring_spans(
    period: int, phase: int, cuts: list[int]
) -> None:
    ticks = [at for at in range(cuts[0], cuts[-1]) if (at - phase) % period == 0]

    parts_ = [due(period, phase, *span) for span in itertools.pairwise(cuts)]

    assert sum(parts_) == len(ticks) == due(period, phase, cuts[0], cuts[-1])


@settings(max_examples=50)
@given(
    stamps=st.sets(st.integers(0, 999), max_size=20).map(sorted),
    least=st.integers(2, 300),
)
def test_gaps_are_the_long_steps_from_value_to_value(
    stamps: list[int], least: int
) -> None:
    ends = [0, *stamps, 1000]
    long = [(a, b) for a, b in itertools.pairwise(ends) if b - a >= least]

    assert gaps([(at, at) for at in stamps], 0, 1000, least) == long


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"plot": "p1' OR 'a'='a"}, "not of the form"),
        ({"gateway": "G"}, "not of the form"),
        ({"coop": ""}, "not of the form"),
        ({"end_ns": START_NS}, "not after the start"),
    ],
)
def test_a_scope_that_no_series_can_have_is_refused(
    changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        scope(**changes)
