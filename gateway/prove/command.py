"""``canhdong prove-storage``: write until the plug is pulled; judge after the boot."""

import argparse
from contextlib import suppress
from typing import Final

from gateway import check
from gateway.demo.words import Words
from gateway.lock import locked
from gateway.prove.judging import judge_nothing, judge_round
from gateway.prove.record import Record
from gateway.prove.site import Site, say
from gateway.prove.writing import write
from telemetry.clock import boot_id
from telemetry.settings import ConfigError

EXIT_NOTHING_SHOWN: Final = 2  # as a mistake in the command
EXIT_LOCKED: Final = 75  # EX_TEMPFAIL of sysexits.h


def run(args: argparse.Namespace) -> int:
    """``canhdong prove-storage``; 1 if the card lies."""
    config = check.load(args.config)
    if not config.data_dir.is_dir():
        fault = f"data_dir {config.data_dir} does not exist: make it, or start the"
        raise ConfigError([f"{fault} gateway once"])
    site = Site(config, boot_id())
    with suppress(FileExistsError):
        site.folder.mkdir()
    with locked(site.folder) as is_ours:
        if not is_ours:
            say(Words("lệnh này đang chạy rồi", "this command runs already"))
            return EXIT_LOCKED
        return _run(site, args)


def _run(site: Site, args: argparse.Namespace) -> int:
    record = Record.load(site.config.data_dir)
    running = record.running
    if running is not None and running.boot != site.boot:
        return judge_round(site, args, record, running)
    if args.seen is None:
        return write(site, args, record)
    if running is not None:
        say(
            Words(
                "máy chưa mất điện lần nào từ lúc ghi: chưa chứng minh được gì",
                "no power cut has happened since the rows were written: nothing shown",
            )
        )
        return EXIT_NOTHING_SHOWN
    return judge_nothing(site, args.seen, record)
