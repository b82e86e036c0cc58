"""From what was found to what is said."""

import pytest

from gateway.prove.rows import KEEP, Found
from gateway.prove.verdict import judge, told
from telemetry.ranges import Range


def card(*intact: Range, damaged: tuple[Range, ...] = (), broken: str | None = None):
    last = intact[-1][1] if intact else 0
    return Found(last=last, intact=[*intact], damaged=[*damaged], broken=broken)


@pytest.mark.parametrize(
    ("found", "seen", "says", "first"),
    [
        (card((1, 3412)), 3412, "all-there", "đủ cả 3.412 dòng đã xác nhận"),
        (card((1, 3450)), 3412, "all-there", "đủ cả 3.412 dòng đã xác nhận"),
        (card((1, 3375)), 3412, "lies", "thẻ này nói dối: thiếu 37 dòng"),
        (card((1, 9), (12, 20)), 20, "lies", "thẻ này nói dối: thiếu 2 dòng"),
        (card((1, 9), (12, 20)), None, "lies", "thẻ này nói dối: thiếu 2 dòng"),
        (card((1, 20)), None, "unwitnessed", "20 dòng liền nhau, không dòng nào hỏng"),
        (card(), None, "unwitnessed", "0 dòng liền nhau, không dòng nào hỏng"),
        (card(broken="gone"), 5, "lies", "thẻ này nói dối: thiếu 5 dòng"),
        (card((1, 9), broken="torn"), 9, "lies", "thẻ này nói dối: tệp bị hỏng"),
        (
            card((1, 9), damaged=((10, 11),)),
            11,
            "lies",
            "thẻ này nói dối: hỏng 2 dòng",
        ),
        (
            card((1, 5), damaged=((7, 7),)),
            7,
            "lies",
            "thẻ này nói dối: thiếu 1 dòng, hỏng 1 dòng",
        ),
    ],
)
def test_a_card_is_judged_by_what_a_witness_saw(found, seen, says, first):
    verdict = judge(found, seen)

    assert verdict.says == says
    assert told(verdict)[0].vi == first


def test_what_was_deleted_on_purpose_is_not_missing():
    verdict = judge(card((21, KEEP + 20)), KEEP + 20)

    assert verdict.says == "all-there"


def test_a_number_from_nowhere_hides_nothing():
    verdict = judge(card((1, 9), damaged=((2**60, 2**60),)), 12)

    assert verdict.missing == [(10, 12)]
    assert verdict.lost == 4


def test_damaged_rows_are_named_but_not_without_end():
    found = card(*((n, n) for n in range(1, 60, 2)))

    lines = [words.en for words in told(judge(found, 59))]

    assert lines[1] == "missing rows: 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, …"
