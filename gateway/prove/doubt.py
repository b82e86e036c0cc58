"""A number that the card does not reach: perhaps it is the number that is wrong.

A typing mistake would condemn a good card for ever, so whoever types a number above
the highest row that was found is asked for it once more.
"""

import argparse
import sys

from gateway.demo.words import Words, en, vi
from gateway.prove.arguments import count
from gateway.prove.site import say


def is_sure(args: argparse.Namespace, last: int) -> bool:
    """Whether ``args.seen`` may be judged by, the card's highest row being ``last``."""
    if args.sure or args.seen <= last:
        return True
    say(
        Words(
            f"số đã gõ là {vi(args.seen)}, dòng cao nhất trên thẻ là {vi(last)}",
            f"the number given is {en(args.seen)}, the card's highest row {en(last)}",
        )
    )
    say(
        Words(
            "xem lại số trên điện thoại, ảnh chụp hay màn hình: có thừa chữ số nào"
            " không, có phải của lần ghi này không",
            "look again at the phone, photo or screen: is there a digit too many, and"
            " is it of this round?",
        )
    )
    if sys.stdin.isatty() and sys.stdout.isatty() and _typed_again() == args.seen:
        return True
    say(
        Words(
            f"chưa kết luận gì về thẻ; nếu đúng số đó: --seen {args.seen} --sure",
            f"nothing is said of the card; if it is right: --seen {args.seen} --sure",
        )
    )
    return False


def _typed_again() -> int | None:
    """The number once more, ``None`` if it is none."""
    try:
        return count(input("gõ lại số · type the number again: ").strip())
    except (EOFError, argparse.ArgumentTypeError):
        return None
