"""What rules are told of the past: windows, newest values, clocks."""

import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.buffer import Buffer
from gateway.history import Past
from gateway.hours import Tally
from gateway.reader import Reader
from gateway.records import Change, Entry, EpisodeRow, HourRow
from gateway.recovery import open_buffer
from gateway.schema import PAGE_BYTES
from gateway.segments import FIRST_RELEASE_MS, Segment, covering
from gateway.shelf import Shelf
from gateway.timeline import Timeline
from gateway.trail import KEEP_HOURS
from rules.history import HOUR_MS, Place, Run, Sample
from telemetry.topics import Identity

MINUTE_MS = 60_000
NOON_MS = FIRST_RELEASE_MS + 12 * HOUR_MS
LEVEL = Place(sensor="tube", quantity="water_level", plot="p17")
RAIN = Place(sensor="gauge", quantity="rain_total", plot="p17")
HEADS = {
    ("tube", "water_level"): "water_level,coop=c,gw=g1,plot=p17,sensor=tube,z=0",
    ("gauge", "rain_total"): "rain_total,coop=c,gw=g1,plot=p17,sensor=gauge,z=150",
}


class HandClock:
    """Both times as the test says."""

    boot = "boot-1"

    def __init__(self, wall_ms: int | None = None, *, is_simulated: bool = False):
        self.is_simulated = is_simulated
        self._wall_ms = wall_ms

    def machine_s(self) -> float:
        return 0.0

    def field_ms(self) -> int:
        return 0

    def wall_ms(self) -> int | None:
        return self._wall_ms

    def machine_s_until(self, field_ms: int) -> float:
        return 0.0


class Field:
    """A buffer with its past, as a gateway keeps them over power cuts."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "buffer.db"
        self.seq = self.boots = 0
        self.clock = HandClock()
        self.boot()

    def boot(self) -> None:
        self.boots += 1
        self.buffer = Buffer(self.path, "c", "g1", f"boot-{self.boots}")
        self.past = Past((LEVEL, RAIN), HEADS, self.clock, full_scale={})
        with closing(Reader(self.path)) as reader:
            hours = reader.hours(self.past.heads(), KEEP_HOURS)
            self.past.load(self.buffer.boot, hours, reader.segments())

    def cut(self) -> None:
        self.buffer.abandon()
        self.boot()

    def poll(self, ms: int, value: float | None, flag: int = 1, place=LEVEL) -> None:
        self.seq += 1
        row = Entry(self.seq, HEADS[place.sensor, place.quantity], ms, value, flag)
        self.past.take(row)
        self.buffer.write(Change(rows=[row]))

    def told(self, offset_ms: int) -> None:
        at = self.buffer.boot
        segment = Segment(at, at, 0, offset_ms, "hello", 40)
        self.past.segment(segment)
        self.buffer.write(Change(segments=[segment]))


@pytest.fixture
def field(tmp_path):
    field = Field(tmp_path)
    yield field
    field.buffer.close()


def window(past: Past, since_ms: int, until_ms: int, place: Place = LEVEL):
    return [
        ((hour.begin_ms - NOON_MS) // MINUTE_MS, hour.n, hour.mean)
        for hour in past.hours(place, since_ms, until_ms)
    ]


def test_a_window_reaches_over_a_power_cut_and_leaves_the_gap_out(field):
    field.told(NOON_MS)
    for hour, level in enumerate([5.0, 4.0, 3.0]):
        field.poll(hour * HOUR_MS, level)
    field.cut()  # three hours and a half without power
    field.told(NOON_MS + 6 * HOUR_MS + 30 * MINUTE_MS)
    for minute, level in [(10, 2.0), (40, 1.0), (70, 0.0)]:
        field.poll(minute * MINUTE_MS, level)

    found = window(field.past, NOON_MS + HOUR_MS, NOON_MS + 24 * HOUR_MS)

    assert found == [(60, 1, 4.0), (120, 1, 3.0), (390, 2, 1.5), (450, 1, 0.0)]


def test_a_window_ends_before_its_end_and_begins_at_its_begin(field):
    field.told(NOON_MS)
    for hour in range(4):
        field.poll(hour * HOUR_MS, float(hour))

    found = window(field.past, NOON_MS + HOUR_MS, NOON_MS + 3 * HOUR_MS)

    assert found == [(60, 1, 1.0), (120, 1, 2.0)]


def test_an_hour_of_polls_without_a_value_is_a_gap(field):
    field.told(NOON_MS)
    field.poll(0, 5.0)
    field.poll(HOUR_MS, None, 9)
    field.poll(HOUR_MS + 1, 900.0, 4)
    field.poll(2 * HOUR_MS, 4.0, 3)
    field.poll(2 * HOUR_MS + 1, None, 9)

    found = field.past.hours(LEVEL, NOON_MS, NOON_MS + HOUR_MS * 9)

    assert [(hour.n, hour.doubtful, hour.missing) for hour in found] == [
        (1, 0, 0),
        (1, 1, 1),
    ]


def test_the_past_is_the_same_after_a_restart_at_any_moment(field):
    field.told(NOON_MS)
    for minute in range(0, 600, 7):
        field.poll(minute * MINUTE_MS, minute / 10)
        field.poll(minute * MINUTE_MS, minute / 5, place=RAIN)
    before = [field.past.hours(place, 0, 2**62) for place in (LEVEL, RAIN)]
    newest = field.past.newest(LEVEL), field.past.newest_poll_ms(RAIN)

    field.buffer.abandon()
    field.boots -= 1
    field.boot()

    assert [field.past.hours(place, 0, 2**62) for place in (LEVEL, RAIN)] == before
    assert (field.past.newest(LEVEL), field.past.newest_poll_ms(RAIN)) == newest


def test_a_boot_that_nobody_can_date_is_left_out_until_it_is_bracketed(field):
    field.told(NOON_MS)
    field.poll(0, 1.0)
    field.cut()
    field.poll(0, 2.0)  # never met the province
    field.cut()
    field.told(NOON_MS + 9 * HOUR_MS)
    field.poll(0, 3.0)
    before = window(field.past, NOON_MS, NOON_MS + 24 * HOUR_MS)

    field.past.segment(Segment(9, 2, 0, NOON_MS + 5 * HOUR_MS, "bracket", HOUR_MS))

    assert before == [(0, 1, 1.0), (540, 1, 3.0)]
    assert window(field.past, NOON_MS, NOON_MS + 24 * HOUR_MS) == [
        (0, 1, 1.0), (300, 1, 2.0), (540, 1, 3.0),
    ]  # fmt: skip


def test_a_later_segment_moves_only_the_hours_behind_it(field):
    field.told(NOON_MS)
    for hour in range(3):
        field.poll(hour * HOUR_MS, float(hour))

    field.past.segment(Segment(7, 1, 2 * HOUR_MS, NOON_MS + 3 * MINUTE_MS, "ntp", 1))

    found = window(field.past, NOON_MS, NOON_MS + 24 * HOUR_MS)
    assert found == [(0, 1, 0.0), (60, 1, 1.0), (123, 1, 2.0)]


def test_without_a_segment_the_own_clock_is_a_guess_until_one_comes(tmp_path):
    field = Field(tmp_path)
    field.clock = HandClock(NOON_MS)
    field.boot()
    field.poll(0, 1.0)
    guessed = window(field.past, NOON_MS, NOON_MS + 1), field.past.is_guess
    field.told(NOON_MS + 7 * MINUTE_MS)

    known = window(field.past, NOON_MS, NOON_MS + HOUR_MS), field.past.is_guess

    assert guessed == ([(0, 1, 1.0)], True)
    assert known == ([(7, 1, 1.0)], False)
    assert field.past.utc_ms(5) == NOON_MS + 7 * MINUTE_MS + 5
    field.buffer.close()


@pytest.mark.parametrize(
    ("wall_ms", "is_simulated", "utc_ms"),
    [
        (None, False, None),
        (0, False, None),  # 1970: no clock at all
        (0, True, 0),  # a replay may lie in any year
        (NOON_MS + HOUR_MS, False, None),  # an earlier boot still ran then
        (NOON_MS + 3 * HOUR_MS, False, NOON_MS + 3 * HOUR_MS),
    ],
)
def test_a_clock_that_cannot_be_right_is_no_hint(
    tmp_path, wall_ms, is_simulated, utc_ms
):
    field = Field(tmp_path)
    if not is_simulated:
        field.told(NOON_MS)
    field.poll(2 * HOUR_MS, 1.0)
    field.clock = HandClock(wall_ms, is_simulated=is_simulated)
    field.cut()

    assert field.past.utc_ms(0) == utc_ms
    field.buffer.close()


def test_the_newest_value_is_the_newest_that_can_be(field):
    field.poll(10, 1.0)
    field.poll(20, 2.0, 3)
    field.poll(30, 900.0, 4)
    field.poll(40, None, 9)

    assert field.past.newest(LEVEL) == Sample(20, 2.0, is_doubtful=True)
    assert field.past.newest_poll_ms(LEVEL) == 40
    assert field.past.newest(RAIN) is None
    assert field.past.newest_poll_ms(RAIN) is None


def test_a_value_of_an_earlier_boot_lies_before_this_one(field):
    field.told(NOON_MS)
    field.poll(HOUR_MS, 1.0)
    field.cut()
    unknown = field.past.newest(LEVEL)
    field.told(NOON_MS + 3 * HOUR_MS)

    assert unknown is None
    assert field.past.newest(LEVEL) == Sample(-2 * HOUR_MS, 1.0)
    assert field.past.newest_poll_ms(LEVEL) == -2 * HOUR_MS


def test_a_run_of_like_flags_is_counted_from_its_first(field):
    before = field.past.run(LEVEL)
    for ms, flag in [(10, 1), (20, 9), (30, 9), (25, 1), (40, 9)]:
        field.poll(ms, None if flag == 9 else 1.0, flag)

    assert before is None
    assert field.past.run(LEVEL) == Run(9, 3, 20)  # the late one breaks no run


def test_the_full_scale_is_looked_at_when_it_is_asked_for(tmp_path):
    stated: dict[tuple[str, str], float | None] = {}
    past = Past((LEVEL,), HEADS, HandClock(), full_scale=stated)
    before = past.full_scale(LEVEL)

    stated["tube", "water_level"] = 100.0

    assert (before, past.full_scale(LEVEL)) == (None, 100.0)


def test_a_probe_that_moved_begins_a_new_past(field):
    field.told(NOON_MS)
    field.poll(0, 1.0)
    moved = HEADS | {("tube", "water_level"): HEADS["tube", "water_level"] + "0"}

    past = Past((LEVEL,), moved, HandClock(), full_scale={})
    with closing(Reader(field.path)) as reader:
        past.load(1, reader.hours(past.heads(), KEEP_HOURS), reader.segments())

    assert past.hours(LEVEL, 0, 2**62) == []


# --- the parts beneath ------------------------------------------------------------

SEGMENTS = st.lists(
    st.builds(
        Segment,
        st.just(0),
        st.integers(1, 3),
        st.integers(0, 50),
        st.integers(0, 10**6),
        st.just("hello"),
        st.just(1),
    ),
    max_size=12,
    unique_by=lambda segment: (segment.boot, segment.from_ms),
)


@given(SEGMENTS, st.integers(1, 3), st.integers(0, 60))
def test_a_timeline_says_what_the_segments_say(segments, boot, ms):
    segment = covering(segments, boot, ms)

    utc_ms = Timeline(segments).utc_ms(boot, ms)

    assert utc_ms == (None if segment is None else ms + segment.offset_ms)


def tally(n: int) -> Tally:
    return Tally(n, 30.1, 29.5, 31.7, 30.2, n, 30.5, 2 * n, 0, 1, 3 * n)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), st.integers(1, 99))))
def test_a_shelf_keeps_the_newest_hours_in_order_whatever_comes_first(puts):
    shelf, model = Shelf(most=8), {}
    for boot, hour, n in puts:
        shelf.put(boot, hour, tally(n))
        model[boot, hour] = tally(n)
        if len(model) > 8:
            del model[min(model)]

    found = {
        (boot, hour): each
        for boot in shelf.boots
        for hour, each in shelf.within(boot, lambda hour: hour, 0, 10)
    }

    assert list(found.items()) == sorted(model.items())
    assert len(shelf) == len(model)
    assert all(shelf.get(*key) == each for key, each in model.items())


@pytest.mark.slow
def test_forty_days_of_fifty_channels_need_less_than_10_mb():
    places = [Place(sensor=f"s{n}", quantity="q", plot="p") for n in range(10)]
    heads = {(place.sensor, "q"): f"q,sensor={place.sensor}" for place in places}
    boots, per_boot = 30, KEEP_HOURS // 30
    hours = (
        (boot, HourRow(head, hour, tally(hour)))
        for boot in range(boots)
        for hour in range(per_boot)
        for head in heads.values()
    )
    tracemalloc.start()

    past = Past(places, heads, HandClock(), full_scale={})
    past.load(boots, hours, ())
    used, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert used < most < 10e6 / 5  # of ten; measured: 1.05 MB


@pytest.mark.slow
def test_what_opens_can_be_loaded_wherever_a_page_was_damaged(field):
    hours = [HourRow(f"s{n}", hour, tally(1)) for hour in range(20) for n in range(9)]
    field.buffer.write(
        Change(
            hours=hours,
            hours_to=1,
            rules={("a", f"p{n}"): bytes(400) for n in range(20)},
            episodes=[episode("firing")._replace(id=f"e{n}") for n in range(60)],
        )
    )
    field.buffer.close()
    sound = field.path.read_bytes()
    pages = len(sound) // PAGE_BYTES
    put_aside = 0

    for page in range(1, pages):
        blob = bytearray(sound)
        blob[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = b"\xa5" * PAGE_BYTES
        field.path.write_bytes(blob)
        opened = open_buffer(field.path, Identity("c", "g1"), "boot-1")
        with closing(Reader(field.path)) as reader:
            list(reader.hours({f"s{n}" for n in range(9)}, KEEP_HOURS))
            reader.rules(), reader.episodes(), reader.segments()
        put_aside += opened.damage is not None
        opened.buffer.close()
        for aside in field.path.parent.glob("*.corrupt-*"):
            aside.unlink()

    assert pages > 20
    assert put_aside > pages / 2
    field.boot()


# --- rules and episodes in the buffer ------------------------------------------------


def episode(state: str, verdict: str | None = None, steps: int = 1) -> EpisodeRow:
    return EpisodeRow(
        "e1", "K7M", "rice-water-low", "p17", "p17", "field", "warning", state,
        "boot-1", 5, NOON_MS, "Nước thấp.", "Water is low.", verdict, steps,
    )  # fmt: skip


def test_a_verdict_stays_whatever_becomes_of_its_episode(field):
    written = [
        episode("firing"),
        episode("firing", "dung"),
        episode("resolved", steps=2),
    ]
    seen = []
    with closing(Reader(field.path)) as reader:
        for each in written:
            field.buffer.write(Change(episodes=[each]))
            seen += [(row.state, row.verdict, row.steps) for row in reader.episodes()]

    assert seen == [
        ("firing", "chua-xem", 1), ("firing", "dung", 1), ("resolved", "dung", 2),
    ]  # fmt: skip


def test_people_name_the_newest_episode_of_a_code(field):
    older, newer = episode("resolved"), episode("firing")._replace(id="e2")
    field.buffer.write(Change(episodes=[older, newer]))

    assert field.buffer.episode("K7M") == newer._replace(verdict="chua-xem")
    assert field.buffer.episode("XXX") is None


def test_the_state_of_a_rule_is_kept_until_it_is_empty(field):
    field.buffer.write(
        Change(rules={("a", "p17"): b"{}", ("a", "p3"): b"1", ("b", "p17"): b"2"})
    )
    field.buffer.write(Change(rules={("a", "p17"): b"3", ("a", "p3"): b""}))

    with closing(Reader(field.path)) as reader:
        assert reader.rules() == {("a", "p17"): b"3", ("b", "p17"): b"2"}


def test_what_the_rules_found_is_stored_with_its_readings_or_not_at_all(field):
    bad = Change(
        rows=[Entry(1, HEADS["tube", "water_level"], 0, 1.0, 1)],
        rules={("a", "p17"): b"{}"},
        episodes=[episode("firing")._replace(vi=None)],
    )

    with pytest.raises(OSError, match="NOT NULL"):
        field.buffer.write(bad)

    with closing(Reader(field.path)) as reader:
        assert (reader.rules(), reader.episodes(), reader.rows(1, 9)) == ({}, [], [])
