"""Power cuts of a whole machine in mid-write, and what is there after each."""

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import parts
from tests.faults.vm.machine import BOOT_S, Machine, new_card

WORK_S: Final = 6.0  # at most, from the first row of a boot to its cut
OPEN_S: Final = 30.0  # in which a gateway must be polling, whatever its file holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One cut, seen from the boot after it."""

    stored: int  # highest number that the daemon had counted as stored
    confirmed: int  # highest number that prove-storage had told
    rows: int  # of the daemon, in the buffer
    last: int  # highest number in the buffer
    check: str  # of the buffer
    says: str  # the verdict of prove-storage
    exit_code: int
    fsck: int  # exit code of ``fsck -p``: 0 or 1 where nobody is asked
    open_s: float  # from the start of the daemon to the first row stored

    @property
    def lost(self) -> int:
        """Rows of the daemon that were stored and are not there."""
        return max(0, self.stored - self.rows, self.last - self.rows)

    @property
    def is_good(self) -> bool:
        """Whether the machine came back by itself with all that it had told."""
        is_whole = self.lost == 0 and self.check == "ok" and self.exit_code == 0
        return is_whole and self.fsck in (0, 1) and self.open_s < OPEN_S


def cuts(
    house: Path, card: Path, often: int, seed: int, *, at_least: int = 0
) -> list[Cut]:
    """Cut the power ``often`` times, at drawn instants after the first row.

    With ``at_least`` the daemon has stored so many rows before.
    """
    draw = random.Random(seed)
    new_card(card)
    made: list[Cut] = []
    stored = confirmed = 0
    for number in range(often + 1):
        with Machine(house, card, "work", seen=confirmed) as machine:
            begun = machine.says(r"STORED \d+ at ([\d.]+) s")
            machine.says(r".*rows confirmed")
            if number:
                made.append(_cut(machine, stored, confirmed, float(begun[1])))
                print(made[-1], flush=True)
            parts.wait_until(lambda: machine.stored >= at_least, BOOT_S)
            time.sleep(draw.uniform(0.0, WORK_S))
        stored, confirmed = machine.stored, machine.confirmed
    return made


def _cut(machine: Machine, stored: int, confirmed: int, begun_s: float) -> Cut:
    account = json.loads(machine.says(r"ACCOUNT (.*)")[1])
    working_s = float(machine.says(r"WORKING at ([\d.]+) s")[1])
    return Cut(
        stored=stored,
        confirmed=confirmed,
        rows=account["rows"],
        last=account["last"],
        check=account["check"],
        says=machine.says(r".* · (all .*|this card .*)")[1],
        exit_code=int(machine.says(r"VERDICT (\d+) at .*")[1]),
        fsck=int(machine.says(r"FSCK (\d+) at .*")[1]),
        open_s=begun_s - working_s,
    )
