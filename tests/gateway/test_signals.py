"""What a signal does: a reload under systemd, an end where the terminal has closed."""

import os
import signal
import subprocess
import sys

import pytest

from gateway.signals import Signals

SAYS = """
import os
from gateway.signals import Signals
os.close(os.open(os.ttyname(0), os.O_RDWR))  # now its controlling terminal
signals = Signals()
signals.catch()
print("ready", flush=True)
while not signals.stop.wait(0.02):
    if signals.wants_reload():
        print("reload", flush=True)
"""


@pytest.fixture
def signals():
    kept = {n: signal.getsignal(n) for n in (1, 2, 15)}
    yield Signals()
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_a_hangup_asks_once_for_a_reload(signals):
    signals.catch()

    os.kill(os.getpid(), signal.SIGHUP)

    assert signals.wants_reload()
    assert not signals.wants_reload()
    assert not signals.stop.is_set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_is_an_end(signals, number):
    signals.catch()

    os.kill(os.getpid(), number)

    assert signals.stop.is_set()


def test_what_runs_in_a_terminal_ends_when_that_closes():
    terminal, other = os.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", SAYS],
        stdin=other, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    os.close(other)
    assert run.stdout is not None
    first = run.stdout.readline()

    run.send_signal(signal.SIGHUP)
    second = run.stdout.readline()
    is_there = run.poll() is None
    os.close(terminal)  # the kernel sends SIGHUP to the session's leader
    code = run.wait(10)
    run.stdout.close()

    assert (first, second, is_there, code) == ("ready\n", "reload\n", True, 0)
