"""Arguments of ``lot`` and ``ledger``."""

import argparse
from collections.abc import Callable

from province import evidence_commands
from province.config import Config
from telemetry.settings import ConfigError

Run = Callable[[Config, argparse.Namespace], int]
Add = Callable[[str, Run, str], argparse.ArgumentParser]


def add_to(
    add: Add, *, name: Callable[[str], str], instant: Callable[[str], int]
) -> None:
    """Add both commands; ``name`` and ``instant`` read an argument."""
    lot = add("lot", _lot, "Say what a harvest lot went through.")
    lot.add_argument("lot", metavar="LOT", help="as the registry names it")
    lot.add_argument("--json", action="store_true", help="for programs")

    ledger = add("ledger", _ledger, "Say which readings are here and which are not.")
    ledger.add_argument("--coop", type=name, help="of one cooperative")
    ledger.add_argument("--gateway", type=name, help="of one gateway")
    for option, dest, text in (
        ("--from", "start", "its first day, such as 2026-11-08; else two weeks ago"),
        ("--to", "end", "instant behind the last; else now"),
    ):
        ledger.add_argument(option, dest=dest, type=instant, metavar="TIME", help=text)
    ledger.add_argument(
        "--all", action="store_true", help="each epoch, also those that are done with"
    )
    ledger.add_argument("--json", action="store_true", help="for programs: all epochs")


def _lot(config: Config, args: argparse.Namespace) -> int:
    return evidence_commands.lot(config, args.lot, as_json=args.json)


def _ledger(config: Config, args: argparse.Namespace) -> int:
    if args.start is not None and args.end is not None and args.start >= args.end:
        raise ConfigError(["--from: is not before --to; swap them"])
    return evidence_commands.ledger(
        config,
        coop=args.coop,
        gateway=args.gateway,
        start_ns=args.start,
        end_ns=args.end,
        as_json=args.json,
        has_all=args.all,
    )
