"""The sources of time of this gateway: who is asked, and where the answers go."""

import contextlib
import functools
import queue
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from drivers.timesource.devices import Gps, Modem, Rtc
from gateway import clock_notes, notes
from gateway.config import Config
from gateway.config_time import Time
from gateway.hint_work import HintWork, Source
from gateway.hints import NTP_ERR_MS, Board
from gateway.inbox import Request
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Change, Hint
from gateway.segments import BootSpan, Word
from gateway.worker import Worker
from telemetry.clock import Clock

NTP_FILE: Final = Path("/run/systemd/timesync/synchronized")
"""Touched by timesyncd at each synchronisation; /run is emptied at each boot."""


class Ntp:
    """The clock of this machine, once NTP has set it."""

    name = "ntp"
    is_written_by_ntp = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def has_spoken(self) -> bool:
        """Whether NTP has set the clock in this boot."""
        return NTP_FILE.exists()

    def ask(self) -> tuple[int, int]:
        """UTC and its error."""
        wall_ms = self._clock.wall_ms()
        if wall_ms is None or not self.has_spoken:
            msg = "NTP has not set this machine's clock"
            raise OSError(msg)
        return wall_ms, NTP_ERR_MS


def chosen(time: Time) -> list[Source]:
    """Every source that the config names, the quickest first."""
    found: list[Source] = []
    if time.rtc is not None:
        found.append(Rtc(time.rtc))
    if time.modem is not None:
        found.append(Modem(time.modem))
    if time.gps is not None:
        found.append(Gps(time.gps, time.gps_baudrate))
    return found


class TimeSources:
    """The board, the thread that asks for it, and what people leave beside it."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.board = Board()
        self._config = config
        self._clock = clock
        self._taking: set[Path] = set()  # notes that the recorder has in hand
        self._ntp = Ntp(clock)
        self._worker: Worker | None = None

    def start(self, recorder: Recorder) -> None:
        """Begin to ask; words go on record by ``recorder``.

        Simulated field time has no sources but the province.  A source that hangs
        is no reason to restart: nobody waits for it.
        """
        self._recorder = recorder
        is_real = not self._clock.is_simulated
        work = HintWork(
            [*chosen(self._config.time), self._ntp] if is_real else [],
            self._clock,
            self.board,
            is_ntp=lambda: self._ntp.has_spoken,
            store=self._store,
            spans=self._spans,
        )
        self._worker = Worker(work)
        self._worker.start()

    def stop(self) -> None:
        """Ask no more."""
        if self._worker is not None:
            self._worker.stop.set()

    def ntp_offset_ms(self) -> int | None:
        """UTC - field time by NTP, if it has set this machine's clock."""
        if self._clock.is_simulated or not self._ntp.has_spoken:
            return None
        wall_ms = self._clock.wall_ms()
        return None if wall_ms is None else wall_ms - self._clock.field_ms()

    def tend(self) -> None:
        """Take what people have said of the time since the last look."""
        waiting = clock_notes.collect(self._config, self._clock.boot)
        self._taking &= {path for path, _ in waiting}
        for path, given in waiting:
            if path in self._taking:
                continue
            self.board.hear("person", given.word)
            done = functools.partial(notes.remove, path)
            with contextlib.suppress(queue.Full):  # then at the next look
                self._recorder.inbox.put_nowait(
                    Request(self._change("person", given.word), at_once=True, done=done)
                )
                self._taking.add(path)

    def report(self, utc_ms: int | None) -> dict[str, Any]:
        """What ``status.json`` says of the clock; ``utc_ms`` is the best estimate."""
        ntp_ms, now_ms = self.ntp_offset_ms(), self._clock.field_ms()
        if ntp_ms is not None:
            self.board.hear_ntp(now_ms, ntp_ms)
        return self.board.report(now_ms, utc_ms)

    def _spans(self) -> Sequence[BootSpan]:
        with closing(Reader(self._config.buffer_path)) as reader:
            return reader.boot_spans()

    def _store(self, source: str, word: Word) -> None:
        with contextlib.suppress(queue.Full):  # it stands on the board
            self._recorder.inbox.put_nowait(Request(self._change(source, word)))

    def _change(self, source: str, word: Word) -> Change:
        with closing(Reader(self._config.buffer_path)) as reader:
            boot = reader.boot_id(self._clock.boot)
        return Change(hints=[Hint(boot, source, *word)])
