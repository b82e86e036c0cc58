import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.rtu import FrameReader, crc, is_whole
from tests.drivers.far_end import answer, refusal

CASES = json.loads((Path(__file__).parent / "serial_cases.json").read_text("utf-8"))
MODBUS = [case for case in CASES if case["protocol"] == "modbus-rtu"]


def question(unit: int = 1, function: int = 3, start: int = 0, count: int = 3) -> bytes:
    body = bytes((unit, function)) + start.to_bytes(2, "big") + count.to_bytes(2, "big")
    return body + crc(body)


def stream_case(name: str) -> bytes:
    (case,) = [case for case in CASES if case["id"] == name]
    return bytes.fromhex(case["bytes_hex"])


@pytest.mark.parametrize("case", MODBUS, ids=lambda case: case["id"])
def test_a_recorded_answer_is_found_or_refused_as_the_case_says(
    case: dict[str, Any],
) -> None:
    reader = FrameReader(bytes.fromhex(case["request_hex"]))
    data = bytes.fromhex(case["bytes_hex"])

    frame = reader.feed(data)

    if case["expected"].get("error") == "crc":
        assert frame is None
        assert reader.settle() is None
        assert reader.skipped.damaged == 1
    else:
        assert frame == data


def test_a_trailing_ghost_byte_does_no_harm() -> None:
    reader = FrameReader(question())

    frame = reader.feed(stream_case("v076"))

    assert frame == stream_case("v076")[:-1]


def test_a_cut_answer_is_waited_for_and_then_counted_as_damage() -> None:
    reader = FrameReader(question())

    frame = reader.feed(stream_case("v077"))

    assert frame is None
    assert reader.missing == 4
    assert reader.settle() is None
    assert reader.skipped.damaged == 1


def test_a_refusal_ends_the_wait() -> None:
    reader = FrameReader(question(count=1))

    frame = reader.feed(stream_case("v078"))

    assert frame == stream_case("v078")


def test_an_answer_of_another_unit_is_foreign() -> None:
    reader = FrameReader(question())

    frame = reader.feed(stream_case("v079")) or reader.settle()

    assert frame is None
    assert reader.skipped.foreign == 1
    assert not reader.skipped.has_damage


def test_an_answer_of_another_length_is_foreign() -> None:
    reader = FrameReader(question(count=3))
    late = answer(question(count=1), [7])
    own = answer(question(count=3), [1, 2, 3])

    frame = reader.feed(late + own)

    assert frame == own
    assert reader.skipped.foreign == 1


def test_an_echo_is_stripped_even_if_it_comes_twice() -> None:
    asked = question()
    own = answer(asked, [1, 2, 3])
    reader = FrameReader(asked)

    frame = reader.feed(asked + asked + own)

    assert frame == own
    assert reader.skipped.echoes == 2
    assert not reader.skipped.has_damage


def test_a_refusal_inside_an_answer_is_part_of_the_answer() -> None:
    asked = question(count=4)
    inside = refusal(asked)
    words = [int.from_bytes(inside[n : n + 2], "big") for n in (0, 2)]
    own = answer(asked, [*words, inside[4] << 8, 0])
    reader = FrameReader(asked)

    frames = [reader.feed(own[n : n + 1]) for n in range(len(own))]

    assert frames == [None] * (len(own) - 1) + [own]


def test_a_start_that_never_becomes_whole_hides_no_refusal_behind_it() -> None:
    asked = question(count=30)
    reader = FrameReader(asked)

    early = reader.feed(answer(asked, range(30))[:20] + refusal(asked))

    assert early is None
    assert reader.settle() == refusal(asked)
    assert reader.skipped.damaged == 1


@given(st.binary(max_size=600), st.integers(1, 20))
def test_any_bytes_give_a_whole_expected_frame_or_nothing(
    data: bytes, count: int
) -> None:
    asked = question(count=count)
    reader = FrameReader(asked)

    frame = reader.feed(data) or reader.settle()

    if frame is not None:
        assert is_whole(frame)
        assert frame[0] == asked[0]
        assert frame[1] in (asked[1], asked[1] | 0x80)


@given(
    st.binary(max_size=40),
    st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=20),
    st.lists(st.integers(0, 100), max_size=6),
)
def test_an_answer_behind_noise_is_found_however_it_is_cut(
    noise: bytes, words: list[int], cuts: list[int]
) -> None:
    asked = question(count=len(words))
    own = answer(asked, words)
    reader = FrameReader(asked)
    data = noise + own
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})

    frame = None
    for begin, end in itertools.pairwise(places):
        frame = frame or reader.feed(data[begin:end])

    assert (frame or reader.settle()) == own


@pytest.mark.slow
def test_memory_is_bounded_under_a_flood() -> None:
    reader = FrameReader(question(count=125))

    for _ in range(200):
        reader.feed(bytes(range(256)) * 4)

    assert len(reader._held) <= 2 * 256
    assert reader.skipped.noise + reader.skipped.foreign > 100_000
