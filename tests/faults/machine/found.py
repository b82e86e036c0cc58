"""Runs that once lost, doubled or changed a reading, each cut short, with its cause.

Each is run again for ever.
"""

from typing import Final

from tests.faults.machine.actions import Action

MENDED: Final[dict[str, list[Action]]] = {
    # Each boot was anchored by itself: after a slow answer its stamps could begin
    # before the last one of the boot before it.
    "a boot's stamps began before the end of the last boot's": [
        ("go", 2, 10),
        ("crash", 0, 0, 0),
        ("go", 0, 1),
        ("go", 0, 1),
        ("go", 6, 1),
    ],
    # A new epoch takes no ledger's word: rows that the newer card has sent are sent
    # again under this card's segments, which never were the same.
    "an old card sends what its successor has sent, at other stamps": [
        ("go", 0, 4),
        ("go", 5, 1),
        ("save_card", 0),
        ("go", 3, 8),
        ("old_card", 0, 0),
    ],
    # A ledger that holds numbers below ``next`` is believed, whoever has sent them.
    "a clone takes its twin's numbers for its own": [
        ("save_card", 0),
        ("clone", 0),
    ],
    # The present boot's first segment leaves no room for boots before it that are not
    # dated yet: theirs overlap, and the store keeps one row of each stamp.
    "bracketed boots share a stamp after the province's clock was set back": [
        ("go", 2, 7),
        ("crash", 0, 0, 0),
        ("go", 4, 3),
        ("skew", -4000),
        ("crash", 0, 0, 0),
        ("go", 0, 1),
    ],
    # The successor had sent what waited on the card, and nothing else: a new epoch
    # sent it again at other stamps.
    "an old card whose successor had only sent what waited": [
        ("go", 6, 20),
        ("save_card", 0),
        ("old_message", 0),
        ("go", 0, 3),
        ("old_card", 0, 0),
    ],
}

APART: Final = frozenset({"clone"})
"""Left out of the suite's share.

Two cards that run at once under one name may both send what they share, each under
its own clock, before either has heard of the other.  What each has alone is kept.
"""
