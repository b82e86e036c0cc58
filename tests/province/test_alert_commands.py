"""``canhdong-province alerts`` and ``verdict``."""

import json
from pathlib import Path

import msgspec
import pytest

from province.ledger import Ledger
from telemetry.messages import Alert
from tests.province.gateway import G1
from tests.province.mail.story import HOUR_MS, NOW_MS, WATER, tell
from tests.province.test_main import CONFIG, Run, run

__all__ = ["run"]


@pytest.fixture
def config(tmp_path: Path, ledger: Ledger) -> Path:
    """A province whose ledger has one episode that is over and one that is not."""
    file = tmp_path / "province.toml"
    file.write_text(CONFIG.format(more=""))
    tell(ledger, WATER, moths(1, "firing"), at_ms=NOW_MS)
    tell(ledger, moths(2, "resolved"), at_ms=NOW_MS + HOUR_MS)
    return file


def moths(step: int, state: str, episode: str = "onion-1", code: str = "K2M") -> Alert:
    return msgspec.structs.replace(
        WATER, id=f"{episode}-{step}", episode=episode, code=code, state=state,
        plot="p3", subject="p3", utc_ms=None, severity="notice",
        title_vi="Bướm đêm tăng", title_en="Moths rise",
    )  # fmt: skip


def test_alerts_are_told_vietnamese_first(config: Path, run: Run) -> None:
    code, out, _ = run("alerts", "-c", config)

    assert code == 0
    assert (
        out
        == """\
7F3  2026-11-24 10:30 → …  cảnh báo, đang báo  [chưa xem]
     Ruộng cần nước · htx-moduc/g1 p17
     Rice needs water · warning, firing [not seen]
K2M  2026-11-24 10:31? → 2026-11-24 11:31  lưu ý, đã hết  [chưa xem]
     Bướm đêm tăng · htx-moduc/g1 p3
     Moths rise · notice, resolved [not seen]
"""
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ((), ["7F3", "K2M"]),
        (("--open",), ["7F3"]),
        (("--plot", "p3"), ["K2M"]),
        (("--coop", "htx-ly-son"), []),
        (("--from", "2026-11-24T11:31"), ["7F3", "K2M"]),
        (("--from", "2026-11-24T11:32"), ["7F3"]),
    ],
)
def test_options_narrow_the_list(
    options: tuple[str, ...], codes: list[str], config: Path, run: Run
) -> None:
    _, out, _ = run("alerts", "-c", config, "--json", *options)
    body = json.loads(out)

    assert body["v"] == 1
    assert [one["code"] for one in body["episodes"]] == codes


def test_no_alert_is_said_so(config: Path, run: Run) -> None:
    told = run("alerts", "-c", config, "--coop", "htx-ly-son")

    assert told == (0, "không có cảnh báo nào / no alerts\n", "")


def test_a_verdict_is_kept_and_shown(config: Path, run: Run) -> None:
    first = run("verdict", "-c", config, str(G1), "7f3", "đúng", "--by", "agronomist")
    again = run("verdict", "-c", config, str(G1), "7F3", "sai")
    _, out, _ = run("alerts", "-c", config, "--open", "--json")

    assert first[0] == 0
    assert first[1].startswith("htx-moduc/g1 7F3: đúng / true\n  Ruộng cần nước · p17")
    assert "(trước đó: đúng, agronomist)" in again[1]
    (one,) = json.loads(out)["episodes"]
    assert (one["verdict"], one["by"]) == ("sai", "office")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("htx-moduc/g1", "7F4", "sai"), "no episode has the code '7F4'; did you mean"),
        (("htx-moduc/g9", "7F3", "sai"), "htx-moduc/g9: no alert of this gateway"),
        (("htx-moduc/g1", "7F3", "saii"), "is no verdict: đúng, sai or chưa-xem; did"),
    ],
)
def test_a_wrong_argument_is_told_with_what_is_near(
    arguments: tuple[str, ...], fault: str, config: Path, run: Run
) -> None:
    code, _, err = run("verdict", "-c", config, *arguments)

    assert code == 2
    assert fault in err


def test_a_code_that_two_episodes_have_lists_them(
    config: Path, run: Run, ledger: Ledger
) -> None:
    tell(ledger, moths(1, "firing", "onion-2"), at_ms=NOW_MS + 2 * HOUR_MS)

    code, _, err = run("verdict", "-c", config, str(G1), "K2M", "sai")
    by_name = run("verdict", "-c", config, str(G1), "onion-2", "sai")

    assert code == 2
    assert err.splitlines() == [
        "htx-moduc/g1: 2 episodes have the code K2M; name one of these instead:",
        "  onion-1  2026-11-24 10:31? → 2026-11-24 11:31  Bướm đêm tăng",
        "  onion-2  2026-11-24 12:31? → …  Bướm đêm tăng",
    ]
    assert by_name[0] == 0
