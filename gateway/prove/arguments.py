"""The options of ``canhdong prove-storage``, all of it that the daemon loads."""

import argparse
from typing import Final

ROWS_PER_S: Final = 200  # some eight commits a second, as fast as a slow card can
ROWS_PER_S_MOST: Final = 100_000  # no card is as fast; a bound for the arithmetic
DIGITS_MOST: Final = 15  # of a number: at the highest rate that is three centuries
HOST: Final = "127.0.0.1"  # nobody else unless an address is given


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of the command."""
    command.add_argument(
        "--seen", type=count, metavar="N", help="after the boot: the last number seen"
    )
    command.add_argument(
        "--sure",
        action="store_true",
        help="the number of --seen was looked at twice, though the card has fewer rows",
    )
    command.add_argument(
        "--http",
        type=_address,
        metavar="[ADDR:]PORT",
        help="show the number to a phone; without ADDR on this machine only",
    )
    command.add_argument(
        "--rows-per-s",
        type=_rate,
        default=ROWS_PER_S,
        metavar="N",
        help=f"how fast to write (default {ROWS_PER_S})",
    )
    command.add_argument(
        "--for", dest="seconds", type=count, metavar="S", help="stop after S seconds"
    )


def _address(text: str) -> tuple[str, int]:
    """Read ``[ADDR:]PORT``.

    >>> _address("8080"), _address("0.0.0.0:80")
    (('127.0.0.1', 8080), ('0.0.0.0', 80))
    """
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        msg = f"{text!r} is not [ADDR:]PORT"
        raise argparse.ArgumentTypeError(msg)
    return host or HOST, int(port)


def count(text: str) -> int:
    """Read a number as it stands on the screen, in either language.

    >>> count("3412"), count("3.412"), count("3,412")
    (3412, 3412, 3412)
    """
    digits = text.replace(".", "").replace(",", "")
    if digits.isdecimal() and len(digits) > DIGITS_MOST:
        msg = (
            f"có {len(digits)} chữ số, nhiều nhất {DIGITS_MOST}: xem lại số"
            f" · it has {len(digits)} digits, at most {DIGITS_MOST}: look again"
        )
        raise argparse.ArgumentTypeError(msg)
    if not digits.isdecimal() or int(digits) < 1:
        msg = f"{text!r} is not a whole number from 1 on"
        raise argparse.ArgumentTypeError(msg)
    return int(digits)


def _rate(text: str) -> int:
    rate = count(text)
    if rate > ROWS_PER_S_MOST:
        msg = f"{text!r} is above {ROWS_PER_S_MOST}"
        raise argparse.ArgumentTypeError(msg)
    return rate
