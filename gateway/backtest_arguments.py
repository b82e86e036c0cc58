"""What ``canhdong rules backtest`` takes."""

import argparse
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from rules.stages import CROPS
from rules.text import HERE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "rules",
        nargs="+",
        metavar="RULES",
        help="rule ids, a pack such as rice, a FILE.toml, or all",
    )
    past = parser.add_argument_group("the past, one of")
    past.add_argument("--data", type=Path, metavar="CSV", help="a season's table")
    past.add_argument(
        "--buffer", action="store_true", help="the gateway's own, with -c"
    )
    past.add_argument("--store", metavar="URL", help="InfluxDB, as http://HOST:8086")
    past.add_argument("--zone", type=_zone, default=HERE, help="of --data: +07:00")
    past.add_argument("--database", metavar="NAME", help="of --store")
    past.add_argument("--coop", metavar="NAME", help="of --store, where no -c tells it")
    past.add_argument("--gateway", metavar="NAME", help="of --store, likewise")
    past.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="of --store: a token, or user:password",
    )
    past.add_argument("--from", dest="since", type=_day, metavar="DATE")
    past.add_argument("--to", dest="until", type=_day, metavar="DATE", help="included")
    field = parser.add_argument_group("the plot, by -c and --plot, or told here")
    field.add_argument("-c", "--config", type=Path, metavar="FILE", help="gateway.toml")
    field.add_argument("--plot", metavar="ID", help="of the config; default all")
    field.add_argument("--crop", choices=CROPS, metavar="CROP")
    field.add_argument("--method", choices=("sa", "cay"), default="")
    field.add_argument("--sown", type=_day, metavar="DATE")
    field.add_argument("--duration", type=int, metavar="DAYS", help="sowing to harvest")
    field.add_argument("--heading", type=_day, metavar="DATE")
    field.add_argument("--season", default="", metavar="ID", help="where sown is open")
    field.add_argument("--soil", default="", metavar="NAME")
    field.add_argument(
        "--field-capacity", type=float, metavar="PERCENT", help="of this very soil"
    )
    field.add_argument("--elevation", type=float, metavar="METRES")
    field.add_argument(
        "--leaf-wetness", choices=("sensor", "rh90"), default="sensor", help="read from"
    )
    field.add_argument(
        "--use",
        action="append",
        default=[],
        metavar="QUANTITY=SENSOR",
        help="which of several",
    )
    parser.add_argument(
        "--every", type=float, default=1.0, metavar="HOURS", help="between two looks"
    )
    parser.add_argument(
        "--strict", action="store_true", help="assume nothing of the sensors"
    )
    parser.add_argument("--chart", type=Path, metavar="OUT.html", help="draw it")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no date such as 2026-12-20"
        raise argparse.ArgumentTypeError(msg) from None


def _zone(text: str) -> timezone:
    try:
        at = datetime.strptime(text, "%z").utcoffset()
    except ValueError:
        msg = f"{text!r} is no offset such as +07:00"
        raise argparse.ArgumentTypeError(msg) from None
    return timezone(at or timedelta())
