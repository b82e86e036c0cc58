"""F20: three boots, the middle one never meets the province."""

import pytest

from tests.clockwork import DAY, HOUR, MINUTE, Field

SECOND = 1_000


def three_boots(field: Field, off: int, *, rtc: tuple[int | None, ...]) -> list:
    """The rows of the middle boot; ``rtc`` says how wrong it was in each boot."""
    for boot in range(3):
        if rtc[boot] is not None:
            field.hear("rtc", rtc[boot])
        if boot != 1:
            field.hello()
            field.send()
        before = len(field.truth)
        field.poll(6 * HOUR)
        if boot == 1:
            middle = range(before + 1, len(field.truth) + 1)
        if boot < 2:
            field.power_cut(off)
    field.hello()
    field.send()
    return [field.sent[seq] for seq in middle]


@pytest.fixture
def field(tmp_path):
    one = Field(tmp_path, every_ms=5 * MINUTE)
    yield one
    one.close()


def test_it_is_bracketed_with_a_true_error(field, record_property):
    middle = three_boots(field, 5 * HOUR, rtc=(None, None, None))

    assert {s.clock for s in middle} == {"bracket"}
    assert field.faults() == []
    worst, stated = max(abs(s.off_ms) for s in middle), middle[0].err_ms
    record_property("figure", f"{worst / HOUR:.1f} h off, {stated / HOUR:.1f} h stated")


@pytest.mark.parametrize("off", [10 * MINUTE, 5 * HOUR, 3 * DAY])
def test_a_clock_on_board_that_is_right_dates_it(field, off, record_property):
    middle = three_boots(field, off, rtc=(300, 800, 1_300))

    assert field.faults() == []
    assert {s.clock for s in middle} == {"rtc"}
    worst, stated = max(abs(s.off_ms) for s in middle), middle[0].err_ms
    assert stated < 60 * SECOND
    record_property("figure", f"{worst} ms off, {stated} ms stated")


@pytest.mark.parametrize(
    "rtc",
    [
        (0, -200 * DAY, 0),  # flat in the middle, set again since
        (0, 7 * HOUR, 7 * HOUR),  # put on Vietnamese time
        (0, 0, None),  # has failed since: nobody has judged it
        (0, 0, -2 * DAY),
    ],
)
def test_a_clock_on_board_that_cannot_be_trusted_dates_nothing(field, rtc):
    middle = three_boots(field, 5 * HOUR, rtc=rtc)

    assert {s.clock for s in middle} == {"bracket"}
    assert field.faults() == []


def test_two_boots_without_the_province_keep_their_order_and_true_errors(field):
    field.hello()
    field.poll(HOUR)
    for said in (30 * MINUTE, -30 * MINUTE):  # contradict each other's order
        field.power_cut(10 * MINUTE)
        field.hear("person", said, err_ms=2 * MINUTE)
        field.poll(HOUR)
    field.power_cut(10 * MINUTE)
    field.hear("person", 0, err_ms=2 * MINUTE)
    field.hello()
    field.send()

    stamps = [field.sent[seq].stamp_ms for seq in sorted(field.sent)]
    assert stamps == sorted(set(stamps))
    assert len(stamps) == len(field.truth)
