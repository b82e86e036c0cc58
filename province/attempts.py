"""Attempts to hold a connection: how long to pause, and what to tell of it.  Pure.

A CONNACK proves little: of two programs under one client id each throws the other out
right after it, for ever.  So only a connection that has stood a while ends the
failures, and one that does not is told once and not each time.
"""

import math
import random
from typing import Final

from province.backoff import CAP_S, pause_s
from telemetry.broker import LinkDown

CLIENT_ID: Final = "canhdong-province"
STOOD_S: Final = 10.0  # as gateway/fit.py: a first exchange on a slow link needs 8 s
SHORT_TIMES: Final = 3  # in a row: a broker that is restarted twice is no twin
TELL_AGAIN_S: Final = 3600.0  # two that back off stand in turns, for hours
TAKEN_OVER: Final = "Session taken over"  # MQTT 5 0x8E; Mosquitto 2.0.11 closes mutely
# Longest pause after a connection that did not stand: of two programs each then works
# in turns, and a broker that is restarted again and again is soon found again.
SHORT_CAP_S: Final = 4.0


class Attempts:
    """The connections of one program to its broker ``where``, one after the other."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._draw = random.SystemRandom().random
        self._up_s: float | None = None  # since when it stands
        self._failures = 0
        self._short = 0  # connections in a row that did not stand
        self._twin_told_s = -math.inf
        self._is_news = True  # that it is connected
        self._refusals = {""}  # what the broker has said since it was up

    def begun(self, at_s: float) -> str | None:
        """It is connected; returns what to tell. [machine s]"""
        self._up_s, self._refusals = at_s, {""}
        is_news, self._is_news = self._is_news, False
        return f"broker {self._where}: connected" if is_news else None

    def failed(self, fault: LinkDown, at_s: float) -> tuple[float, str | None]:
        """It ended, or could not begin; returns how long to pause [s], what to tell."""
        cap_s = CAP_S
        if self._up_s is None:
            told = self._without(fault)
        else:
            cap_s = SHORT_CAP_S
            stood = at_s - self._up_s >= STOOD_S
            self._short = 0 if stood else self._short + 1
            self._failures = 0 if stood else self._failures
            told = self._ended(fault, at_s)
        self._up_s = None
        self._failures += 1
        self._is_news = self._is_news or told is not None
        return pause_s(self._failures, self._draw(), cap_s), told

    def _without(self, fault: LinkDown) -> str | None:
        """Once down; again where it does not even begin now, or the broker says why."""
        was_short, self._short = self._short >= SHORT_TIMES, 0
        is_new_word = fault.reason not in self._refusals
        self._refusals.add(fault.reason)
        is_news = self._failures == 0 or was_short or is_new_word
        return f"{fault}; trying again" if is_news else None

    def _ended(self, fault: LinkDown, at_s: float) -> str | None:
        is_taken = fault.reason == TAKEN_OVER
        if not is_taken and self._short < SHORT_TIMES:
            return f"{fault}; trying again" if self._failures == 0 else None
        if at_s - self._twin_told_s < TELL_AGAIN_S:
            return None
        self._twin_told_s = at_s
        ask = f"does a second ingest run under the client id {CLIENT_ID}?"
        if is_taken:
            return f"{fault}; {ask}  stop one of them"
        times = f"{self._short} times within {STOOD_S:.0f} s"
        return f"{fault}, {times}; is the broker restarted again and again, or {ask}"
