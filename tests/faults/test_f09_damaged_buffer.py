"""Random damage to file, log and index: polling goes on, and nothing is made up."""

import os
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway import checkup
from gateway.config import Config
from gateway.history import Past
from gateway.inbox import Damaged, Request
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import BufferFault, BufferRefused, Change, Channel
from gateway.watch import Watch
from telemetry import ranges
from telemetry.clock import machine_s
from telemetry.quantity import QUANTITIES
from telemetry.reading import Reading
from tests.gateway.buffers import (
    HEADS,
    HELD,
    HERE,
    LAST,
    WAITING,
    copied,
    expected,
    filled,
    held_in,
)
from tests.gateway.test_recorder import HandClock

SEED = 90_409
CORRUPTIONS = 500
POLLING_S = 30.0  # issue: polling within 30 s whatever the file holds
BITS_MOST = 64
CONFIG = Config(version=1, coop="htx-moduc", gateway="g1", data_dir=Path("/nowhere"))
CHANNELS = {
    ("s1-0", "soil_moisture"): Channel(HEADS[0], QUANTITIES["soil_moisture"]),
}
LIVE = Reading("s1-0", "soil_moisture", 7_000_000, 31.2)
TRUTH = set(expected(range(1, LAST + 1)))
OWED = set(expected(WAITING))

SPANS = {
    "file": ("", None), "header": ("", 100), "log": ("-wal", None),
    "log's header": ("-wal", 32), "index": ("-shm", None), "page": ("", 4096),
    "file cut": ("", None), "log cut": ("-wal", None),
}  # fmt: skip


def spoil(path: Path, kind: str, dice: random.Random) -> None:
    """Flip bits, put noise on a page, or cut."""
    suffix, span = SPANS[kind]
    part = path.with_name(path.name + suffix)
    blob = bytearray(part.read_bytes())
    if kind.endswith("cut"):
        del blob[dice.randrange(len(blob)) :]
    elif kind == "page":
        at = dice.randrange(len(blob) // 4096) * 4096
        blob[at : at + 4096] = dice.randbytes(4096)
    else:
        for _ in range(dice.randint(1, BITS_MOST)):
            bit = dice.randrange((span or len(blob)) * 8)
            blob[bit // 8] ^= 1 << bit % 8
    part.write_bytes(blob)


class Boot4(HandClock):
    boot = "boot-4"

    def machine_s(self) -> float:
        return machine_s()


def start(path: Path) -> Recorder:
    clock = Boot4()
    past = Past((), {}, clock, full_scale={})
    return Recorder(
        path, HERE, CHANNELS, clock, Watch(CONFIG, {}, past, clock.boot),
        commit_s=10, keep_days=30, max_bytes=2**29,
    )  # fmt: skip


def cycles(recorder: Recorder, path: Path, epoch: str) -> Iterator[None]:
    """One cycle committed, then as many steps as the salvage takes."""
    stop = threading.Event()
    stop.set()
    recorder.inbox.put([LIVE])
    recorder.inbox.put(Request(Change(), at_once=True))
    while not recorder.stored:
        try:
            recorder.step(stop)
        except BufferFault:  # what the thread beside it finds at about this time
            why = found_later(path)
            recorder.inbox.put(Damaged(str(why), epoch))
    yield
    while recorder._upkeep._salvage is not None:
        recorder.step(stop)
    yield
    recorder.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: not the card's speed is looked at."""
    memory = Path("/dev/shm")  # noqa: S108 - of the test's own name within
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)


@pytest.mark.timeout(300)
def test_random_damage_never_stops_the_polling_and_makes_nothing_up(
    folder, record_property
):
    dice = random.Random(SEED)
    sound = filled(folder)
    with closing(Reader(sound)) as reader:
        epoch = reader.ledger().epoch
    slowest, seen = 0.0, Counter[str]()
    wrong: list[str] = []
    for round_ in range(CORRUPTIONS):
        path = copied(sound, folder / f"{round_}")
        kind = dice.choice([*SPANS])
        spoil(path, kind, dice)
        began = time.monotonic()
        try:
            recorder = start(path)
        except BufferRefused:  # the bits of the version: a newer one may have made it
            seen["refused"] += 1
            continue
        steps = cycles(recorder, path, epoch)
        next(steps)
        slowest = max(slowest, time.monotonic() - began)
        with closing(Reader(path)) as reader:
            ledger = reader.ledger()
        is_new = ledger.epoch != epoch
        *_, _ = steps
        wrong += [f"{round_} {kind}: {w}" for w in judged(path, is_new, ledger.held)]
        rows = held_in(path)
        seen["new" if is_new else "same"] += 1
        seen["brought" if is_new else "kept"] += len(OWED & set(rows))
        seen["made up"] += len(set(rows) - TRUTH) - 1  # but the live one
        shutil.rmtree(path.parent)

    assert wrong == []
    assert slowest < POLLING_S
    assert seen["refused"] < CORRUPTIONS / 100
    assert seen["made up"] < CORRUPTIONS  # no page has a checksum: bits of a value
    owed = seen["new"] * len(OWED)
    record_property(
        "figure",
        f"{CORRUPTIONS} corruptions, slowest start {slowest:.1f} s; {seen['new']} new"
        f" epochs with {seen['brought'] / owed:.1%} of {owed} unconfirmed rows brought,"
        f" {seen['same']} unhurt, {seen['refused']} refused;"
        f" {seen['made up']} rows with another value",
    )


def judged(path: Path, is_new: bool, held: list[ranges.Range]) -> Iterator[str]:
    """What must not be after a start on a damaged file."""
    rows = held_in(path)
    if max(Counter(rows).values()) > 1:
        yield "a row came twice"
    if is_new:
        if held:
            yield "a new epoch claims confirmed rows"
        return
    with closing(Reader(path)) as reader:
        there = {row.seq for row in reader.rows(1, 10**6)}
    missing = WAITING - there  # another value in a row is what nothing can tell
    if missing and found_later(path) is None:
        yield f"{len(missing)} unconfirmed rows are missing in silence"
    claimed = ranges.subtract(held, HELD)
    if ranges.subtract(claimed, [(seq, seq) for seq in there]):
        yield "confirmed rows are claimed that are not there"


def found_later(path: Path) -> str | None:
    """What the look at everything finds."""
    found: list[str] = []
    checkup.check_up(path, lambda why, _: found.append(why), threading.Event())
    return found[0] if found else None
