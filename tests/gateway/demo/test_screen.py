"""What people see of the chain, without a chain."""

from rich.console import Console, RenderableType

from gateway.demo.count import Outage, Readings, Report
from gateway.demo.screen import (
    CUT,
    FLOWING,
    Snapshot,
    Words,
    card,
    line,
    render,
    rows,
    summary,
)

BUSY = Snapshot(
    at_s=83.4,
    devices=6,
    answers_per_s=5.25,
    water_cm=-3.2,
    stored=1234,
    bytes_sent=12345,
    points=1204,
    confirmed=1204,
)
GOOD = Readings(
    answered=10, committed=10, stored=10, lost=0, duplicate=0, missing_flagged=0
)


def drawn(thing: RenderableType) -> list[str]:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(thing)
    return capture.get().splitlines()


def test_the_rows_mirror_the_path_in_both_languages() -> None:
    assert [name for name, _ in rows(BUSY)] == [
        ("Đồng ruộng", "Field"),
        ("Trạm đồng", "Gateway"),
        ("Trung chuyển", "Broker"),
        ("Tỉnh", "Province"),
        ("Con người", "People"),
    ]


def test_numbers_are_spelt_as_each_language_does() -> None:
    text = "\n".join(drawn(render(BUSY, FLOWING)))

    assert "1.234 số đo đã ghi" in text
    assert "1,234 readings stored" in text
    assert "-3,2 cm" in text


def test_the_screen_fits_a_small_terminal() -> None:
    picture = drawn(render(BUSY, FLOWING))

    assert max(map(len, picture)) <= 80
    assert len(picture) <= 24


def test_an_empty_chain_can_be_shown() -> None:
    assert any("no alert yet" in row for row in drawn(render(Snapshot(), FLOWING)))


def test_a_cut_link_is_told_in_its_row_and_below() -> None:
    cut = "\n".join(drawn(render(Snapshot(link_is_up=False), CUT)))

    assert "link CUT" in cut
    assert "the gateway keeps all" in cut


def test_an_alert_is_shown_in_both_languages() -> None:
    alert = Words("soil-a1 không trả lời", "soil-a1 does not answer")

    text = "\n".join(drawn(render(Snapshot(alert=alert), FLOWING)))

    assert alert.vi in text
    assert alert.en in text


def test_a_log_gets_one_line() -> None:
    text = line(BUSY, FLOWING)

    assert "\n" not in text
    assert text.startswith("1:23 ")
    assert "1,204 points stored" in text


def test_the_card_tells_the_outage_and_that_nothing_was_lost() -> None:
    outage = Outage(seconds=12.0, buffered=300, drained_in_s=3.25)

    text = "\n".join(drawn(card(Report(readings=GOOD, outage=outage))))

    assert "lost 0, doubled 0" in text
    assert "300 readings waited" in text
    assert "drained 3.2 s after" in text


def test_the_card_says_so_when_the_counts_do_not_agree() -> None:
    bad = Readings(
        answered=10, committed=10, stored=9, lost=1, duplicate=0, missing_flagged=0
    )

    said = summary(Report(readings=bad, outage=Outage()))

    assert any("lost 1" in words.en for words in said)
    assert any("do NOT agree" in words.en for words in said)
