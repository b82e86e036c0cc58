"""When a gateway counts as silent."""

import pytest

from province.mail.silence import FRESH_MS, Sign, Silence, judge
from tests.province.gateway import G1
from tests.province.mail.story import HOUR_MS, NOW_MS

ALWAYS = (0, NOW_MS)


def states(
    heard_ms: int,
    *,
    every_s: float | None = None,
    known: Silence | None = None,
    listened: tuple[int, int] | None = ALWAYS,
) -> list[str]:
    sign = Sign(identity=G1, heard_ms=heard_ms, every_s=every_s)
    silences = {} if known is None else {G1: known}
    found = judge([sign], silences, listened, now_ms=NOW_MS, after_s=3600)
    return [alert.state for _, alert in found]


@pytest.mark.parametrize(
    ("ago_ms", "every_s", "found"),
    [
        (HOUR_MS, None, []),
        (HOUR_MS + 1, None, ["firing"]),
        (HOUR_MS + 1, 300.0, ["firing"]),
        (3 * HOUR_MS, 3600.0, []),  # it measures once an hour
        (3 * HOUR_MS + 1, 3600.0, ["firing"]),
    ],
)
def test_a_gateway_is_silent_after_an_hour_or_three_of_its_periods(
    ago_ms: int, every_s: float | None, found: list[str]
) -> None:
    assert states(NOW_MS - ago_ms, every_s=every_s) == found


@pytest.mark.parametrize(
    "listened",
    [None, (0, NOW_MS - FRESH_MS - 1), (NOW_MS - HOUR_MS // 2, NOW_MS)],
    ids=["never", "not now", "not for long"],
)
def test_nobody_is_silent_while_nobody_listens(
    listened: tuple[int, int] | None,
) -> None:
    assert states(NOW_MS - 9 * HOUR_MS, listened=listened) == []


def test_a_silence_ends_with_the_next_sign_and_only_with_that() -> None:
    known = Silence(episode="e", since_ms=NOW_MS - 2 * HOUR_MS)

    assert states(known.since_ms, known=known) == []
    assert states(NOW_MS, known=known) == ["resolved"]
    assert states(NOW_MS, known=known, listened=None) == ["resolved"]
