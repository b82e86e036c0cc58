"""``canhdong demo``: its options, and what it needs.

Ends by itself after ``--for`` seconds, or on Ctrl-C.  Exit code 0 says that every
answer of the counting probe is stored exactly once, 1 that it is not.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

NEEDS: Final = ("amqtt", "rich", "sqlalchemy")  # what a gateway alone does not have


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the demo takes."""
    parser.add_argument(
        "--for",
        dest="for_s",
        type=_seconds,
        metavar="SECONDS",
        help="end after so long; else on Ctrl-C",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write what was counted as JSON"
    )


def run(args: argparse.Namespace) -> int:
    """Run the demo and return the exit code."""
    if missing := [name for name in NEEDS if find_spec(name) is None]:
        print(
            f"canhdong demo needs {', '.join(missing)}: pip install 'canhdong[demo]'",
            file=sys.stderr,
        )
        return 2
    from gateway.demo import play

    return play.run(args.for_s, args.report)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        msg = f"{text!r} is not a number of seconds above 0"
        raise argparse.ArgumentTypeError(msg)
    return seconds
