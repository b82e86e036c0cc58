"""F03: the power of the whole machine fails in mid-write."""

import pytest

from tests.faults.vm import machine
from tests.faults.vm.cuts import cuts

QUICK, FULL = 20, 100  # cuts; each takes half a minute
SEED = 20263
UNFLUSHED = 150  # rows: ten seconds, in which nothing else flushes the card


@pytest.mark.timeout(7200)
def test_what_was_told_is_there_after_every_cut(
    house, tmp_path, is_full, record_property
) -> None:
    made = cuts(house, tmp_path / "card.img", FULL if is_full else QUICK, SEED)

    rows = sum(each.stored for each in made[-1:])
    slowest_s = max(each.open_s for each in made)
    record_property(
        "figure",
        f"{len(made)} cuts, {rows} rows stored and"
        f" {sum(each.confirmed for each in made)} rows of prove-storage told,"
        f" {sum(each.lost for each in made)} lost, open after {slowest_s:.0f} s",
    )
    assert [each for each in made if not each.is_good] == []


@pytest.mark.timeout(600)
def test_a_build_that_does_not_flush_is_found_out(
    tmp_path, house, record_property
) -> None:
    wrong = machine.house(tmp_path, is_wrong_build=True)

    (cut,) = cuts(wrong, tmp_path / "card.img", 1, SEED, at_least=UNFLUSHED)

    record_property("figure", f"{cut.lost} of {cut.stored} rows lost; {cut.says}")
    assert cut.lost > 0
    assert cut.exit_code == 1
