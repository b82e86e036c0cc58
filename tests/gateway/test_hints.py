"""Sources of time: asked, believed or not, and what a guess makes of them."""

import threading

import pytest

from gateway.hint_work import HintWork
from gateway.hints import FRESH_MS, Board, is_local, is_possible, wrong
from gateway.records import Hint
from gateway.segments import FIRST_RELEASE_MS, Segment, Word
from gateway.timeline import guess_offset_ms
from tests.clockwork import DAY, HOUR, START, DriftClock

YEAR = 31_556_952_000
TRUTH = Word(1_000, START, 40)


class Told:
    """A source that says what the test wants."""

    name = "rtc"
    is_written_by_ntp = True

    def __init__(self) -> None:
        self.says: int | OSError = START
        self.asked = 0

    def ask(self) -> tuple[int, int]:
        self.asked += 1
        if isinstance(self.says, OSError):
            raise self.says
        return self.says, 500


class Desk:
    """A worker of one source, with hands on its clock."""

    def __init__(self) -> None:
        self.now, self.is_ntp = START, False
        self.source, self.board = Told(), Board()
        self.stored: list[tuple[str, Word]] = []
        self.clock = DriftClock("boot1", lambda: self.now)
        self.work = HintWork(
            [self.source], self.clock, self.board,
            is_ntp=lambda: self.is_ntp,
            store=lambda name, word: self.stored.append((name, word)),
        )  # fmt: skip

    def step(self, later_ms: int = 0) -> None:
        self.now += later_ms
        stop = threading.Event()
        stopper = threading.Timer(0.01, stop.set)
        stopper.start()
        self.work.step(stop)
        stopper.join()


@pytest.fixture
def desk():
    return Desk()


def test_a_source_is_asked_at_the_start_and_every_ten_minutes(desk):
    assert not desk.board.is_complete
    for _ in range(21):
        desk.step(60_000)

    assert desk.source.asked == 3
    assert desk.board.is_complete
    assert [name for name, _ in desk.stored] == ["rtc"] * 3


def test_what_a_source_says_is_set_against_field_time(desk):
    desk.step()

    word = desk.board.words["rtc"]
    assert (word.ms + word.offset_ms, word.err_ms) == (START, 500)


@pytest.mark.parametrize(
    "says", [0, 946_684_800_000, FIRST_RELEASE_MS - 1, START + 11 * YEAR]
)
def test_an_instant_that_cannot_be_is_told_once_and_not_believed(desk, caplog, says):
    desk.source.says = says
    for _ in range(3):
        desk.step(600_000)

    assert (desk.board.words, desk.stored) == ({}, [])
    assert "flat" in desk.board.faults["rtc"]
    assert len(caplog.records) == 1


def test_a_source_that_cannot_be_asked_is_told_once_and_comes_back(desk, caplog):
    caplog.set_level("INFO")
    desk.source.says = FileNotFoundError("no rtc0")
    desk.step()
    desk.step(600_000)
    desk.source.says = START
    desk.step(600_000)

    assert desk.board.faults == {}
    assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]


def test_the_clock_on_board_is_not_asked_once_ntp_has_written_it(desk):
    desk.step()
    desk.is_ntp = True
    desk.step(600_000)

    assert desk.source.asked == 1


def test_a_source_is_wrong_from_five_minutes_on(desk):
    said = {
        "rtc": Word(1_000, START + 299_000, 500),
        "modem": Word(1_000, START - 7 * HOUR, 61_000),
    }

    assert wrong(said, TRUTH, 100.0) == {"modem": -7 * HOUR}


@pytest.mark.parametrize(
    ("off_ms", "is_so"),
    [(7 * HOUR, True), (7 * HOUR - 4_900, True), (6 * HOUR, False), (-7 * HOUR, False)],
)
def test_a_clock_on_vietnamese_time_is_seen(off_ms, is_so):
    assert is_local(off_ms) is is_so


def test_a_gateway_lives_from_the_first_release_on():
    assert is_possible(START)
    assert not is_possible(FIRST_RELEASE_MS - 1)


# --- the guess before hello -------------------------------------------------------


def guess(board, clock, not_before_ms=0):
    now_ms = clock.field_ms()
    return guess_offset_ms(
        clock, not_before_ms, board.trusted(now_ms), board.refused(now_ms)
    )


@pytest.fixture
def clock():
    one = DriftClock("boot1", lambda: START)
    one.wall_off_ms = 10 * 60_000
    return one


def test_a_guess_takes_the_most_trusted_source_then_this_machine(clock):
    board, found = Board(), []
    for source, off in [(None, 600_000), ("person", 5), ("rtc", 4), ("modem", 3),
                        ("ntp", 2), ("gps", 1)]:  # fmt: skip
        if source is not None:
            board.hear(source, Word(0, START + off, 500))
        found.append(guess(board, clock) - START)

    assert found == [600_000 - 1_000, 5, 4, 3, 2, 1]


def test_a_guess_is_never_before_an_earlier_boot_ran(clock):
    board = Board()
    board.hear("rtc", Word(0, START - DAY, 500))
    clock.wall_off_ms = -DAY

    assert guess(board, clock, START - HOUR) is None


def test_gps_of_an_hour_ago_is_not_of_now(clock):
    board = Board()
    board.hear("gps", Word(1_000 - FRESH_MS - 1, START, 500))

    assert board.trusted(1_000) == []


def test_a_source_that_was_wrong_in_an_earlier_boot_is_no_guess_nor_what_it_set(clock):
    board, off = Board(), 7 * HOUR
    hints = [Hint(1, "rtc", 500, START + off, 500), Hint(2, "rtc", 0, START + off, 500)]

    board.load(hints, [Segment(1, 1, 0, START, "hello", 40)], boot=2)
    clock.wall_off_ms = off  # the kernel has set the machine's clock by it

    assert board.distrusted == {"rtc"}
    assert guess(board, clock) is None


def test_hello_finds_a_source_wrong_and_right_again():
    board, segment = Board(), Segment(1, 1, 0, START, "hello", 40)
    bad, good = Word(0, START + DAY, 500), Word(0, START, 500)

    board.judged(segment, {"rtc": bad}, {"rtc": DAY})
    before = board.distrusted
    board.judged(segment, {"rtc": good}, {})

    assert (before, board.distrusted) == ({"rtc"}, frozenset())


def test_the_report_names_what_is_in_force():
    board = Board()
    nothing = board.report(1_000, None)
    board.hear("rtc", Word(1_000, START, 500))
    guessed = board.report(2_000, START + 2_000)
    board.judged(Segment(1, 1, 0, START, "hello", 40), {}, {})
    told = board.report(3_000, START + 3_000)

    assert [r["source"] for r in (nothing, guessed, told)] == [None, "rtc", "hello"]
    assert [r["confirmed"] for r in (nothing, guessed, told)] == [False, False, True]
    assert told["sources"]["rtc"]["off_ms"] == 0
