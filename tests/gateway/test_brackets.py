"""Boots that never met the province: dated by a source, else by their neighbours."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.brackets import beyond, brackets
from gateway.records import Hint
from gateway.segments import BootSpan, Segment, Word, covering

UTC = 1_795_294_053_000
HELLO = Segment(1, 1, 0, UTC, "hello", 40)
DAY = 86_400_000
SPANS = [BootSpan(1, 0, 10_000), BootSpan(2, 2_000, 30_000), BootSpan(3, 0, 500)]
THIRD = Segment(2, 3, 0, UTC + DAY, "hello", 40)
TRUTH = Word(500, UTC + DAY, 40)
TRUE_2 = UTC + DAY // 3  # when boot 2 really began


def hint(boot, source, offset_ms, err_ms=500):
    return Hint(boot, source, 1_000, offset_ms, err_ms)


def dated(*hints, segments=(HELLO, THIRD), spans=SPANS, present=3):
    return brackets(
        segments, spans, present, hints=hints, truth=TRUTH, ppm=100.0
    )  # fmt: skip


def test_a_boot_without_an_anchor_is_bracketed_by_its_neighbours():
    third = replace(THIRD, offset_ms=UTC + 100_000)

    (found,) = brackets([HELLO, third], SPANS, present=3)

    # It began after the first ended at UTC + 10 s and ended before UTC + 100 s.
    assert (found.boot, found.source) == (2, "bracket")
    first, last = found.offset_ms + 2_000, found.offset_ms + 30_000
    assert first - found.err_ms <= UTC + 10_001 <= first
    assert last <= UTC + 100_000 <= last + found.err_ms


def test_two_boots_without_an_anchor_keep_their_order():
    spans = [
        BootSpan(1, 0, 10_000),
        BootSpan(2, 0, 5_000),
        BootSpan(3, 0, 5_000),
        BootSpan(4, 0, 1),
    ]
    last = Segment(2, 4, 0, UTC + 90_000, "hello", 40)

    second, third = brackets([HELLO, last], spans, present=4)

    assert second.offset_ms + 5_000 <= third.offset_ms
    assert third.offset_ms + 5_000 <= last.offset_ms


def test_without_any_later_anchor_a_boot_waits():
    assert brackets([HELLO], [BootSpan(1, 0, 1), BootSpan(2, 0, 1)], present=3) == []


def test_the_running_boot_is_never_bracketed():
    later = replace(HELLO, id=2, boot=3)

    assert brackets([later], [BootSpan(2, 0, 1)], present=2) == []


@pytest.mark.parametrize("source", ["rtc", "modem", "gps", "ntp"])
def test_a_source_that_the_province_found_right_dates_the_boot(source):
    (found,) = dated(
        hint(2, source, TRUE_2 + 900), hint(3, source, TRUTH.offset_ms + 700)
    )

    assert (found.boot, found.source, found.offset_ms) == (2, source, TRUE_2 + 900)
    assert 900 < found.err_ms < 9_000  # two thirds of a day at 100 ppm are 5.8 s


@pytest.mark.parametrize(
    "now", [None, TRUTH.offset_ms + 7 * 3_600_000, TRUTH.offset_ms - 60_000]
)
def test_a_source_that_is_silent_or_wrong_today_dates_nothing(now):
    today = [] if now is None else [hint(3, "rtc", now)]

    (found,) = dated(hint(2, "rtc", TRUE_2), *today)

    assert found.source == "bracket"


def test_a_source_that_contradicts_the_order_of_the_boots_dates_nothing():
    today = hint(3, "rtc", TRUTH.offset_ms)

    (stale,) = dated(hint(2, "rtc", UTC - DAY), today)
    (ahead,) = dated(hint(2, "rtc", UTC + 3 * DAY), today)

    assert stale.source == ahead.source == "bracket"


def test_a_source_a_little_outside_is_moved_to_the_edge_and_says_so():
    edge = UTC + 10_001 - 2_000  # the first row of boot 2 follows the last of boot 1

    (found,) = dated(
        hint(2, "rtc", edge - 400), hint(3, "rtc", TRUTH.offset_ms)
    )  # fmt: skip

    assert (found.source, found.offset_ms) == ("rtc", edge)
    assert found.err_ms > 400


def test_where_the_bracket_is_sharper_than_the_source_it_is_taken():
    spans = [SPANS[0], BootSpan(2, 0, DAY - 12_000), SPANS[2]]

    (found,) = dated(
        hint(2, "person", UTC + 11_000, 120_000),
        hint(3, "person", TRUTH.offset_ms, 120_000),
        spans=spans,
    )

    assert (found.source, found.err_ms < 15_000) == ("bracket", True)


def test_the_better_source_goes_first_and_the_other_must_fit():
    spans = [*SPANS[:2], BootSpan(3, 0, 30_000), BootSpan(4, 0, 500)]
    fourth = replace(THIRD, boot=4)

    found = dated(
        hint(2, "rtc", UTC + DAY // 2),  # after boot 3, which cannot be
        hint(3, "modem", UTC + DAY // 4),
        hint(4, "rtc", TRUTH.offset_ms),
        hint(4, "modem", TRUTH.offset_ms),
        segments=(HELLO, fourth), spans=spans, present=4,
    )  # fmt: skip

    assert {s.boot: s.source for s in found} == {2: "bracket", 3: "modem"}


@given(
    st.lists(st.integers(1, 3 * DAY), min_size=4, max_size=6),
    st.lists(
        st.tuples(
            st.integers(2, 6),
            st.sampled_from(["rtc", "modem", "person"]),
            st.integers(-DAY, 8 * DAY),
        ),
        max_size=6,
    ),
)
def test_boots_never_overlap_whatever_the_sources_say(lengths, said):
    spans, at = [], UTC
    for boot, length in enumerate(lengths, 1):
        spans.append(BootSpan(boot, 1_000, 1_000 + length))
        at += length + 5_000
    present = len(spans)
    last = Segment(2, present, 0, at, "hello", 40)
    hints = [hint(b, s, UTC + off) for b, s, off in said if b < present]
    hints += [hint(present, s, at) for s in ("rtc", "modem", "person")]

    made = brackets(
        [HELLO, last], spans, present, hints=hints, truth=Word(500, at, 40), ppm=100.0
    )

    known = [HELLO, last, *made]
    ends = [
        span_ms + covering(known, span.boot, span_ms).offset_ms
        for span in spans
        for span_ms in (span.first_ms, span.last_ms)
    ]
    assert ends == sorted(set(ends))
    assert [s.id for s in made] == list(range(3, 3 + len(made)))


def test_the_end_of_a_boot_that_met_no_later_hello_states_a_growing_error():
    early = Segment(1, 1, 0, UTC, "hello", 1_120)

    found = list(beyond([early], Word(0, UTC, 40), DAY, 100.0))

    assert found[0].from_ms == 10_800_001
    assert {s.offset_ms for s in found} == {UTC}
    assert [s.err_ms for s in found] == sorted(s.err_ms for s in found)
    assert found[-1].err_ms == 40 + 8_640
