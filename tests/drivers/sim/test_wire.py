"""Requests told apart, and the time that answers take."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.rtu import crc
from drivers.sim.wire import AT_ONCE, LineRequests, Request, RtuRequests, Timing

SILENCE_S = 0.004


def sealed(text: str) -> bytes:
    frame = bytes.fromhex(text)
    return frame + crc(frame)


ASKED = sealed("03 03 0000 0003")
WRITE = sealed("03 10 0000 0001 02 0005")


@given(st.lists(st.integers(1, len(ASKED) - 1), unique=True).map(sorted))
def test_a_request_is_found_however_it_is_cut(cuts: list[int]) -> None:
    requests = RtuRequests(SILENCE_S)
    found: list[Request] = []

    for at, (first, last) in enumerate(
        zip([0, *cuts], [*cuts, len(ASKED)], strict=True)
    ):
        found += requests.feed(ASKED[first:last], 1.0 + at / 1000)

    assert found == [Request(ASKED, 1.0)]


def test_two_requests_in_one_go_are_two() -> None:
    found = list(RtuRequests(SILENCE_S).feed(ASKED + ASKED, 1.0))

    assert [request.frame for request in found] == [ASKED, ASKED]


def test_noise_ends_by_silence_and_the_next_request_is_heard() -> None:
    requests = RtuRequests(SILENCE_S)

    noise = [*requests.feed(b"\xff\x00\x7e", 1.0), *requests.expire(1.005)]
    found = list(requests.feed(ASKED, 1.006))

    assert noise == []
    assert found == [Request(ASKED, 1.006)]


def test_a_frame_of_another_length_is_judged_after_silence() -> None:
    requests = RtuRequests(SILENCE_S)

    at_once = list(requests.feed(WRITE, 1.0))
    early = list(requests.expire(1.003))
    later = list(requests.expire(1.0041))

    assert (at_once, early, later) == ([], [], [Request(WRITE, 1.0)])


@given(st.lists(st.binary(max_size=40)))
def test_nothing_that_arrives_breaks_the_parser(pieces: list[bytes]) -> None:
    requests = RtuRequests(SILENCE_S)
    for at, piece in enumerate(pieces):
        list(requests.feed(piece, float(at)))
        list(requests.expire(at + 0.5))

    assert list(requests.feed(ASKED, 1e6)) == [Request(ASKED, 1e6)]


def test_commands_end_with_a_line_feed() -> None:
    requests = LineRequests()

    found = [*requests.feed(b"P\nR", 1.0), *requests.feed(b"\n", 2.0)]

    assert found == [Request(b"P\n", 1.0), Request(b"R\n", 1.0)]


@given(st.binary(min_size=1, max_size=256), st.sampled_from([1200, 9600, 115_200]))
def test_an_answer_is_cut_without_loss_and_never_early(
    answer: bytes, baudrate: int
) -> None:
    timing = Timing.of(baudrate)
    chunks = list(timing.chunks(answer, 0.0))

    sent = 0
    for at_s, piece in chunks:
        sent += len(piece)
        assert at_s >= sent * timing.char_s
    assert b"".join(piece for _, piece in chunks) == answer


def test_an_answer_at_once_is_one_piece() -> None:
    assert list(AT_ONCE.chunks(b"12345678901", 5.0)) == [(5.0, b"12345678901")]
