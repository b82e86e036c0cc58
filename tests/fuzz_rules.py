"""Expressions drawn at random: ``python -m tests.fuzz_rules 1000000``.

Each is parsed, and judged on a field where it can be.  A fault is whatever is not
``ExpressionError``, an answer that is no answer, or one that takes too long.  What
comes after the line with ``BEGUN`` may ask nothing of the system: ``make bench-rules``
looks at that from outside.
"""

import argparse
import gc
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from rules.functions import FUNCTIONS
from rules.language import Expression, parse
from rules.models.species import NAME_OF
from rules.plot import Plot
from rules.scope import Scope
from rules.vocabulary import (
    CATCH,
    CAUGHT,
    HOURLY,
    PEST,
    QUANTITY,
    RATE,
    SAME,
    STAGE,
    TRUTH,
    ExpressionError,
    Words,
)
from telemetry.quantity import QUANTITIES
from telemetry.series import STAGES
from tests.rules.field import RICE, Field, now, place

BEGUN: Final = b"canhdong: expressions begin\n"
MOST_MS: Final = 5.0  # of one expression
SLOW_MS: Final = 1.0  # it may be that something else ran: tried again
HOURS: Final = 400  # of the field's past
TOLD: Final = 10  # faults that are printed

UNITS: Final = {
    **{
        "low": "cm",
        "hot": "°C",
        "humid": "%",
        "day": "h",
        "week": "d",
        "few": "nights",
    },
    **{"times": "1", "many": "per m²", "ripe": "mm", "fast": "cm/d", "salt": "g/L"},
    **{"need": "mm/d", "kind": "polls", "warm": "°C/d", "caught": "insects"},
}
EXTREMES: Final = (0.0, -1.0, 1.0, 3.0, 24.0, 1e-300, 1e9, 1e308, -1e308, 0.5)
JUNK: Final = (
    *("import", "lambda", "self", "__class__", "None", "True", "is", "in", "if"),
    *("else", "for", "await", "yield", "not", "and", "or", "0", "1.5", "1e999"),
    *("0x1", "**", "//", "%", "==", "!=", ":=", "->", "...", "=", "|", "&", "^"),
    *("<<", "#", "$", "''", '"', "\\", "\n", "\t", "\x00", "é", "ﬁ", "Ω"),
    *"{}[]:;@~",
)
WORDS: Final = Words(UNITS, FUNCTIONS, [*NAME_OF, "NILALU"])
TOKENS: Final = (
    *(*UNITS, *FUNCTIONS, *QUANTITIES, *WORDS.pests, *STAGES, *JUNK),
    *("<=", ">=", "and", "or", "not"),
    *"(),+-*/<>. ",
)
LETTERS: Final = "".join(map(chr, range(32, 127))) + "áđ∞\n\t\0"

Draw = Callable[[random.Random], str]


def texts(rng: random.Random) -> Iterator[str]:
    """Expressions without end: whole ones, damaged ones, heaps of words and letters."""
    while True:
        whole = _of_kind(rng, rng.choice((TRUTH, TRUTH, "cm", "°C", "mm", "1")), 4)
        yield whole
        yield _damaged(rng, whole)
        yield rng.choice(("", " ")).join(rng.choices(TOKENS, k=rng.randint(1, 40)))
        yield "".join(rng.choices(LETTERS, k=rng.randint(0, 60)))
        yield _deep(rng, whole)


def _of_kind(rng: random.Random, kind: str, depth: int) -> str:
    """Something that could be of a kind, by the grammar of rules."""
    if kind == TRUTH:
        return _truth(rng, depth)
    names = [name for name, unit in UNITS.items() if unit == kind]
    draws: list[Callable[[], str]] = [lambda: rng.choice(names or ["low"])]
    if depth > 0:
        draws += [
            lambda: _call(rng, kind, depth),
            lambda: (
                f"({_of_kind(rng, kind, depth - 1)} {rng.choice('+-')}"
                f" {_of_kind(rng, kind, depth - 1)})"
            ),
            lambda: (
                f"{_of_kind(rng, kind, depth - 1)} {rng.choice('*/')}"
                f" {_of_kind(rng, '1', depth - 1)}"
            ),
            lambda: f"-{_of_kind(rng, kind, 0)}",
        ]
    return rng.choice(draws)()


def _truth(rng: random.Random, depth: int) -> str:
    if depth <= 0 or rng.random() < 0.4:
        kind = rng.choice(("cm", "°C", "%", "h", "mm", "1", "per m²", "d", "g/L"))
        left, right = (_of_kind(rng, kind, depth - 1) for _ in range(2))
        return f"{left} {rng.choice(('<', '<=', '>', '>='))} {right}"
    draws: tuple[Callable[[], str], ...] = (
        lambda: f"not {_truth(rng, depth - 1)}",
        lambda: f"({_truth(rng, depth - 1)} and {_truth(rng, depth - 1)})",
        lambda: f"{_truth(rng, depth - 1)} or {_truth(rng, depth - 1)}",
        lambda: _call(rng, TRUTH, depth),
    )
    return rng.choice(draws)()


def _call(rng: random.Random, kind: str, depth: int) -> str:
    """A call that might give ``kind``, with arguments that might fit."""
    fitting = [
        name
        for name, each in FUNCTIONS.items()
        if each.gives in (kind, SAME, RATE) and each.per == "plot"
    ]
    name = rng.choice(fitting)
    quantities = [q for q, each in QUANTITIES.items() if each.unit == kind]
    quantity = rng.choice(quantities or list(QUANTITIES))
    draws: dict[str, Callable[[], str]] = {
        QUANTITY: lambda: quantity,
        PEST: lambda: rng.choice(list(WORDS.pests)),
        STAGE: lambda: rng.choice(STAGES),
        CATCH: lambda: rng.choice([*WORDS.pests, *CAUGHT]),
        HOURLY: lambda: rng.choice(
            ("air_temperature < hot", "not relative_humidity > humid",
             "leaf_wetness > humid and air_temperature < hot")
        ),
        SAME: lambda: _of_kind(rng, QUANTITIES[quantity].unit, depth - 2),
    }  # fmt: skip
    given = (
        draws[each]() if each in draws else _of_kind(rng, each, depth - 2)
        for each in FUNCTIONS[name].takes
    )
    return f"{name}({', '.join(given)})"


def _damaged(rng: random.Random, text: str) -> str:
    """``text`` with a few letters or words lost, put in, doubled or swapped."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        put = rng.choice(
            (rng.choice(LETTERS), rng.choice(TOKENS), text[at : at + 9], "")
        )
        text = text[:at] + put + text[at + rng.choice((0, 0, 1, 3)) :]
    return text


def _deep(rng: random.Random, text: str) -> str:
    """Nested or repeated without sense, up to more than is allowed."""
    many = rng.randint(1, 420)
    draws = (
        "(" * many + text + ")" * many,
        "-" * many + text,
        "not " * many + text,
        " and ".join([text] * (many // 20 + 1)),
        "last(" * many + text,
        "a" * many,
    )
    return rng.choice(draws)[: rng.choice((399, 400, 401, 2000))]


# --- judging -------------------------------------------------------------------


@dataclass(slots=True)
class Count:
    """What came of them."""

    cases: int = 0
    good: int = 0
    worst_ms: float = 0.0
    slowest: str = ""
    faults: list[str] = field(default_factory=list)


def measured() -> Field:
    """A field on which every function finds something."""
    found = Field()
    for name, quantity in QUANTITIES.items():
        facts = {"rated": (0.0, 100.0), "zero_on": date(2026, 1, 1)}
        where = place(f"s-{name}", name, **facts)
        if name == "trap_count":
            where = replace(where, pest="LAPHEG", stage="adult")
        low, high = max(quantity.low, -50.0), min(quantity.high, 100.0)
        found.put(
            where, [low + (high - low) * (hour % 24) / 24 for hour in range(HOURS)]
        )
        found.scales[where] = 100.0
    counted = place("by-farmer-frame", "pest_density", pest="NILALU", stage="all")
    found.put(replace(counted, role="farmer", method="frame"), [900.0], first=HOURS - 9)
    return found


def judge(text: str, scope: Scope, numbers: dict[str, float]) -> Expression | None:
    """Parse ``text`` and ask it; ``None`` where it is refused.

    Raises
    ------
    AssertionError
        Its answer is none.
    """
    try:
        expression = parse(text, WORDS)
    except ExpressionError:
        return None
    answer = expression.value(scope, numbers)
    is_truth = expression.kind == TRUTH
    assert answer is None or isinstance(answer, bool if is_truth else float | int), (
        answer
    )
    assert answer is None or math.isfinite(answer), answer
    return expression


def run(cases: int, seed: int) -> Count:
    """Draw, judge and time ``cases`` expressions."""
    rng, count, past = random.Random(seed), Count(), measured()
    plots: tuple[Plot, ...] = (
        replace(RICE, duration_days=105),
        replace(RICE, crop="onion", soil="sand", sown=date(2025, 12, 20)),
        replace(RICE, crop="other", sown=None),
    )
    drawn = texts(rng)
    os.write(2, BEGUN)
    for number in range(cases):
        text = next(drawn)
        numbers = {name: rng.choice(EXTREMES) for name in UNITS}
        plot = plots[number % len(plots)]
        best_ms = math.inf
        for _ in range(
            4
        ):  # one that was slow because something else ran is tried again
            scope = Scope(history=past, now=now(HOURS - 0.5), plot=plot)
            begun = time.perf_counter()
            try:
                found = judge(text, scope, numbers)
            except Exception as fault:  # noqa: BLE001  that is what is looked for
                count.faults.append(f"{fault!r} of {text!r}")
                found = None
            best_ms = min(best_ms, 1000 * (time.perf_counter() - begun))
            if best_ms <= SLOW_MS:
                break
        count.good += found is not None
        if best_ms > count.worst_ms:
            count.worst_ms, count.slowest = best_ms, text
    count.cases = cases
    return count


def main() -> int:
    """Draw as many as are asked for and print what came of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    gc.freeze()
    count = run(args.cases, args.seed)
    print(
        f"{count.cases:,} expressions, {count.good:,} of them good,"
        f" {len(count.faults)} faults; the slowest took {count.worst_ms:.2f} ms"
    )
    print(f"slowest: {count.slowest[:100]}")
    for fault in count.faults[:TOLD]:
        print(f"FAULT: {fault}")
    return 1 if count.faults or count.worst_ms > MOST_MS else 0


if __name__ == "__main__":
    sys.exit(main())
