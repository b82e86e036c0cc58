"""Ours and the peer in one run: a quiet minute, then an outage with kill -9 in it.

``python tests/peer/beside.py [--seconds N] [--outage-s N]``.  Each gateway has a
bus of its own, 16 devices of 8 registers at 9600 baud asked each second, and all
share one Mosquitto.  Ours counts what stands in InfluxDB 1.6.7, the peer what its
platform has received.  Ours runs as shipped and with a commit each second, because
what is not committed yet is what a kill takes.  The devices count their answers, so
nobody's word is taken for what was produced.  Exit code 1 if ours is beaten in what
it promises: a reading lost that was committed, or one doubled.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script

from gateway.reader import Reader
from telemetry import ranges
from tests import parts, programs
from tests.host import stolen
from tests.peer import thingsboard
from tests.peer.sides import DEVICES, OURS, VALUES, Side, sides

WARM_UP_S: Final = 30.0  # three commits as shipped
BACK_S: Final = 120.0  # from the broker's return to a first message; the peer needs 35
QUIET_S: Final = 15.0  # without a message: nothing more comes


@dataclass(frozen=True, slots=True)
class Mark:
    """Counts of one side at one instant."""

    arrived: int
    cpu_s: float
    written_bytes: int
    sent_bytes: int

    @classmethod
    def of(cls, side: Side) -> "Mark":
        """Take them now."""
        gateway = side.gateway
        arrived, _ = side.counts()
        return cls(arrived, gateway.cpu_s(), gateway.written_bytes(), side.sent_bytes())


# --- the run -------------------------------------------------------------------


def run(folder: Path, seconds: float, outage_s: float) -> bool:
    """Measure and print; whether ours has kept its promise."""
    with sides(folder) as (broker, made):
        parts.wait_until(lambda: all(side.counts()[0] for side in made), BACK_S)
        time.sleep(WARM_UP_S)
        before = {side.name: Mark.of(side) for side in made}
        with stolen():
            time.sleep(seconds)
        after = {side.name: Mark.of(side) for side in made}
        memory = {side.name: side.gateway.memory_mib() for side in made}
        committed = outage(broker, made, outage_s)
        back_s = returned(made)
        settle(made)
        print(f"{'':<28}" + "".join(f"{side.name:>28}" for side in made))
        rows = [
            cells(before[s.name], after[s.name])
            | {
                "memory after it [MiB]": f"{memory[s.name]:.1f}",
                "broker back to data [s]": f"{back_s[s.name]:.1f}",
            }
            | ended(s, committed.get(s.name))
            for s in made
        ]
        for what in rows[0]:
            print(f"{what:<28}" + "".join(f"{row[what]:>28}" for row in rows))
        return all(
            row["committed, but lost"] in ("0", "-") and row["doubled"] == "0"
            for row in rows[: len(OURS)]
        )


def outage(broker: parts.Part, made: list[Side], outage_s: float) -> dict[str, int]:
    """Broker away, and in the middle kill -9; how many rows ours had committed."""
    broker.kill()
    time.sleep(outage_s / 2)
    committed = {}
    for side in made:
        side.gateway.kill()
        if (side.folder / "data").exists():
            reader = Reader(side.folder / "data" / "buffer.db")
            committed[side.name] = reader.ledger().next - 1
            reader.close()
        side.gateway.start()
    time.sleep(outage_s / 2)
    broker.start()
    return committed


def returned(made: list[Side]) -> dict[str, float]:
    """How long after the broker each side's first reading came. [s]"""
    began_s = time.monotonic()
    were = {side.name: side.counts()[0] for side in made}
    back_s: dict[str, float] = {}

    def all_are() -> bool:
        for side in made:
            if side.name not in back_s and side.counts()[0] > were[side.name]:
                back_s[side.name] = time.monotonic() - began_s
        return len(back_s) == len(made)

    parts.wait_until(all_are, BACK_S)
    return back_s


def settle(made: list[Side]) -> None:
    """Silence the devices and wait until nothing more comes."""
    for side in made:
        names = " ".join(f"d{n}" for n in range(1, DEVICES + 1))
        (side.folder / "unplugged").write_text(names)
    for side in made:
        if (side.folder / "data").exists():
            programs.drained(side.folder)
    since_s, seen = time.monotonic(), [side.counts() for side in made]
    while time.monotonic() - since_s < QUIET_S:
        time.sleep(1)
        if (now := [side.counts() for side in made]) != seen:
            since_s, seen = time.monotonic(), now


# --- the table -----------------------------------------------------------------


def cells(before: Mark, after: Mark) -> dict[str, str]:
    """What a reading costs while all is well."""
    n = after.arrived - before.arrived
    cpu_s = (after.cpu_s - before.cpu_s) / n * 1000
    written = (after.written_bytes - before.written_bytes) / n
    return {
        "readings of the quiet time": f"{n:,}",
        "processor [s per 1,000]": f"{cpu_s:.3f}",
        "written [bytes each]": f"{written:.0f}",
        "sent [bytes each]": f"{(after.sent_bytes - before.sent_bytes) / n:.1f}",
    }


def ended(side: Side, committed: int | None) -> dict[str, str]:
    """What has become of all readings of the run."""
    arrived, doubled = side.counts()
    produced = side.answers * VALUES
    lost = "-"
    if committed is not None:
        reader = Reader(side.folder / "data" / "buffer.db")
        held = reader.ledger().held
        reader.close()
        lost = str(committed - ranges.total(ranges.intersect(held, [(1, committed)])))
    return {
        "answered by the devices": f"{produced:,}",
        "arrived": f"{arrived:,}",
        "lost": f"{produced - arrived:,}",
        "committed, but lost": lost,
        "doubled": f"{doubled:,}",
    }


def main(words: Sequence[str] | None = None) -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of quiet time")
    parser.add_argument("--outage-s", type=float, default=60.0)
    args = parser.parse_args(words)
    print("peer        ", *thingsboard.PACKAGES)
    with tempfile.TemporaryDirectory(prefix="canhdong-beside-") as name:
        return 0 if run(Path(name), args.seconds, args.outage_s) else 1


if __name__ == "__main__":
    sys.exit(main())
