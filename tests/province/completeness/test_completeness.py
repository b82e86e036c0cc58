"""``canhdong-province ledger``: what adds up, and what is said of what does not."""

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from province import schema
from province.alarms import put_alarms
from province.completeness.facts import Book, Told, epoch_of
from province.completeness.gather import gather
from province.completeness.report import sum_of
from province.intake import Batch, judge
from province.ledger import Ledger
from province.main import main
from province.records import Alarm, Quarantined, Round
from province.stores.sqlite import SqliteStore
from telemetry.messages import Hello
from telemetry.mqtt import Incoming
from telemetry.ranges import Range, subtract, total, union
from tests.province.evidence import (
    BEGIN_NS,
    DAY_NS,
    HOUR_NS,
    LEVEL,
    MINUTE_NS,
    RAIN,
    SOIL,
    Province,
    meta,
    reading,
    season,
    series,
)
from tests.province.gateway import EPOCH, G1, batch_of

OTHER = "00000001"

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def call(here: Province, *arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["ledger", *arguments, "-c", str(here.config)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


TEXT = """\
htx-moduc/g1
  chào lần cuối · last hello 2026-11-25 00:00 (0 giây · s)
  số đo mới nhất · newest reading 2026-11-24 23:00 (0 giây · s)

  ngày           phải có   có dòng  có giá trị  nghi ngờ    thiếu      đủ %
  day                due    stored  with value   suspect  missing  complete
  2026-11-22          72        72          72         0        0     100,0
  2026-11-23          72        72          72         2        0     100,0
  2026-11-24          72        54          51         1        3      70,8
  tổng · total       216       198         195         3        3      90,3

  kỳ · epoch 7f3a9c12 (hiện nay · current): 220 số · numbers 1..220
    đã giữ · held                            198
    còn chờ · pending                         12  201..208, 217..220
    đã mất · lost                             10  191..200
  cách ly · quarantined: 1 dòng · lines, 0 gói · bodies
  ! chưa có trong sổ đăng ký · plots not in the registry: p99
"""


def test_an_account_is_told_by_day_and_number(in_sqlite: Province, ask: Ask) -> None:
    in_sqlite.enter()
    lines = season(3)
    for hour in (69, 70, 71):
        lines[3 * hour + 1] = reading(SOIL, hour * HOUR_NS, None)
    stray = series("soil_ph", "ph-1", plot="p99")
    told = meta(LEVEL, SOIL, RAIN, stray)
    in_sqlite.hear(lines[:190], at_ns=3 * DAY_NS, meta=told)
    in_sqlite.hear(lines[208:], first=209, at_ns=3 * DAY_NS)
    in_sqlite.hello(221, oldest=201, at_ns=3 * DAY_NS)
    line = Quarantined(G1, "line", b"x\n", "bad")
    in_sqlite.ledger.record(Round(quarantined=[line]), 1)

    assert ask(in_sqlite) == (0, TEXT, "")


def the_one(out: str) -> dict[str, Any]:
    """The only gateway of a JSON answer."""
    (account,) = json.loads(out)["gateways"]
    assert isinstance(account, dict)
    return account


def test_polls_and_rows_of_a_season_add_up_day_by_day(here: Province, ask: Ask) -> None:
    here.hear(season(), meta=meta(LEVEL, SOIL, RAIN))
    here.hello(721)

    _, out, _ = ask(here, "--json")
    account = the_one(out)
    (epoch,) = account["epochs"]

    days = account["days"]
    assert [day["due"] for day in days] == [72] * 10
    assert [day["complete_pct"] for day in days] == [100] * 4 + [66.7] + [100] * 5
    assert sum(day["stored"] for day in days) == epoch["held"] == 720
    assert all(day["stored"] == day["valued"] + day["missing"] for day in days)
    assert (epoch["pending"], epoch["lost"]) == (0, 0)


@pytest.mark.slow
def test_a_stretch_is_told_alone_and_adds_up_with_the_rest(
    here: Province, ask: Ask
) -> None:
    here.hear(season(), meta=meta(LEVEL, SOIL, RAIN, every_s=5000))

    whole = the_one(ask(here, "--json")[1])["days"]
    cut = ["2026-11-26", "2026-12-05"]
    early = the_one(ask(here, "--json", "--to", cut[0])[1])["days"]
    late = the_one(ask(here, "--json", "--from", cut[0], "--to", cut[1])[1])["days"]

    assert (len(early), early + late) == (4, whole)


def test_a_sensor_that_was_moved_is_due_where_it_stood(
    here: Province, ask: Ask
) -> None:
    there = series("soil_moisture", "soil-1", plot="p3", z=-10)
    lines = [reading(there, hour * HOUR_NS, 20) for hour in range(30)]
    lines += [reading(SOIL, hour * HOUR_NS, 20) for hour in range(30, 48)]
    here.hear(lines, meta=meta(SOIL), at_ns=2 * DAY_NS)

    days = the_one(ask(here, "--json")[1])["days"]

    assert [(day["due"], day["complete_pct"]) for day in days] == [(24, 100)] * 2


def test_values_of_a_sensor_that_is_gone_are_no_part_of_complete(
    here: Province, ask: Ask
) -> None:
    lines = [
        reading(one, hour * HOUR_NS, 20) for hour in range(24) for one in (SOIL, LEVEL)
    ]
    here.hear(lines[:10] + lines[14:], meta=meta(SOIL), at_ns=DAY_NS)

    account = the_one(ask(here, "--json")[1])
    (day,) = account["days"]

    assert (day["stored"], day["undue"], day["due"]) == (44, 22, 24)
    assert day["complete_pct"] == 91.7
    assert "22 giá trị không rõ nhịp đo" in ask(here)[1]


@pytest.mark.slow
def test_without_a_meta_what_is_due_is_not_known(here: Province, ask: Ask) -> None:
    here.hear(season(1), at_ns=DAY_NS)

    code, out, _ = ask(here)

    assert code == 0
    assert "chưa rõ nhịp đo · no up/meta" in out
    assert "2026-11-22           –        72" in out


def test_merged_numbers_are_held_and_named(in_sqlite: Province, ask: Ask) -> None:
    window = (
        f"soil_moisture_15m,{SOIL.tags()} value=31,min=30,max=32,n=15i,span_s=900i"
        f" {BEGIN_NS + 15 * MINUTE_NS}\n"
    )
    _, plain = batch_of([window], 1, merged=14)
    batch = judge(Incoming(G1.topic("up/r"), plain, False, 1, 1))
    assert isinstance(batch, Batch)
    in_sqlite.store.write(batch.body)
    in_sqlite.ledger.record(Round([batch]), BEGIN_NS // 10**6 + 3_600_000)

    account = the_one(ask(in_sqlite, "--json")[1])
    (epoch,) = account["epochs"]

    assert (epoch["held"], epoch["merged_ranges"]) == (15, [[1, 15, 14]])
    assert [day["stored"] for day in account["days"]] == [15]


def test_an_older_epoch_is_closed_and_the_new_one_begins_where_it_is_seen(
    in_sqlite: Province, ask: Ask
) -> None:
    in_sqlite.hear(season(1)[:30])
    in_sqlite.hear(season(1)[40:50], first=41)
    said = Hello(epoch=OTHER, boot="b2", mono_ms=1, oldest=51, next=61)
    in_sqlite.hear(hello=said)

    old, new = the_one(ask(in_sqlite, "--json")[1])["epochs"]

    assert (old["epoch"], old["held"], old["closed_ranges"]) == (EPOCH, 40, [[31, 40]])
    assert (old["pending"], old["lost"]) == (0, 0)
    # Numbers below 51 were never given in this epoch: none of them is lost.
    assert (new["first"], new["last"]) == (51, 60)
    assert (new["held"], new["pending"], new["lost"]) == (0, 10, 0)
    assert "cũ · closed" in ask(in_sqlite, "--all")[1]


@pytest.mark.slow
def test_older_epochs_are_told_only_where_something_is_amiss(
    in_sqlite: Province, ask: Ask
) -> None:
    rows = season(1)
    for place, epoch in enumerate(("00000001", "00000002", "00000003", "00000004")):
        said = Hello(epoch=epoch, boot=f"b{place}", mono_ms=1, oldest=1, next=11)
        in_sqlite.hear(rows[10 * place : 10 * place + 9], epoch=epoch, hello=said)
    amiss = Alarm(G1, "00000002", "impossible", 1, 1, "")
    with in_sqlite.ledger.transaction() as connection:
        put_alarms(connection, [amiss], 1)

    out = ask(in_sqlite)[1]

    assert re.findall(r"kỳ · epoch (\d+) ", out) == ["00000002", "00000004"]
    assert (
        "\n  kỳ cũ khác · older epochs: 2, đã giữ · held 18, chuyển kỳ hoặc mất"
        " · moved or\n    lost 2 (--all)\n"
    ) in out
    everything = ask(in_sqlite, "--all")[1]
    assert len(re.findall("kỳ · epoch", everything)) == 4
    assert "older epochs" not in everything
    (account,) = json.loads(ask(in_sqlite, "--json")[1])["gateways"]
    assert len(account["epochs"]) == 4


def test_one_gateway_or_cooperative_can_be_asked_for(
    in_sqlite: Province, ask: Ask
) -> None:
    in_sqlite.hello(1)

    assert ask(in_sqlite, "--gateway", "g1")[1].startswith("htx-moduc/g1\n")
    assert ask(in_sqlite, "--coop", "htx-mduc") == (
        *(2, ""),
        "htx-mduc/*: no gateway of that name has spoken;"
        " did you mean 'htx-moduc/g1'?\n",
    )
    assert ask(in_sqlite, "--from", "2026-11-24", "--to", "2026-11-23")[0] == 2


def test_a_province_that_has_heard_nothing_says_so(
    in_sqlite: Province, ask: Ask
) -> None:
    assert ask(in_sqlite) == (0, "chưa có trạm nào · no gateway has spoken yet\n", "")
    assert json.loads(ask(in_sqlite, "--json")[1])["gateways"] == []


def test_a_gateway_that_only_said_hello_has_no_days(
    in_sqlite: Province, ask: Ask
) -> None:
    in_sqlite.hello(1)

    code, out, _ = ask(in_sqlite)

    assert code == 0
    assert "chưa có số đo nào · nothing is stored yet" in out


spans = st.lists(st.tuples(st.integers(1, 90), st.integers(1, 15)), max_size=8)


def ranges_of(some: list[tuple[int, int]]) -> list[Range]:
    return union((first, first + rows - 1) for first, rows in some)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    held=spans,
    rejected=spans,
    given_up=spans,
    first=st.none() | st.integers(1, 40),
    oldest=st.integers(1, 110),
    more=st.integers(0, 20),
    is_current=st.booleans(),
)
def test_every_number_is_in_exactly_one_list(
    held: list[tuple[int, int]],
    rejected: list[tuple[int, int]],
    given_up: list[tuple[int, int]],
    first: int | None,
    oldest: int,
    more: int,
    is_current: bool,
) -> None:
    book = Book(
        held=ranges_of(held),
        rejected=ranges_of(rejected),
        given_up=ranges_of(given_up),
    )
    told = Told(first=first, oldest=oldest, next=oldest + more)

    one = epoch_of(EPOCH, book, told, is_current=is_current)

    lists = (one.held, one.rejected, one.pending, one.lost, one.closed)
    numbers = sorted(
        number
        for some in lists
        for first, last in some
        for number in range(first, last + 1)
    )
    assert numbers == list(range(one.first, one.last + 1))
    assert all(a >= oldest for a, _ in (*one.pending, *one.closed))
    assert not (one.closed if is_current else one.pending)
    assert first is None or one.first <= first
    assert not subtract(book.held, one.held)


@pytest.mark.slow
@given(
    held=spans.filter(bool),
    oldest=st.integers(1, 30),
    is_gone=st.lists(st.booleans(), min_size=110, max_size=110),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_rows_in_the_store_are_the_numbers_that_the_ledger_holds(
    held: list[tuple[int, int]], oldest: int, is_gone: list[bool], ledger: Ledger
) -> None:
    lines = [
        reading(LEVEL, at * HOUR_NS, None if gone else 1)
        for at, gone in enumerate(is_gone)
    ]
    with ledger.transaction() as connection:
        for table in schema.METADATA.sorted_tables:
            connection.execute(sa.delete(table))
    with contextlib.closing(SqliteStore(Path(":memory:"))) as store:
        here = Province(ledger.path.parent, ledger, store)
        here.hear(meta=meta(LEVEL))
        for first, rows in held:
            here.hear(lines[first - 1 : first - 1 + rows], first=first)
        here.hello(111, oldest)
        account = gather(
            G1,
            ledger=ledger,
            store=store,
            registry=None,
            at_ms=(BEGIN_NS + 10 * DAY_NS) // 10**6,
        )

    (epoch,) = account.epochs
    days = sum_of(account.days)
    assert days.stored == total(epoch.held)
    assert days.due == 10 * 24 - min(first for first, _ in held) + 1
    assert total(epoch.held) + total(epoch.pending) + total(epoch.lost) == (
        epoch.last - epoch.first + 1
    )
