"""A recorded past: what is later than the cursor is not known."""

from dataclasses import replace

import pytest

from rules.history import HOUR_MS, Hour, Sample
from rules.recorded import Recorded
from tests.rules.field import BEGIN_MS, place

TUBE = place("tube", "water_level")


def at(hours: float) -> int:
    return BEGIN_MS + round(hours * HOUR_MS)


def past(*values: float | None, every_h: float = 0.25) -> Recorded:
    """One value each quarter of an hour; ``None`` is a poll without an answer."""
    flags = [9 if value is None else 1 for value in values]
    stamps = [at(number * every_h) for number in range(len(values))]
    return Recorded({TUBE: list(zip(stamps, values, flags, strict=True))})


def test_the_running_hour_is_known_up_to_the_cursor_only():
    field = past(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 99.0, 99.0)

    field.at(at(1.25))
    whole, running = field.hours(TUBE, at(0), at(2))

    assert (whole.n, whole.mean) == (4, 2.5)
    assert (running.n, running.high, running.last) == (2, 6.0, 6.0)


def test_an_hour_that_has_not_begun_and_a_value_to_come_are_hidden():
    field = past(1.0, 2.0, 3.0, 4.0, 5.0)

    now = field.at(at(0.5))

    assert (now.ms, now.utc_ms) == (HOUR_MS // 2, at(0.5))
    assert [hour.n for hour in field.hours(TUBE, at(0), at(9))] == [3]
    assert field.newest(TUBE) == Sample(HOUR_MS // 2, 3.0)


def test_the_cursor_goes_back_as_well():
    field = past(1.0, 2.0, 3.0, 4.0)
    field.at(at(0.75))
    field.hours(TUBE, at(0), at(1))

    field.at(at(0.25))

    assert field.newest(TUBE) == Sample(HOUR_MS // 4, 2.0)
    assert field.hours(TUBE, at(0), at(1))[0].high == 2.0


def test_before_the_first_sample_nothing_is_known():
    field = past(1.0)

    field.at(at(-1))

    assert field.newest(TUBE) is None
    assert field.run(TUBE) is None
    assert field.newest_poll_ms(TUBE) is None
    assert field.hours(TUBE, at(-9), at(9)) == []


def test_a_run_of_silence_is_counted_as_far_as_it_has_come():
    field = past(1.0, None, None, None, 2.0)

    field.at(at(0.5))
    run = field.run(TUBE)

    assert run is not None
    assert (run.flag, run.length, run.since_ms) == (9, 2, HOUR_MS // 4)
    assert field.newest(TUBE) == Sample(0, 1.0)
    assert field.newest_poll_ms(TUBE) == HOUR_MS // 2


def test_of_two_samples_of_one_stamp_the_last_counts_in_whatever_order_they_come():
    field = Recorded({TUBE: [(at(1), 5.0, 1), (at(0), 1.0, 1), (at(1), 7.0, 3)]})

    field.at(at(2))

    assert field.newest(TUBE) == Sample(HOUR_MS, 7.0, is_doubtful=True)
    assert [(h.n, h.doubtful) for h in field.hours(TUBE, at(0), at(2))] == [
        (1, 0), (1, 1),
    ]  # fmt: skip


def test_values_that_failed_are_in_no_hour_but_their_polls_are_counted():
    field = Recorded({TUBE: [(at(0), 1.0, 1), (at(0.5), 500.0, 4)]})

    field.at(at(1))
    (hour,) = field.hours(TUBE, at(0), at(1))

    assert (hour.n, hour.high, hour.missing) == (1, 1.0, 1)


def test_hours_whose_samples_are_gone_stand_beside_the_others():
    old = Hour(at(-2), 4, 3.0, 1.0, 5.0, 1.0, 5.0)
    samples = {TUBE: [(at(-1.25), 5.0, 1), (at(0), 1.0, 1)]}
    field = Recorded(samples, hours={TUBE: [old]})

    field.at(at(1))

    assert [hour.n for hour in field.hours(TUBE, at(-3), at(1))] == [4, 1]


def test_a_datum_that_is_kept_is_of_the_day_of_the_cursor():
    field = Recorded({TUBE: [(at(0), 1.0, 1)]}, full_scale={TUBE: 100.0}, is_kept=True)

    now = field.at(at(48.5))
    (told,) = field.places

    assert told.zero_on == now.day
    assert field.full_scale(told) == 100.0
    assert field.newest(told) == Sample(0, 1.0)


@pytest.mark.parametrize("odd", [replace(TUBE, z=-5), replace(TUBE, plot="p9")])
def test_a_channel_that_was_not_recorded_has_no_past(odd):
    field = past(1.0, 2.0)
    field.at(at(1))

    assert field.newest(odd) is None
    assert list(field.hours(odd, at(0), at(9))) == []
