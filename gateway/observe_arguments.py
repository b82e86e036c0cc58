"""The arguments of ``canhdong observe``, apart from what it needs to run."""

import argparse
import re
from typing import Final

from telemetry.observer import COUNTED, METHODS, ROLES
from telemetry.series import STAGES

_NEGATIVE: Final = re.compile(r"-\d+([.,]\d+)?")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what is counted, where, by whom and when."""
    # A water level of -5,2 is a number to people and an option to argparse.
    command._negative_number_matcher = _NEGATIVE
    command.add_argument("plot", metavar="PLOT", help="as the config names it")
    command.add_argument("quantity", metavar="QUANTITY", help=", ".join(COUNTED))
    command.add_argument("value", metavar="VALUE", help="12 or 12,5 in its unit")
    command.add_argument("--pest", metavar="EPPO", help="such as NILALU; or unsorted")
    command.add_argument("--stage", metavar="STAGE", help=", ".join(STAGES))
    command.add_argument("--method", metavar="METHOD", help=", ".join(METHODS))
    command.add_argument("--role", metavar="ROLE", help=", ".join(ROLES))
    command.add_argument("--z", metavar="CM", help="above the soil surface; 0")
    command.add_argument(
        "--at", metavar="TIME", help='"2026-11-22 07:30" or "22/11/2026 07:30"; now'
    )
