"""What can be done to a running site from outside, by id of the fault list.

Each mishap draws its own victims, does its worst, and leaves a site that will heal
by itself or that ``calm`` heals.  It says in a few words what it did.
"""

import contextlib
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Final

from tests import parts, programs
from tests.turmoil.far_mishaps import (
    f25_broker_stopped,
    f26_broker_killed,
    f27_ingest_away,
    f27_ingest_stopped,
    f28_database_killed,
    f28_database_stalls,
    f30_rights_wrong,
    f37_forged_acks,
    f40_old_database,
    f40_old_ledger,
)
from tests.turmoil.site import AWAY_S, FREE_FOR_ALL, Gateway, Site, go_on, one_of, pause

WRONG_UTC_MS: Final = (0, 1_577_836_800_000, 4_102_444_800_000)  # 1970, 2020, 2100
FILLED: Final = 16 * 1024  # bytes that are left on a full disk

Mishap = Callable[[Site, Random], str]


def f02_gateway_killed(site: Site, dice: Random) -> str:
    """kill -9, at once or later again, in the same boot or another."""
    one, is_new = one_of(site, dice), dice.random() < 0.5
    _kill(one)
    time.sleep(dice.uniform(0, 3))
    one.boot(is_new=is_new)
    return f"{one.name}, {'a new boot' if is_new else 'the same boot'}"


def f13_second_instance(site: Site, dice: Random) -> str:
    """A second daemon on the same card."""
    one = one_of(site, dice)
    second = programs.gateway(one.folder, "--speed", 60)
    second._stale = None
    second.log = one.folder / "second.log"
    second.start()
    parts.wait_until(lambda: second.exit_code is not None, 30)
    if second.exit_code != os.EX_TEMPFAIL:
        msg = f"{one.name}: a second instance ended with {second.exit_code}, not 75"
        raise AssertionError(msg)
    return one.name


def f15_old_card(site: Site, dice: Random) -> str:
    """A card is copied; later the copy is put in its place."""
    one = one_of(site, dice)
    _kill(one)
    if one.saved is None:
        one.saved = one.copy_card(one.folder / f"copy{one.kills}")
        told = f"{one.name} copied"
    else:
        one.laid_aside.append(one.copy_card(one.folder / f"aside{one.kills}"))
        one.put_card(one.saved)
        one.saved, told = None, f"{one.name} put back"
    one.boot()
    return told


def f16_gateway_stalls(site: Site, dice: Random) -> str:
    """A gateway stands still for some seconds, as behind a slow card."""
    one = one_of(site, dice)
    pause(one.program)
    time.sleep(dice.uniform(*AWAY_S))
    go_on(one.program)
    return one.name


def f07_disk_full(site: Site, dice: Random) -> str:
    """Others fill the disk, and make room again."""
    one = dice.choice([g for g in site.gateways if g.has_disk])
    filler = one.data / "filler"
    free = shutil.disk_usage(one.data).free
    with contextlib.suppress(OSError), filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free - FILLED))
    time.sleep(dice.uniform(*AWAY_S))
    filler.unlink(missing_ok=True)
    return f"{one.name}, {free / 2**20:.0f} MiB taken"


def f12_long_reader(site: Site, dice: Random) -> str:
    """Somebody reads the buffer for long."""
    one = one_of(site, dice)
    path = one.data / "buffer.db"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.execute("BEGIN")
        with contextlib.suppress(sqlite3.Error):
            db.execute("SELECT max(seq) FROM reading").fetchone()
        time.sleep(dice.uniform(*AWAY_S))
    return one.name


def f18_wrong_clock(site: Site, dice: Random) -> str:
    """A boot with a wall clock of 1970, 2020 or 2100."""
    one, utc_ms = one_of(site, dice), dice.choice(WRONG_UTC_MS)
    _kill(one)
    one.boot("--field-origin", f"0={utc_ms}")
    return f"{one.name}, {utc_ms} ms"


def f24_half_open(site: Site, dice: Random) -> str:
    """Some connections fall silent without an end."""
    some = dice.sample(list(site.gateways), len(site.gateways) // 2 or 1)
    for one in some:
        one.proxy.hush(dice.uniform(2, 45))
    return f"{len(some)} gateways"


def f24_reset(site: Site, dice: Random) -> str:
    """Some connections are reset."""
    some = dice.sample(list(site.gateways), len(site.gateways) // 2 or 1)
    for one in some:
        one.proxy.cut()
    return f"{len(some)} gateways"


def f33_slow_link(site: Site, dice: Random) -> str:
    """A link gets slow, and stays so for a while."""
    one = one_of(site, dice)
    one.proxy.lag_s = dice.uniform(0.1, 0.8)
    threading.Timer(dice.uniform(5, 30), one.proxy.calm).start()
    return one.name


def f71_clean_stop(site: Site, dice: Random) -> str:
    """SIGTERM to a gateway: it ends within its 10 s."""
    one = one_of(site, dice)
    began_s = time.monotonic()
    code = one.program.stop()
    took_s = time.monotonic() - began_s
    if code or took_s > 11:  # of which the interpreter's own end is a part
        msg = f"{one.name}: stopped with {code} after {took_s:.1f} s"
        raise AssertionError(msg)
    one.boot()
    return f"{one.name}, {took_s:.1f} s"


def calm(site: Site) -> None:
    """Take every fault back that lasts."""
    site.set_rights(FREE_FOR_ALL)
    for one in site.gateways:
        one.proxy.calm()
        (one.data / "filler").unlink(missing_ok=True)


def _kill(one: Gateway) -> None:
    one.program.kill()
    one.kills += 1


ON_DISKS: Final[tuple[Mishap, ...]] = (f07_disk_full,)
"""Those that need a small disk, and so the rights of root."""

ALL: Final[tuple[Mishap, ...]] = (
    f02_gateway_killed, f07_disk_full, f12_long_reader,
    f13_second_instance, f15_old_card, f16_gateway_stalls, f18_wrong_clock,
    f24_half_open, f24_reset, f25_broker_stopped, f26_broker_killed, f27_ingest_away,
    f27_ingest_stopped, f28_database_killed, f28_database_stalls, f30_rights_wrong,
    f33_slow_link, f37_forged_acks, f40_old_ledger, f40_old_database, f71_clean_stop,
)  # fmt: skip
