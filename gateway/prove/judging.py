"""Judging a round after the boot: what is there, against what a witness saw."""

import argparse
import queue
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from gateway.demo.words import Words, en, vi
from gateway.prove import rows
from gateway.prove.device import device_of
from gateway.prove.doubt import is_sure
from gateway.prove.phone import Board, Seen
from gateway.prove.record import Record, Running, summed
from gateway.prove.site import Site, say, show, stop_by_signal
from gateway.prove.verdict import judge, told
from rules.text import HERE
from telemetry.clock import machine_s

LOOK_S: Final = 0.2  # between two looks whether to stop
GATHER_S: Final = 1.0  # once one phone has spoken, others may still
EXIT_LIES: Final = 1
EXIT_UNSURE: Final = 2  # as a mistake in the command: the round still waits


def judge_round(
    site: Site, args: argparse.Namespace, record: Record, running: Running
) -> int:
    """Say what the card has kept of the round before the boot, and record it."""
    found = rows.found(site.file, running.key)
    if args.seen is not None and not is_sure(args, found.last):
        return EXIT_UNSURE
    with ExitStack() as stack:
        asked: list[Seen] = []
        if args.seen is None and args.http is not None:
            board = site.board(running.key, record, is_asking=True)
            asked = _ask_phone(args, board, stack)
        numbers = [each.number for each in asked]
        seen = max(numbers, default=args.seen)
        verdict = judge(found, seen)
        lines = told(verdict)
        if running.is_stopped and verdict.says != "lies":
            record = replace(record, running=None)
            lines.append(
                Words(
                    "đã dừng ghi trước khi mất điện: lần này không tính",
                    "writing had been stopped before the cut: not counted",
                )
            )
        else:
            date = datetime.now(HERE).date().isoformat()
            device = device_of(site.folder)
            record = record.judged(verdict, site.boot, date, device)
            lines.append(_so_far(record))
        record.save(site.config.data_dir)
        site.clear()
        for each in asked:
            each.reply(verdict.says, lines)
    for line in lines:
        say(line)
    return EXIT_LIES if verdict.says == "lies" else 0


def judge_nothing(site: Site, seen: int, record: Record) -> int:
    """A number is given, but the card knows of no round."""
    newest = record.rounds[-1] if record.rounds else None
    if newest is not None and newest.boot == site.boot:
        say(
            Words(
                "vòng này đã có kết quả rồi", "this round has had its verdict already"
            )
        )
        say(_so_far(record))
        return EXIT_LIES if newest.says == "lies" else 0
    say(
        Words(
            f"thẻ này nói dối: thiếu {vi(seen)} dòng",
            f"this card lies: {en(seen)} rows missing",
        )
    )
    say(
        Words(
            "thẻ không nhớ vòng nào: mất sạch, hoặc chưa ghi vòng nào trên thẻ này",
            "the card knows of no round: all of it is lost, or none was run on it",
        )
    )
    return EXIT_LIES


def _ask_phone(args: argparse.Namespace, board: Board, stack: ExitStack) -> list[Seen]:
    """Wait until a phone gives its number back; none if told to stop."""
    stop = stack.enter_context(stop_by_signal())
    show(args.http, board, stack)
    say(
        Words(
            "chờ số từ điện thoại; Ctrl-C: xét mà không có số",
            "waiting for the phone's number; Ctrl-C: judge without one",
        )
    )
    asked: list[Seen] = []
    until_s = None
    while not stop.is_set() and (until_s is None or machine_s() < until_s):
        with suppress(queue.Empty):
            asked.append(board.seen.get(timeout=LOOK_S))
            until_s = until_s or machine_s() + GATHER_S
    return asked


def _so_far(record: Record) -> Words:
    said = summed(record.rounds)
    cuts, lost = said["cuts"], said["lost"]
    return Words(
        f"đến nay: {vi(cuts)} lần cắt điện, {vi(said['witnessed'])} lần có chứng kiến,"
        f" mất {vi(lost)} dòng",
        f"so far: {en(cuts)} cut{'' if cuts == 1 else 's'},"
        f" {en(said['witnessed'])} witnessed,"
        f" {en(lost)} rows lost",
    )
