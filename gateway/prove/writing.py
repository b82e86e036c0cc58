"""Writing a round: commit, count aloud, until the plug is pulled."""

import argparse
import random
import secrets
import shutil
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Final

from gateway.demo.words import Words, en, vi
from gateway.prove import rows
from gateway.prove.device import device_of
from gateway.prove.phone import Board
from gateway.prove.record import Record, Running
from gateway.prove.site import Site, say, show, stop_by_signal
from telemetry.clock import machine_s
from telemetry.settings import ConfigError

ROOM_BYTES: Final = 80 * 1024 * 1024  # the rows' cap, their WAL, and some to spare
BEHIND_S: Final = 1.0  # what a slow card has missed beyond this is not made up for


def write(site: Site, args: argparse.Namespace, record: Record) -> int:
    """Write and count aloud until the plug is pulled, or until told to stop."""
    site.clear()
    free = shutil.disk_usage(site.folder).free
    if free < ROOM_BYTES:
        fault = f"{site.folder}: needs {ROOM_BYTES >> 20} MiB free, has {free >> 20}"
        raise ConfigError([f"{fault}: free some and try again"])
    running = Running(key=secrets.token_hex(8), boot=site.boot)
    record = replace(record, running=running)
    with ExitStack() as stack:
        stop = stack.enter_context(stop_by_signal())
        board = site.board(running.key, record, is_asking=False)
        show(args.http, board, stack)
        written = rows.Rows(site.file, running.key)
        stack.callback(written.close)
        # Not before: a round that never began would be found missing after a boot.
        record.save(site.config.data_dir)
        stack.callback(_note_end, site, record, running)
        _ask_for_the_cut(site)
        _fill(written, board, stop, args)
    if sys.stdout.isatty():
        print()
    say(
        Words(
            "đã dừng ghi mà chưa mất điện: chưa chứng minh được gì",
            "writing was stopped before any power cut: nothing shown",
        )
    )
    return 0


def _fill(
    written: rows.Rows, board: Board, stop: threading.Event, args: argparse.Namespace
) -> None:
    begun_s = due_s = machine_s()
    until_s = None if args.seconds is None else begun_s + args.seconds
    while not stop.is_set() and (until_s is None or machine_s() < until_s):
        count = random.randint(1, rows.ROWS_MOST)  # noqa: S311 - sizes, no secret
        board.confirmed = written.commit(count)  # only now is it told
        _count_aloud(board.confirmed)
        due_s = max(due_s + count / args.rows_per_s, machine_s() - BEHIND_S)
        stop.wait(max(0.0, due_s - machine_s()))


def _ask_for_the_cut(site: Site) -> None:
    device = device_of(site.folder)
    say(Words(f"ghi vào {site.file}", f"on {device or 'an unnamed device'}"))
    say(
        Words(
            "nhìn số dưới đây, rồi RÚT ĐIỆN (không tắt máy bằng lệnh)",
            "watch the number below, then PULL THE PLUG (do not shut down)",
        )
    )
    say(
        Words(
            "khi máy lên lại: canhdong prove-storage -c TỆP --seen SỐ",
            "after the boot: canhdong prove-storage -c FILE --seen NUMBER",
        )
    )


def _count_aloud(number: int) -> None:
    """On a terminal in place; elsewhere a line each, so that a log is a witness."""
    said = f"{vi(number)} dòng đã xác nhận · {en(number)} rows confirmed"
    if sys.stdout.isatty():
        print(f"\r\x1b[K{said}", end="", flush=True)
    else:
        print(said, flush=True)


def _note_end(site: Site, record: Record, running: Running) -> None:
    """Put on record that the next boot follows no cut in mid-write."""
    with suppress(OSError):  # a card that fails now has said so already
        ended = replace(record, running=replace(running, is_stopped=True))
        ended.save(site.config.data_dir)
