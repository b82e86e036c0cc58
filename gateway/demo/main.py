"""``canhdong demo``: its options, and what it needs.

Ends by itself with the story, or on Ctrl-C.  Exit code 0 says that every answer of
the counting probe is stored exactly once, 1 that it is not.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from drivers.sim.story import SCENARIOS

NEEDS: Final = ("amqtt", "rich", "sqlalchemy")  # what a gateway alone does not have


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the demo takes."""
    parser.add_argument(
        "--for",
        dest="for_s",
        type=_seconds,
        metavar="SECONDS",
        help="tell the story within so long; else in 80 s",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write what was counted as JSON"
    )
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="an empty folder to leave behind"
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="write the last screen as SVG"
    )
    parser.add_argument(
        "--scenario",
        choices=SCENARIOS,
        default="story",
        help="quiet: no alert; faults: only a technician's",
    )
    parser.add_argument(
        "--keys",
        action="store_true",
        help="k, b, i: kill gateway, broker, ingest; u: unplug a probe;"
        " d: fill the disk; c: power cut, clock 3 years on",
    )
    parser.add_argument(
        "--seed", metavar="KEYS", help="press keys by itself, such as k12.3,b40.1"
    )
    field = parser.add_argument_group("a field that is left running")
    field.add_argument(
        "--field", action="store_true", help="no story: run until Ctrl-C"
    )
    field.add_argument(
        "--speed", type=int, default=1, metavar="N", help="field time runs N times"
    )


def run(args: argparse.Namespace) -> int:
    """Run the demo and return the exit code."""
    if missing := [name for name in NEEDS if find_spec(name) is None]:
        print(
            f"canhdong demo needs {', '.join(missing)}: pip install 'canhdong[demo]'",
            file=sys.stderr,
        )
        return 2
    try:
        _check(args)
        from gateway.demo.keys import read_seed

        seed = read_seed(args.seed) if args.seed else ()
    except ValueError as fault:
        print(f"canhdong demo: {fault}", file=sys.stderr)
        return 2
    if args.field:
        from gateway.demo import field

        return field.run(args.folder, args.speed)
    from gateway.demo import play

    return play.run(
        play.Wishes(
            for_s=args.for_s,
            report_to=args.report,
            picture_to=args.picture,
            folder=args.folder,
            scenario=args.scenario,
            has_keys=args.keys,
            seed=seed,
        )
    )


def _check(args: argparse.Namespace) -> None:
    """Refuse options that cannot be met, each with its remedy."""
    if args.keys and not sys.stdin.isatty():
        msg = "--keys: standard input is no terminal; press them by --seed"
        raise ValueError(msg)
    if args.speed < 1 or (args.speed != 1 and not args.field):
        msg = "--speed: a whole number from 1 on, and only with --field"
        raise ValueError(msg)
    if args.folder is not None and not _is_free(args.folder):
        msg = f"--folder: {args.folder} is not an empty folder; name another"
        raise ValueError(msg)


def _is_free(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        msg = f"{text!r} is not a number of seconds above 0"
        raise argparse.ArgumentTypeError(msg)
    return seconds
