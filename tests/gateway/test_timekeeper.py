"""The timekeeper over a real buffer: segments, alerts, and when rows may go."""

import json
import sqlite3
from contextlib import closing

import pytest

from gateway.segments import LIFE_MS
from tests.clockwork import DAY, HOUR, Field


@pytest.fixture
def field(tmp_path):
    one = Field(tmp_path)
    yield one
    one.close()


def segments(field):
    return [(s.boot, s.source) for s in field.reader.segments()]


def test_hourly_answers_that_agree_begin_few_segments(field):
    for _ in range(48):
        field.hello(200, 300)
        field.poll(HOUR)

    assert 1 <= len(field.time.segments) <= 3


def test_ntp_that_agrees_is_taken_and_its_segments_say_so(field):
    field.ntp_off_ms = 30
    field.hello()

    assert segments(field) == [(1, "ntp")]


def test_no_row_goes_once_hello_is_too_long_ago(field):
    field.hello()
    field.poll(LIFE_MS - field.every_ms)
    before = field.time.is_sure
    field.poll(3 * field.every_ms)

    assert (before, field.time.is_sure) == (True, False)
    field.hello()
    assert field.time.is_sure
    field.send()
    assert field.faults() == []


def test_what_hello_has_told_survives_a_restart_of_the_program(field):
    field.clock.ppm = 100
    field.hello()
    field.poll(DAY)
    field.restart()
    field.hello()
    field.send()

    assert len(field.sent) == len(field.truth)
    assert field.faults() == []


def test_boots_are_not_dated_before_every_source_was_asked(field):
    field.hello()
    field.poll(HOUR)
    for off_ms in (200, 300):
        field.power_cut(HOUR)
        field.hear("rtc", off_ms)
        field.poll(HOUR)
    field.board.is_complete = False

    field.hello()
    early = segments(field)
    assert field.time.is_catching_up
    field.board.is_complete = True
    field.hello()

    assert (2, "rtc") not in early
    assert (2, "rtc") in segments(field)
    assert not field.time.is_catching_up


def test_a_clock_on_vietnamese_time_is_named_in_both_languages(field):
    field.hear("rtc", 7 * HOUR)
    field.hello()

    (body,) = field.reader.outbox().values()
    told = json.loads(body)
    assert "giờ Việt Nam" in told["vi"]
    assert "25200 giây" in told["vi"]
    assert "must be set to UTC" in told["en"]
    assert segments(field) == [(1, "disputed")]


def test_each_source_that_is_wrong_is_told_by_an_alert_of_its_own(field):
    field.hear("rtc", -DAY)
    field.hear("modem", DAY, 61_000)
    field.hear("person", 60_000, 120_000)
    field.hello()
    field.hello()

    assert sorted(a.split("-")[3] for a in field.alerts) == ["modem", "rtc"]


def test_a_boot_begins_after_the_stamps_of_a_boot_that_ran_ahead(field):
    field.hello(off_ms=HOUR)  # the province's clock was an hour ahead …
    field.poll(HOUR)
    field.send()
    field.power_cut(60_000)
    field.poll(HOUR)
    field.hello()  # … and is right again
    field.send()

    stamps = [field.sent[seq].stamp_ms for seq in sorted(field.sent)]
    assert stamps == sorted(set(stamps))
    late = field.sent[len(field.truth)]
    assert late.is_true
    assert field.time.is_catching_up


def test_one_flipped_bit_in_a_rows_time_moves_no_later_stamp(field):
    field.hello()
    field.poll(HOUR)
    field.send()
    field.hello()
    with closing(sqlite3.connect(field.path)) as db:
        db.execute("UPDATE reading SET ms = ms | (1 << 36) WHERE seq = 3")
        db.commit()
    before = max(field.sent)

    field.power_cut(60_000)
    field.poll(HOUR)
    field.hello()
    field.send()

    later = [field.sent[seq] for seq in field.sent if seq > before]
    assert later
    assert max(row.stamp_ms for row in later) - field.sent[1].stamp_ms < DAY
