"""F04: a card loses its cache at the cut, or says yes and writes nothing."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.prove import rows
from gateway.prove.verdict import Verdict, judge
from tests import parts
from tests.faults.vm import blocklog
from tests.faults.vm.machine import BOOT_S, Machine, new_card

SEED = 20264
MIB = 1024 * 1024
MORE = 500  # rows told before the cut: some seconds
LOGGED_BYTES = 48 * MIB  # small: it is written anew for each state
LOG_BYTES = 256 * MIB


@pytest.mark.timeout(900)
@pytest.mark.parametrize("lies", [False, True], ids=["honest", "lying"])
def test_the_card_is_told_for_what_it_is(
    house, tmp_path, lies, record_property
) -> None:
    card = new_card(tmp_path / "card.img")
    with Machine(house, card, "flakey forget" if lies else "flakey") as machine:
        machine.says(r"FORGETS.*" if lies else r".*rows confirmed")
        before = machine.confirmed
        parts.wait_until(lambda: machine.confirmed > before + MORE, BOOT_S)
    told = machine.confirmed

    with Machine(house, card, "judge", seen=told) as machine:
        exit_code = machine.says(r"VERDICT (\d) at .*")[1]
        said = machine.says(r".* · (all .*|this card .*)")[1]

    record_property("figure", f"{told} told: {said}")
    assert (exit_code, said.startswith("this card lies")) == (str(int(lies)), lies)


@pytest.mark.timeout(1800)
def test_a_cut_at_any_flush_leaves_all_that_was_told(
    house, tmp_path, is_full, record_property
) -> None:
    card = new_card(tmp_path / "card.img", LOGGED_BYTES)
    empty = Path(shutil.copy(card, tmp_path / "empty.img"))
    log = tmp_path / "log.img"
    log.touch()
    with log.open("r+b") as file:
        file.truncate(LOG_BYTES)
    with Machine(house, card, "log", more=log) as machine:
        machine.says(r"LOGGED at .*", 300)

    found = states(empty, log, tmp_path, each=1 if is_full else 3)

    told = max(number for number, _, _ in found)
    wrong = [one for one in found if one[1].says != "all-there" or one[2] > 1]
    record_property("figure", f"{len(found)} states, {told} rows, {len(wrong)} wrong")
    assert len(found) > 50
    assert told == machine.newest(r"MARKED (\d+)")
    assert wrong == []


def states(
    card: Path, log: Path, folder: Path, *, each: int
) -> list[tuple[int, Verdict, int]]:
    """Number told, verdict and exit of ``fsck -p`` at every ``each``-th flush."""
    now = blocklog.Card(card)
    keep = random.Random(SEED)
    told = flushes = 0
    found = []
    for entry in blocklog.read(log):
        if isinstance(entry, blocklog.Mark):
            told = entry.number
            continue
        if entry.is_flush and told:
            flushes += 1
            if flushes % each == 0:
                # What was told when this flush began, without it and with a part.
                found += [state(now, folder, how, told) for how in (None, keep)]
        now.take(entry)
    return found


def state(
    now: blocklog.Card, folder: Path, keep: random.Random | None, told: int
) -> tuple[int, Verdict, int]:
    """Cut here, mount what is left as a boot does, and judge the rows."""
    left, at = folder / "left.img", folder / "mnt"
    at.mkdir(exist_ok=True)
    now.cut(left, keep)
    checked = subprocess.run(
        ["fsck.ext4", "-p", str(left)], capture_output=True, check=False
    )
    subprocess.run(["mount", "-o", "loop", str(left), str(at)], check=True)
    try:
        verdict = judge(rows.found(at / "data" / "rows.db", "log"), told)
    finally:
        subprocess.run(["umount", str(at)], check=True)
    return told, verdict, checked.returncode
