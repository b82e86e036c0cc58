"""``canhdong rules diff``: what the site's own files have changed of the packs."""

import argparse
import sys
from pathlib import Path

from gateway.config import Config
from rules import overlay
from rules.layers import Difference
from telemetry import settings


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what it takes."""
    command.add_argument(
        "-c", "--config", type=Path, required=True, metavar="FILE", help="gateway.toml"
    )


def run(args: argparse.Namespace) -> int:
    """Tell each key that is said otherwise than in the packs, by file."""
    config = settings.load(args.config, Config)
    laid = overlay.lay(overlay.toml_files(config.rules.folder))
    if config.rules.folder is None:
        print("no [rules] folder in the config: the rules are those shipped")
    elif not laid.differences:
        print(f"{config.rules.folder}: nothing differs from the rules shipped")
    file = ""
    for each in laid.differences:
        if each.file != file:
            file = each.file
            print(file)
        print(f"  {told(each)}")
    if laid.faults:
        print("left out, canhdong rules check tells more:", file=sys.stderr)
    for fault in laid.faults:
        print(f"  {fault}", file=sys.stderr)
    return 0


def told(each: Difference) -> str:
    """One difference in a line.

    >>> told(Difference("sets.safe-awd", "numbers.low.value", -15, -10, "site.toml"))
    'sets.safe-awd  numbers.low.value: -15 → -10'
    """
    if not each.key:
        return f"{each.what}  new"
    before = "not said" if each.pack is None else each.pack
    return f"{each.what}  {each.key}: {before} → {each.site}"
