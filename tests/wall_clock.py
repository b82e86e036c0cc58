"""A wall clock of a program's own, set by the test while the program runs.

Debian's faketime 0.9.10 breaks ``time.sleep`` of Python 3.11 when it leaves the
monotonic clocks alone (clock_nanosleep fails with EINVAL), so these thirty lines of C
stand before libc: CLOCK_REALTIME and its relatives are moved by what a file says, all
other clocks are the machine's.
"""

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

SOURCE: Final = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *off_s(void) {
    static volatile long none, *found;
    if (!found) {
        const char *name = getenv("WALL_CLOCK");
        int file = name ? open(name, O_RDONLY) : -1;
        void *at = file < 0 ? MAP_FAILED
                            : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
        found = at == MAP_FAILED ? &none : at;
    }
    return found;
}
int clock_gettime(clockid_t id, struct timespec *at) {
    int result = syscall(SYS_clock_gettime, id, at);
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) at->tv_sec += *off_s();
    return result;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


class WallClock:
    """How far a program's wall clock is from the machine's."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler: apt-get install gcc libc6-dev")
        self._file = folder / "wall-clock"
        self._library = folder / "wall-clock.so"
        self.set(0)
        source = folder / "wall-clock.c"
        source.write_text(SOURCE)
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O2", "-o", self._library, source],
            check=True,
        )

    def set(self, off_s: int) -> None:
        """Step the clock of the programs that run under it. [s]"""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("<q", off_s))

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Programs that are started meanwhile see this clock."""
        mine = {"LD_PRELOAD": str(self._library), "WALL_CLOCK": str(self._file)}
        before = {name: os.environ.get(name) for name in mine}
        os.environ.update(mine)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
