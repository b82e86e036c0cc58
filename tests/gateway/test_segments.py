"""Clock segments: what hello tells, and how a boot's field time becomes UTC."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.segments import (
    DRIFT_PPM,
    LIFE_MS,
    PIECE_MS,
    Anchor,
    Segment,
    Word,
    after,
    between,
    covering,
    drift_ms,
    first,
    heard,
    judge,
    met,
    reach_ms,
)

UTC = 1_795_294_053_000
HELLO = Segment(1, 1, 0, UTC, "hello", 1120)  # 40 ms and three hours of drift
WORD = Word(1080, UTC - 1040, 40)
HOUR = 3_600_000


def anchor(ms, offset=UTC, source="hello", err=40):
    return Anchor(ms, offset, source, err)


def begun(mine, at, back_ms=500, ppm=DRIFT_PPM):
    return after(mine, at, back_ms=back_ms, ppm=ppm)


def laid(mine, known, at, back_ms=500, *, is_contrary=False):
    return list(
        between(
            mine, known, at, back_ms=back_ms, ppm=DRIFT_PPM, is_contrary=is_contrary
        )
    )


def test_the_answer_to_hello_is_right_to_half_the_round_trip():
    assert heard(asked_ms=1000, answered_ms=1080, utc_ms=UTC) == WORD


def test_a_vague_word_does_not_blur_a_sharp_one():
    known, is_contrary = met(WORD, Word(61_080, UTC - 800, 900), DRIFT_PPM)

    assert known == Word(61_080, UTC - 1040, 40 + 6)
    assert not is_contrary


def test_words_that_cannot_both_be_true_leave_the_newer_one():
    new = Word(61_080, UTC + 60_000, 40)

    assert met(WORD, new, DRIFT_PPM) == (new, True)


def test_ntp_is_taken_when_it_agrees_within_five_seconds():
    found = judge(WORD, {"ntp": UTC - 1010}, is_disputed=False)

    assert found == Anchor(1080, UTC - 1010, "ntp", 70)


def test_gps_is_taken_where_ntp_is_further_off():
    fine = {"ntp": UTC + 60_000, "gps": UTC}

    assert judge(WORD, fine, is_disputed=False).source == "gps"
    assert judge(WORD, {"ntp": UTC + 60_000}, is_disputed=False).source == "hello"


def test_the_province_decides_a_dispute():
    found = judge(WORD, {"ntp": UTC + 300_001}, is_disputed=True)

    assert (found.source, found.offset_ms) == ("disputed", WORD.offset_ms)


def test_the_first_anchor_covers_a_short_boot_by_one_segment():
    (found,) = first(1, anchor(50_000), not_before_ms=0, ppm=DRIFT_PPM)

    assert found == Segment(0, 1, 0, UTC, "hello", 40 + drift_ms(LIFE_MS, DRIFT_PPM))


def test_a_boot_of_three_days_states_a_greater_error_the_further_back():
    days = 72 * HOUR
    found = list(first(1, anchor(days), not_before_ms=0, ppm=DRIFT_PPM))

    assert [s.from_ms for s in found] == list(range(0, days, PIECE_MS))
    assert {s.offset_ms for s in found} == {UTC}
    assert [s.err_ms for s in found] == [
        40 + drift_ms(days - s.from_ms, DRIFT_PPM) for s in found
    ]


def test_simulated_time_does_not_drift():
    assert list(first(1, anchor(72 * HOUR), not_before_ms=0, ppm=0)) == [
        replace(HELLO, id=0, err_ms=40)
    ]
    assert reach_ms(replace(HELLO, err_ms=40), Word(9, UTC, 40), 0) is None


def test_a_boot_never_begins_before_the_stamps_of_the_one_before():
    (found,) = first(1, anchor(50_000), not_before_ms=UTC + 9000, ppm=DRIFT_PPM)

    assert found.offset_ms == UTC + 9000
    assert found.err_ms == 9040 + drift_ms(LIFE_MS, DRIFT_PPM)


@pytest.mark.parametrize("off_ms", [-240, 0, 240])
def test_an_anchor_that_agrees_begins_no_segment(off_ms):
    assert begun([HELLO], anchor(60_000, UTC + off_ms)) is None


def test_a_clock_that_ran_behind_steps_forward_at_once():
    found = begun([HELLO], anchor(60_000, UTC + 9000))

    assert found == Segment(0, 1, 60_001, UTC + 9000, "hello", 1120)


def test_a_clock_that_ran_ahead_steps_back_a_little_and_states_the_rest_as_error():
    found = begun([HELLO], anchor(60_000, UTC - 9000))

    assert found == Segment(0, 1, 60_001, UTC - 500, "hello", 8540 + 1080)


def test_steps_back_keep_two_poll_periods_apart_however_often_hello_is_answered():
    mine, period_ms = [HELLO], 300_000
    for now in range(60_000, 60 * 60_000, 60_000):
        found = begun(mine, anchor(now, UTC - HOUR), back_ms=period_ms // 2)
        mine += [found] if found else []

    steps = [s.from_ms for s in mine[1:]]
    assert len(steps) == 6
    assert min(b - a for a, b in pairwise(steps)) == 2 * period_ms


def test_a_clock_that_ran_an_hour_ahead_is_set_back_until_it_is_right():
    mine = [replace(HELLO, offset_ms=UTC + HOUR)]
    for now in range(60_000, 300 * 60_000, 60_000):
        found = begun(mine, anchor(now), back_ms=30_000)
        mine += [found] if found else []

    assert (mine[-1].offset_ms, mine[-1].err_ms) == (UTC, 1120)
    assert len(mine) == 1 + 120


def test_a_vague_segment_gives_way_to_a_sharp_anchor():
    vague = replace(HELLO, err_ms=30_000)

    found = begun([vague], anchor(60_000, UTC + 20_000, "ntp", 20))

    assert (found.offset_ms, found.err_ms) == (UTC + 20_000, 20 + 1080)


@pytest.mark.parametrize("source", ["hello", "disputed"])
def test_a_dispute_is_said_of_the_rows_from_then_on_and_till_its_end(source):
    other = {"hello": "disputed", "disputed": "hello"}[source]

    found = begun([replace(HELLO, source=source)], anchor(60_000, source=other))

    assert (found.source, found.offset_ms) == (other, UTC)


def test_a_segment_is_true_for_three_hours_after_hello():
    assert reach_ms(HELLO, Word(50_000, UTC, 40), DRIFT_PPM) == 50_000 + LIFE_MS


def test_time_without_hello_is_laid_over_with_growing_errors():
    known, now = Word(50_000, UTC, 40), 50_000 + 72 * HOUR
    found = laid([HELLO], known, anchor(now, UTC + 12_000))

    assert found[0].from_ms == 50_000 + LIFE_MS + 1
    offsets = [s.offset_ms for s in found]
    assert offsets == sorted(offsets)
    assert abs(offsets[-1] - UTC - 12_000) < 1
    assert max(s.err_ms for s in found) < 26_000
    assert max(s.err_ms for s in (found[0], found[-1])) < 5_000


def test_where_the_province_has_corrected_itself_only_its_newest_word_counts():
    known, now = Word(50_000, UTC, 40), 50_000 + 24 * HOUR
    (found,) = laid([HELLO], known, anchor(now, UTC + HOUR), is_contrary=True)

    assert found.offset_ms == UTC + HOUR
    assert found.err_ms == 40 + drift_ms(21 * HOUR, DRIFT_PPM)


@given(
    st.lists(
        st.tuples(
            st.integers(1000, 40 * HOUR),
            st.integers(-20_000, 20_000),
            st.integers(0, 3000),
        ),
        max_size=8,
    ),
    st.sampled_from([1000, 60_000, 300_000]),
)
def test_stamps_of_a_series_never_run_back_whatever_the_anchors_say(steps, period_ms):
    now, offset, known = 0, UTC, None
    segments: list[Segment] = []
    for wait, jump, err in steps:
        now, offset = now + wait, offset + jump
        word, is_contrary = met(known, Word(now, offset, err), DRIFT_PPM)
        at = judge(word, {}, is_disputed=False)
        if segments and known:
            segments += laid(
                segments, known, at, period_ms // 2, is_contrary=is_contrary
            )
            found = begun(segments, at, period_ms // 2)
            segments += [found] if found else []
        elif not segments:
            segments += first(1, at, not_before_ms=0, ppm=DRIFT_PPM)
        known = word

    looked = {s.from_ms + n * period_ms for s in segments for n in range(-3, 3)}
    for ms in sorted(m for m in looked if m >= 0):
        early, late = covering(segments, 1, ms), covering(segments, 1, ms + period_ms)
        assert ms + early.offset_ms < ms + period_ms + late.offset_ms


def test_a_row_keeps_the_segment_under_which_it_was_read():
    later = Segment(2, 1, 60_001, UTC + 9000, "hello", 40)

    assert covering([HELLO, later], 1, 60_000) == HELLO
    assert covering([HELLO, later], 1, 60_001) == later
    assert covering([HELLO, later], 2, 60_001) is None
