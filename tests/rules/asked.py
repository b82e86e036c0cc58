"""What an expression says of a field in memory."""

from collections.abc import Mapping

from rules.functions import FUNCTIONS
from rules.language import parse
from rules.plot import Plot
from rules.scope import Now, Scope
from rules.vocabulary import Value, Words
from tests.rules.field import RICE, Field, now

UNITS = {
    **{"short": "h", "day": "h", "night": "h", "long": "h", "none": "h"},
    **{"cm": "cm", "hot": "°C", "humid": "%", "some": "mm", "week": "d"},
    **{"one": "nights", "few": "nights", "many": "nights", "counts": "1"},
}
NUMBERS = {
    **{"short": 4.0, "day": 24.0, "night": 12.0, "long": 72.0, "none": 0.0},
    **{"cm": -15.0, "hot": 30.0, "humid": 90.0, "some": 1.0, "week": 7.0},
    **{"one": 1.0, "few": 3.0, "many": 10.0, "counts": 3.0},
}
PESTS = ("LAPHEG", "NILALU")


def scope(
    field: Field,
    at: float | Now,
    *,
    plot: Plot | None = RICE,
    chosen: Mapping[tuple[str, str], str] | None = None,
    steps: bool = False,
) -> Scope:
    """Everything that is asked at hour ``at`` of the field."""
    return Scope(
        history=field,
        now=at if isinstance(at, Now) else now(at),
        plot=plot,
        chosen=chosen or {},
        steps=[] if steps else None,
    )


def say(text: str, where: Scope, **numbers: float) -> Value:
    """What ``text`` says, with other numbers than the usual ones."""
    expression = parse(text, Words(UNITS, FUNCTIONS, PESTS))
    return expression.value(where, NUMBERS | numbers)
