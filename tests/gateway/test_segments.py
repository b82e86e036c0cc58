from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.segments import (
    Anchor,
    BootSpan,
    Segment,
    after,
    brackets,
    covering,
    judge,
)

UTC = 1_795_294_053_000
HELLO = Segment(1, 1, 0, UTC, "hello", 40)


def test_the_answer_to_hello_is_right_to_half_the_round_trip():
    anchor = judge(asked_ms=1000, answered_ms=1080, utc_ms=UTC, ntp_offset_ms=None)

    assert anchor == Anchor(1080, UTC - 1040, "hello", 40)


def test_ntp_is_taken_when_it_agrees_within_five_seconds():
    anchor = judge(1000, 1080, UTC, ntp_offset_ms=UTC - 1040 + 30)

    assert anchor == Anchor(1080, UTC - 1010, "ntp", 70)


def test_ntp_is_passed_over_when_it_is_further_off():
    assert judge(0, 0, UTC, UTC + 60_000).source == "hello"


def test_more_than_five_minutes_apart_is_disputed_and_the_province_decides():
    anchor = judge(0, 0, UTC, UTC + 300_001)

    assert (anchor.source, anchor.offset_ms) == ("disputed", UTC)


def test_the_first_anchor_of_a_boot_covers_it_from_its_start():
    assert after([], 1, Anchor(50_000, UTC, "hello", 40), back_ms=500) == HELLO


@pytest.mark.parametrize("off_ms", [-240, 0, 240])
def test_an_anchor_that_agrees_begins_no_segment(off_ms):
    anchor = Anchor(60_000, UTC + off_ms, "hello", 40)

    assert after([HELLO], 1, anchor, back_ms=500) is None


def test_a_clock_that_ran_behind_steps_forward_at_once():
    begun = after([HELLO], 1, Anchor(60_000, UTC + 9000, "hello", 40), back_ms=500)

    assert begun == Segment(2, 1, 60_001, UTC + 9000, "hello", 40)


def test_a_clock_that_ran_ahead_steps_back_a_little_and_states_the_rest_as_error():
    begun = after([HELLO], 1, Anchor(60_000, UTC - 9000, "hello", 40), back_ms=500)

    assert begun == Segment(2, 1, 60_001, UTC - 500, "hello", 8540)


def test_a_clock_that_ran_an_hour_ahead_is_set_back_until_it_is_right():
    segments = [replace(HELLO, offset_ms=UTC + 3_600_000)]
    for now in range(60_000, 200 * 60_000, 60_000):
        begun = after(segments, 1, Anchor(now, UTC, "hello", 40), back_ms=30_000)
        segments += [begun] if begun else []

    last = segments[-1]
    assert (last.offset_ms, last.err_ms) == (UTC, 40)
    assert len(segments) == 1 + 120


def test_a_vague_first_anchor_gives_way_to_a_sharp_one():
    vague = replace(HELLO, err_ms=30_000)

    begun = after([vague], 1, Anchor(60_000, UTC + 20_000, "ntp", 20), back_ms=500)

    assert (begun.offset_ms, begun.err_ms) == (UTC + 20_000, 20)


@given(
    st.lists(
        st.tuples(st.integers(1000, 600_000), st.integers(-20_000, 20_000)), max_size=12
    )
)
def test_stamps_of_a_series_never_run_back_whatever_the_anchors_say(steps):
    period_ms, now, offset = 1000, 0, UTC
    segments: list[Segment] = []
    for wait, drift in steps:
        now, offset = now + wait, offset + drift
        begun = after(
            segments, 1, Anchor(now, offset, "hello", 40), back_ms=period_ms // 2
        )
        segments += [begun] if begun else []

    stamps = []
    for ms in range(0, now + 1, period_ms):
        segment = covering(segments, 1, ms)
        stamps += [ms + segment.offset_ms] if segment else []

    assert stamps == sorted(set(stamps))


def test_a_row_keeps_the_segment_under_which_it_was_read():
    later = Segment(2, 1, 60_001, UTC + 9000, "hello", 40)

    assert covering([HELLO, later], 1, 60_000) == HELLO
    assert covering([HELLO, later], 1, 60_001) == later
    assert covering([HELLO, later], 2, 60_001) is None


def test_a_boot_without_an_anchor_is_bracketed_by_its_neighbours():
    spans = [BootSpan(1, 0, 10_000), BootSpan(2, 2_000, 30_000), BootSpan(3, 0, 500)]
    third = Segment(2, 3, 0, UTC + 100_000, "hello", 40)

    made = brackets([HELLO, third], spans, present=3)

    # It began after the first ended at UTC + 10 s and ended before UTC + 100 s.
    (bracket,) = made
    assert (bracket.boot, bracket.source) == (2, "bracket")
    first, last = bracket.offset_ms + 2_000, bracket.offset_ms + 30_000
    assert first - bracket.err_ms <= UTC + 10_000 <= first
    assert last <= UTC + 100_000 <= last + bracket.err_ms


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
