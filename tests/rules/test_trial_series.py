"""The notation of series in a rule's test."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.trial_series import DAY_MS, SeriesError, read
from telemetry.reading import Flag

HOUR_MS = 3_600_000
GAPS = {"_": Flag.MISSING, "!": Flag.FAIL}

numbers = st.integers(-9_999, 9_999).map(lambda n: n / 10)
times = st.integers(0, 30)


def polls(text, *, every_ms=HOUR_MS, most=10_000):
    return read(text, start_ms=0, every_ms=every_ms, most=most)


def values(text, **given):
    return [poll.value for _, poll in polls(text, **given)]


@st.composite
def words(draw):
    """A word, and what it stands for: (value, flag) a poll, ``None`` for no poll."""
    what = draw(st.sampled_from(["value", "same", "steps", "gap", "nobody"]))
    first, n = draw(numbers), draw(times)
    doubt = draw(st.sampled_from(["", "?"]))
    flag = Flag.SUSPECT if doubt else Flag.GOOD
    if what == "gap":
        letter = draw(st.sampled_from(sorted(GAPS)))
        return f"{letter}x{n}", [(None, GAPS[letter])] * n
    if what == "nobody":
        return f".x{n}", [None] * n
    if what == "value":
        return f"{doubt}{first}", [(first, flag)]
    if what == "same":
        return f"{doubt}{first}x{n}", [(first, flag)] * (n + 1)
    by = draw(numbers)
    steps = [(round(first + by * step, 9), flag) for step in range(n + 1)]
    return f"{doubt}{first}{by:+}x{n}", steps


@given(st.lists(words(), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_series_is_its_words_one_after_another(drawn):
    text = "  ".join(word for word, _ in drawn)
    wanted = [
        (at * HOUR_MS, *each)
        for at, each in enumerate(each for _, some in drawn for each in some)
        if each is not None
    ]

    assert [(ms, poll.value, poll.flag) for ms, poll in polls(text)] == wanted


@given(st.lists(words(), min_size=1, max_size=4), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_a_group_is_its_words_so_often(drawn, n):
    text = " ".join(word for word, _ in drawn)

    assert polls(f"({text})x{n} 7") == polls(" ".join([text] * n) + " 7")


@given(st.text(alphabet="0159x+-._!?() ,daycloknh", max_size=30))
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_is_read_or_refused(text):
    try:
        found = polls(text, most=1000)
    except SeriesError as fault:
        assert str(fault)
    else:
        assert len(found) <= 1000


def test_a_counter_goes_on_from_its_last_value():
    night = "0 (+0x1 +5x2 _ +0)x2"

    assert values(night) == [0, 0, 5, 10, None, 10, 10, 15, 20, None, 20]
    assert values("2 +-0.5x3") == [2, 1.5, 1, 0.5]


def test_tenths_stay_tenths():
    assert values("2-0.1x170")[-1] == -15.0
    assert values("0.1+0.1x2") == [0.1, 0.2, 0.3]


def test_a_day_runs_between_its_minimum_at_five_and_its_maximum_at_two():
    day = values("day(22,30)x2d")

    assert len(day) == 48
    assert day[5] == min(day) == 22
    assert day[14] == max(day) == 30
    assert day[:24] == day[24:]
    assert sorted(day[5:15]) == day[5:15]


def test_a_day_is_of_the_clock_wherever_the_series_begins():
    late = read(
        "day(22,30)x6h", start_ms=DAY_MS + 9 * HOUR_MS, every_ms=HOUR_MS, most=9
    )

    assert late[5][1].value == 30  # at 14:00


def test_hours_by_the_clock_go_over_midnight():
    assert values("clock(22-2,100,0)x1d") == [100] * 2 + [0] * 20 + [100] * 2
    assert values("clock(6-9,5.5,1)x12h") == [1] * 6 + [5.5] * 3 + [1] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2-0.1y170", "'2-0.1y170' cannot be read; write a value"),
        ("2-0.1", "cannot be read"),
        ("nan", "cannot be read"),
        ("1e5", "cannot be read"),
        ("٣", "cannot be read"),
        ("1 (2 3", "not closed"),
        ("1 2)x3", "not opened"),
        ("(1 (2)x3)x2", "a group within a group"),
        ("(1)", "cannot be read"),
        ("1)", "cannot be read"),
        ("day(1,2)", "cannot be read"),
        ("clock(7-7,1,2)x1d", "cannot be read"),
        ("clock(7-25,1,2)x1d", "cannot be read"),
        ("5x9999999", "too long"),
        ("(5x900)x9999999", "too long"),
        (".x9999999", "too long"),
        ("day(1,2)x99999d", "too long"),
        ("1 " * 60_000, "has 120000 letters"),
    ],
)
def test_what_cannot_be_read_is_told(text, why):
    with pytest.raises(SeriesError, match=why.replace("(", r"\(")):
        polls(text)


def test_a_span_is_whole_steps():
    with pytest.raises(SeriesError, match="no whole number of steps"):
        polls("day(1,2)x1h", every_ms=7 * 60_000)


def test_a_group_of_nothing_ends():
    assert values("(_x0)x9999999 1") == [1]
