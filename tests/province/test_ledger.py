"""The ledger: what it holds, what it notices, what it refuses to open."""

import contextlib
import itertools
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import province.ledger
from province import refilling
from province.intake import Batch, Document, Event, Greeting, judge, without
from province.ledger import Ledger, LedgerFault
from province.migrations import HOME
from province.records import Alarm, Quarantined, Round
from province.schema import METADATA
from province.stores.base import Rejected
from telemetry import wire
from telemetry.messages import Hello
from telemetry.mqtt import Incoming
from telemetry.ranges import union
from telemetry.settings import ConfigError
from telemetry.topics import Identity
from tests.province.gateway import EPOCH, G1, START_MS, batch_of, lines_of

SECOND_NS = 1_000_000_000
START_NS = START_MS * 1_000_000
EPOCHS = itertools.count()  # a new one for each example


def batch(
    first: int, rows: int, *, epoch: str = EPOCH, identity: Identity = G1, salt: int = 0
) -> Batch:
    lines = lines_of(identity, first + salt, rows)
    _, plain = batch_of(lines, first, epoch=epoch)
    one = judge(Incoming(identity.topic("up/r"), plain, False, 1, 1))
    assert isinstance(one, Batch)
    return one


def lacking(first: int, rows: int, rejected: Iterable[int]) -> Batch:
    """A batch of which the store refused some lines."""
    one = batch(first, rows)
    (less,) = without([one], [Rejected(at, "no") for at in rejected])
    return less


def hello(next_: int, *, boot: str = "b1", epoch: str = EPOCH) -> Greeting:
    said = Hello(epoch=epoch, boot=boot, mono_ms=1, oldest=1, next=next_)
    return Greeting(G1, said)


def rows_of(ledger: Ledger, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(ledger.path) as db:
        rows = db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
    db.close()
    return rows


def test_numbers_of_neighbouring_batches_are_one_range(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 50), batch(151, 50)]), 1)
    ledger.record(Round([batch(51, 100)]), 2)

    assert ledger.held(G1, EPOCH) == [(1, 200)]


def test_epochs_and_gateways_are_held_apart(ledger: Ledger) -> None:
    other = Identity("htx-moduc", "g2")
    ledger.record(
        Round(
            [batch(1, 5), batch(6, 5, epoch="00000001"), batch(11, 5, identity=other)]
        ),
        1,
    )

    assert ledger.held(G1, EPOCH) == [(1, 5)]
    assert ledger.held(G1, "00000001") == [(6, 10)]
    assert ledger.held(other, EPOCH) == [(11, 15)]


def test_the_same_round_twice_has_one_effect(ledger: Ledger) -> None:
    round_ = Round(
        [batch(1, 50)],
        [hello(51)],
        [Event(G1, "e1", b"{}")],
        [Document(G1, "up/link", b"1")],
        [Quarantined(G1, "line", b"x\n", "bad")],
    )
    tables = ("batch", "held", "gateway", "alert", "document", "quarantine", "alarm")
    ledger.record(round_, 1)
    before = [rows_of(ledger, table) for table in tables]

    alarms = ledger.record(round_, 1)

    assert alarms == []
    assert [rows_of(ledger, table) for table in tables] == before


def test_a_batch_keeps_the_time_of_its_first_storing(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 5)]), 111)
    ledger.record(Round([batch(1, 5)]), 222)

    ((*_, stored_ms),) = rows_of(ledger, "batch")

    assert stored_ms == 111


def test_the_same_numbers_with_another_digest_are_a_clone(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 50)]), 1)
    clone = batch(41, 20, salt=7)

    alarms = ledger.record(Round([clone]), 2)

    assert alarms == [Alarm(G1, EPOCH, "clone", 41, 60, clone.envelope.batch)]
    assert ledger.held(G1, EPOCH) == [(1, 60)]
    assert len(rows_of(ledger, "batch")) == 2
    assert len(rows_of(ledger, "alarm")) == 1


def test_a_clone_within_one_round_is_seen_and_told_once(ledger: Ledger) -> None:
    round_ = Round([batch(1, 50), batch(1, 50, salt=7)])

    assert [alarm.kind for alarm in ledger.record(round_, 1)] == ["clone"]
    assert ledger.record(round_, 2) == []


def test_a_hello_behind_what_is_held_is_an_old_card(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 50)], [hello(1, boot="b1")]), 1)

    alarms = ledger.record(Round(greetings=[hello(31, boot="b2")]), 2)

    assert alarms == [Alarm(G1, EPOCH, "old-card", 31, 50)]


def test_a_hello_of_the_same_boot_that_comes_late_is_no_alarm(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 50)], [hello(1)]), 1)

    assert ledger.record(Round(greetings=[hello(1)]), 2) == []


def test_the_epoch_of_a_gateway_is_that_of_its_last_hello(ledger: Ledger) -> None:
    ledger.record(Round(greetings=[hello(1), hello(1, epoch="00000001")]), 1)

    assert ledger.epoch_of(G1) == "00000001"
    assert ledger.epoch_of(Identity("htx-moduc", "g9")) is None


spans = st.lists(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 12)), min_size=1, max_size=4),
    max_size=5,
)


@pytest.mark.slow
@given(rounds=spans)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_held_is_the_union_of_all_batches_in_any_order(
    rounds: list[list[tuple[int, int]]], ledger: Ledger
) -> None:
    epoch = f"{next(EPOCHS):08x}"
    for some in rounds:
        ledger.record(Round([batch(*span, epoch=epoch) for span in some]), 1)

    expected = union(
        (first, first + rows - 1) for some in rounds for first, rows in some
    )
    assert ledger.held(G1, epoch) == expected


def test_what_touches_a_stretch_of_time_is_taken_out(ledger: Ledger) -> None:
    ledger.record(Round([batch(1 + 10 * at, 10) for at in range(5)]), 1)

    taken = ledger.take_out(G1, START_NS + 20 * SECOND_NS, START_NS + 31 * SECOND_NS)

    assert taken == [(EPOCH, (11, 20)), (EPOCH, (21, 30))]
    assert ledger.held(G1, EPOCH) == [(1, 10), (31, 50)]


def test_numbers_that_a_clone_also_brought_are_taken_out_too(ledger: Ledger) -> None:
    late = batch(1, 10, salt=1000)
    ledger.record(Round([batch(1, 10), late]), 1)

    ledger.take_out(G1, START_NS, START_NS + 20 * SECOND_NS)

    assert ledger.held(G1, EPOCH) == []
    assert ledger.record(Round([batch(1, 10)]), 2) == []


def test_rejected_numbers_are_not_held(ledger: Ledger) -> None:
    ledger.record(Round([batch(1, 10), lacking(11, 10, [0, 4, 9])]), 1)

    assert ledger.held(G1, EPOCH) == [(1, 10), (12, 14), (16, 19)]


def test_a_rejected_number_that_comes_alone_is_no_clone(ledger: Ledger) -> None:
    first = lacking(1, 10, [4])
    ledger.record(Round([first]), 1)

    # In one round with a resend of its first batch, too.
    alarms = ledger.record(Round([batch(5, 1), first]), 2)

    assert alarms == []
    assert ledger.held(G1, EPOCH) == [(1, 10)]
    assert ledger.record(Round([first, batch(5, 1)]), 3) == []


def test_a_refill_leaves_rejected_numbers_of_other_batches_as_they_are(
    ledger: Ledger,
) -> None:
    ledger.record(Round([lacking(1, 10, [0]), batch(1, 1), lacking(11, 10, [4])]), 1)

    taken = ledger.take_out(G1, START_NS, START_NS + 2 * SECOND_NS)

    assert taken == [(EPOCH, (1, 1))]
    assert ledger.held(G1, EPOCH) == [(2, 14), (16, 20)]


def test_ingest_goes_on_between_the_pieces_of_a_refill(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Identity("htx-moduc", "g2")
    monkeypatch.setattr(refilling, "PIECE", 2)
    monkeypatch.setattr(province.ledger, "PIECE", 2)
    for epoch in ("00000001", "00000002"):
        some = [batch(1 + 10 * at, 5, epoch=epoch) for at in range(5)]
        ledger.record(Round([*some, batch(100, 5, epoch=epoch)]), 1)
    writes: list[float] = []

    def write(pause_s: float) -> None:
        writes.append(pause_s)
        with contextlib.closing(Ledger(ledger.path)) as ingest:
            ingest.record(Round([batch(10 * len(writes), 1, identity=other)]), 1)

    monkeypatch.setattr(province.ledger.time, "sleep", write)

    taken = ledger.take_out(G1, START_NS, START_NS + 60 * SECOND_NS)

    assert len(taken) == 10
    assert len(set(taken)) == 10
    for epoch in ("00000001", "00000002"):
        assert ledger.held(G1, epoch) == [(100, 104)]
    assert writes == [refilling.BREATH_S] * 5
    assert len(ledger.held(other, EPOCH)) == 5


def test_a_batch_of_nothing_but_bad_lines_is_neither_held_nor_taken_out(
    ledger: Ledger,
) -> None:
    ledger.record(Round([lacking(1, 5, range(5))]), 1)

    taken = ledger.take_out(G1, 0, 2 * START_NS)

    assert taken == []
    assert ledger.held(G1, EPOCH) == []


def test_quarantine_keeps_a_line_once_with_its_newest_reason(ledger: Ledger) -> None:
    for reason in ("first", "second"):
        line = Quarantined(G1, "line", b"x\n", reason)
        ledger.record(Round(quarantined=[line]), 1)
    ((number, kept),) = ledger.quarantine()

    ledger.release([(number, kept)])

    assert kept == Quarantined(G1, "line", b"x\n", "second")
    assert ledger.quarantine(G1) == []


def test_a_real_province_refuses_a_simulated_ledger(ledger: Ledger) -> None:
    ledger.claim("simulated")
    ledger.claim("simulated")

    with pytest.raises(ConfigError, match="holds simulated time"):
        ledger.claim("real")


def test_the_origin_of_a_scaled_clock_stays_that_of_the_first_start(
    ledger: Ledger,
) -> None:
    first = ledger.origin("b1x60", (5, 1000))

    assert first == (5, 1000)
    assert ledger.origin("b1x60", (9, 2000)) == (5, 1000)
    assert ledger.origin("b2x60", (1, 3000)) == (1, 3000)


def test_the_migrations_make_the_tables_of_the_schema(ledger: Ledger) -> None:
    engine = sa.create_engine(f"sqlite:///{ledger.path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, METADATA)
    engine.dispose()

    assert differences == []


def test_a_ledger_of_v0002_keeps_its_epochs_and_counts_its_alarms(
    ledger: Ledger,
) -> None:
    engine = sa.create_engine(f"sqlite:///{ledger.path.with_name('old.db')}")
    config = Config()
    config.set_main_option("script_location", str(HOME))
    config.set_main_option("path_separator", "newline")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "v0002")
        for first, epoch, at_ms in ((1, "00000001", 5), (51, "00000002", 9)):
            connection.exec_driver_sql(
                "INSERT INTO batch VALUES ('htx-moduc', 'g1', ?, ?, ?, 'd', 50, 0,"
                " 1, 2, 'ntp', 1, ?)",
                (epoch, first, first + 49, at_ms),
            )
        connection.exec_driver_sql(
            "INSERT INTO gateway VALUES"
            " ('htx-moduc', 'g1', '00000002', 'b1', 51, 120, '{}', 8)"
        )
        for first in (1, 11):
            connection.exec_driver_sql(
                "INSERT INTO alarm (coop, gw, epoch, kind, first, last, batch, at_ms)"
                " VALUES ('htx-moduc', 'g1', '00000001', 'clone', ?, ?, 'd', ?)",
                (first, first + 9, first),
            )
    engine.dispose()

    old = Ledger(ledger.path.with_name("old.db"))
    old.close()

    assert rows_of(old, "epoch") == [
        ("htx-moduc", "g1", "00000001", 1, None, 51, 1, 5, 5),
        ("htx-moduc", "g1", "00000002", 2, None, 120, 51, 8, 8),
    ]
    assert rows_of(old, "alarm") == [
        ("htx-moduc", "g1", "00000001", "clone", 1, 20, "d", 2, 1, 11, 11)
    ]


@pytest.mark.parametrize("another", [False, True])
def test_a_ledger_that_loses_its_name_stops_what_works_on_it(
    another: bool, ledger: Ledger, tmp_path: Path
) -> None:
    ledger.record(Round([batch(1, 5)]), 1)
    ledger.path.rename(tmp_path / "away.db")
    if another:
        Ledger(ledger.path).close()

    with pytest.raises(LedgerFault, match="was deleted or replaced while it was open"):
        ledger.record(Round([batch(6, 5)]), 2)
    with pytest.raises(LedgerFault, match="deleted or replaced"):
        ledger.held(G1, EPOCH)


def test_every_commit_reaches_the_disk(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        mode = connection.exec_driver_sql("PRAGMA synchronous").scalar()

    assert mode == 2  # FULL


def test_a_newer_schema_is_refused_by_name(ledger: Ledger) -> None:
    with sqlite3.connect(ledger.path) as db:
        db.execute("UPDATE alembic_version SET version_num = 'v0099'")
    db.close()

    with pytest.raises(ConfigError, match=r"schema v0099 is newer.*update"):
        Ledger(ledger.path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE reading (seq)")
    db.close()

    with pytest.raises(ConfigError, match="no ledger; name another file"):
        Ledger(file)


@pytest.mark.parametrize("name", ["text", "nowhere/ledger.db", "."])
def test_a_path_that_cannot_be_a_ledger_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough " * 50)

    with pytest.raises(ConfigError, match="cannot be used as a ledger"):
        Ledger(tmp_path / name)


def test_a_locked_ledger_is_weather(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("province.ledger.BUSY_S", 0)
    lock = sqlite3.connect(ledger.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerFault, match="locked"):
        Ledger(ledger.path)
    lock.close()


def test_who_reads_for_long_keeps_nobody_from_writing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("province.ledger.BUSY_S", 0)
    other = Ledger(ledger.path)

    with ledger.reading() as view:
        seen = [view.scalar(sa.text("SELECT count(*) FROM batch"))]
        other.record(Round([batch(1, 3)]), 1)
        seen.append(view.scalar(sa.text("SELECT count(*) FROM batch")))
    other.close()

    assert seen == [0, 0]
    assert len(rows_of(ledger, "batch")) == 1


def test_a_broken_ledger_is_weather(ledger: Ledger) -> None:
    ledger.close()
    with ledger.path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)

    with pytest.raises(LedgerFault, match="malformed"):
        Ledger(ledger.path)


def test_a_large_refused_body_is_kept_in_part_beside_its_digest(
    ledger: Ledger,
) -> None:
    payload = b"x" * 1_000_000
    ledger.record(Round(quarantined=[Quarantined(G1, "body", payload, "why")]), 1)

    ((_, kept),) = ledger.quarantine()
    ((digest,),) = (row[4:5] for row in rows_of(ledger, "quarantine"))

    assert kept.payload == payload[: wire.MAX_PLAIN]
    assert digest == wire.digest(payload)


def test_a_resend_looks_up_its_own_batch_alone(ledger: Ledger) -> None:
    ledger.record(Round([batch(1 + at, 1) for at in range(300)]), 1)
    steps: list[int] = []

    def count(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(lambda: steps.append(1), 100)

    sa.event.listen(ledger._engine, "checkout", count)

    assert ledger.record(Round([batch(1, 1)]), 2) == []
    assert len(steps) < 5  # hundreds of instructions, not one for each batch


def test_a_ledger_that_stops_working_is_weather(ledger: Ledger) -> None:
    with sqlite3.connect(ledger.path) as db:
        db.execute("DROP TABLE held")
    db.close()

    with pytest.raises(LedgerFault, match=r"ledger .*held"):
        ledger.held(G1, EPOCH)
