"""``canhdong sim``: its options.  What serves is loaded only when it is called."""

import argparse
from pathlib import Path

from drivers.sim.story import SCENARIOS
from telemetry.clock import origin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``canhdong sim`` beside ``--config``."""
    parser.add_argument(
        "--values", type=Path, metavar="FILE", help="TOML with constants and curves"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the made-up field")
    parser.add_argument(
        "--stats", type=Path, metavar="FILE", help="JSON: what each device has answered"
    )
    parser.add_argument(
        "--no-pace", action="store_true", help="answer at once, not at the baud rate"
    )
    parser.add_argument(
        "--speed", type=int, default=1, metavar="N", help="field time runs N times"
    )
    parser.add_argument(
        "--field-origin",
        type=origin,
        metavar="FIELD_MS=UTC_MS",
        help="UTC of one instant of field time; a story begins there",
    )
    parser.add_argument(
        "--story",
        choices=SCENARIOS,
        help="the demo's eight days; needs --field-origin",
    )
    parser.add_argument(
        "--unplugged",
        type=Path,
        metavar="FILE",
        help="devices, one a line, that do not answer while they stand there",
    )
    recorded = parser.add_argument_group("replay of recorded measurements")
    recorded.add_argument(
        "--replay", type=Path, nargs="+", metavar="CSV", help="files, joined on time"
    )
    recorded.add_argument(
        "--map", type=Path, metavar="FILE", help="what the columns are"
    )
    recorded.add_argument(
        "--field-clock", type=Path, metavar="FILE", help="field time, made here"
    )
    recorded.add_argument("--from", dest="begin", metavar="DATE", help="UTC, included")
    recorded.add_argument("--to", dest="end", metavar="DATE", help="UTC, not included")
    recorded.add_argument("--report", type=Path, metavar="FILE", help="JSON at the end")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop, or until a replay is over; the exit code."""
    from gateway import sim_live  # noqa: PLC0415  the daemon does not carry it

    return sim_live.run(args)
