"""The proof that no older answer is taken for a later value.

A device answers in order, each question at most once, with words or a refusal,
as late as it likes, and the line loses what it likes.
"""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.owed import ANY, Owed

WANTED = (8, 1)  # lengths of two questions that fetch values
ASIDES = (5, 8)  # of questions beside the polls: one of its own length, one not


@dataclass(frozen=True)
class Asked:
    number: int
    length: int


A_FATE = st.sampled_from(("words", "refusal", "lost"))


A_TURN = st.tuples(
    st.sampled_from([(WANTED, WANTED[0]), (WANTED, WANTED[1])])
    | st.sampled_from(ASIDES).map(lambda length: ((length,), length)),
    st.lists(A_FATE, max_size=4),
)


@pytest.mark.slow
@settings(max_examples=400)
@given(st.lists(A_TURN, min_size=1, max_size=40))
def test_words_that_are_taken_belong_to_the_question_in_hand(
    line: list[tuple[tuple[tuple[int, ...], int], list[str]]],
) -> None:
    owed, under_way = Owed(()), list[Asked]()
    for number, ((wanted, asked_for), fates) in enumerate(line):
        is_probe = owed.blocks(wanted)
        length = owed.probe(wanted) if is_probe else asked_for
        mine = Asked(number, length)
        under_way.append(mine)
        owed = owed.asked(length)
        for fate in fates[: len(under_way)]:
            oldest = under_way.pop(0)
            if fate == "refusal":
                owed = owed.refused()
                break
            if fate == "words" and oldest.length == length:
                assert is_probe or oldest == mine
                owed = owed.answered(length)
                break
        assert {asked.length for asked in under_way} <= set(owed.lengths)


def test_an_unknown_past_blocks_until_a_probe_is_answered() -> None:
    start = Owed()

    probed = start.asked(start.probe(WANTED))

    assert start.lengths == (ANY,)
    assert probed.blocks(WANTED)
    assert not probed.answered(2).blocks(WANTED)


def test_a_later_blockade_gets_a_probe_of_another_length() -> None:
    # an older probe, a question without answer: another 2 would prove too much
    assert Owed((2, 8)).probe(WANTED) == 3
    assert Owed((3, 3, 8, 2, 2)).probe(WANTED) == 2


def test_a_device_that_is_silent_for_ever_takes_no_memory() -> None:
    owed = Owed()
    for _ in range(1000):
        owed = owed.asked(owed.probe(WANTED))

    assert len(owed.lengths) == 100
