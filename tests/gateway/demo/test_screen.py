"""What people see of the chain, without a chain."""

from rich.console import Console, RenderableType

from gateway.demo.card import Ending, card, lines
from gateway.demo.count import Episode, Outage, Readings, Report
from gateway.demo.plan import CUT, caption
from gateway.demo.screen import Snapshot, clock, line, path, plots, render
from gateway.demo.series import Night, Sample
from gateway.demo.words import Words
from telemetry.messages import Alert

FLOWING = caption("story", 1.5, None)
BUSY = Snapshot(
    day=7.9,
    devices=7,
    answers_per_s=22.75,
    water=[Sample(hour / 24, 2.0 - hour / 12) for hour in range(8 * 24)],
    soil=[Sample(hour / 24, 29.0 if hour < 99 else None) for hour in range(8 * 24)],
    nights=[Night(night, 25 + 50 * (night == 5)) for night in range(8)],
    stored=1234,
    bytes_sent=12345,
    points=1204,
    confirmed=1204,
)
GOOD = Readings(
    answered=10, committed=10, stored=10, lost=0, duplicate=0, missing_flagged=0
)
WATER = Alert(
    id="a-1",
    episode="a",
    code="7F3",
    rule="rice-water-soon",
    severity="notice",
    state="firing",
    subject="p17",
    plot="p17",
    audience="field",
    title_vi="Ruộng sắp cần nước",
    title_en="Rice will need water",
    vi="Mực nước −10,1 cm.",
    en="Water at −10.1 cm.",
    do_vi="Xếp lịch lấy nước.",
    do_en="Plan the water turn.",
    boot="boot",
    since_ms=1,
)
EPISODE = Episode(
    rule=WATER.rule, plot="p17", code="7F3", states=("firing",), alert=WATER
)


def drawn(thing: RenderableType) -> list[str]:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(thing)
    return capture.get().splitlines()


def ending(**report: object) -> Ending:
    given = {"readings": GOOD, "outage": Outage()} | report
    return Ending(
        report=Report(**given),  # type: ignore[arg-type]
        page="/demo/report.html",
        commands=["canhdong-province lot HANH-MD-01 -c /demo/province.toml"],
    )


def test_the_rows_mirror_the_path_in_both_languages() -> None:
    assert [name for name, _ in path(BUSY)] == [
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
    assert "−13,9 cm" in text


def test_the_screen_fits_a_small_terminal() -> None:
    picture = drawn(render(BUSY, FLOWING))

    assert max(map(len, picture)) <= 80
    assert len(picture) <= 30


def test_each_plot_has_its_newest_value_and_its_story() -> None:
    rice, onion, maize = plots(BUSY)

    assert rice[1].vi == "nước −13,9 cm"
    assert (rice[2][0], rice[2][-1], len(rice[2])) == ("█", "▁", 32)
    assert onion[1].vi == "bẫy 25 lượt/đêm"
    assert onion[2].count("█") == 3
    assert maize[1].vi.endswith("(thiếu)")
    assert maize[2].endswith("····")


def test_the_keys_that_may_be_pressed_stand_below() -> None:
    assert "k b i u d c · Ctrl-C" in drawn(render(BUSY, FLOWING, "k b i u d c"))[-1]
    assert "─ Ctrl-C" in drawn(render(BUSY, FLOWING))[-1]


def test_an_empty_chain_can_be_shown() -> None:
    assert any("no alert yet" in row for row in drawn(render(Snapshot(), FLOWING)))


def test_a_cut_link_is_told_in_its_row_and_below() -> None:
    note = caption("story", 2.5, CUT)
    cut = "\n".join(drawn(render(Snapshot(link_is_up=False), note)))

    assert "link CUT" in cut
    assert "Day 3: link cut: the gateway keeps all" in cut


def test_people_are_shown_the_newest_alert_of_the_field() -> None:
    text = "\n".join(drawn(render(Snapshot(episodes=[EPISODE]), FLOWING)))

    assert "1 cảnh báo: Ruộng sắp cần nước" in text
    assert "1 alert: Rice will need water" in text


def test_the_last_midnight_is_of_the_last_day() -> None:
    assert clock(8.2) == "ngày 8, 23:59"


def test_a_log_gets_one_line() -> None:
    text = line(BUSY, FLOWING)

    assert "\n" not in text
    assert text.startswith("ngày 8, 21:36 ")
    assert "1,204 points stored" in text


def test_the_card_tells_the_outage_and_that_nothing_was_lost() -> None:
    outage = Outage(seconds=12.0, buffered=300, drained_in_s=3.25)

    text = "\n".join(drawn(card(ending(outage=outage))))

    assert "lost 0, twice 0" in text
    assert "300 readings waited" in text
    assert "drained 3.2 s after" in text


def test_the_card_says_so_when_the_counts_do_not_agree() -> None:
    bad = Readings(
        answered=10, committed=10, stored=9, lost=1, duplicate=0, missing_flagged=0
    )

    said = "\n".join(lines(ending(readings=bad)))

    assert "lost 1" in said
    assert "do NOT agree" in said


def test_the_card_shows_alerts_as_they_arrive_and_where_to_go_on() -> None:
    told = ending(episodes=(EPISODE,), seed="k12.3")

    text = "\n".join(drawn(card(told)))

    assert "[7F3] Ruộng sắp cần nước · Rice will need water · field" in text
    assert "Mực nước −10,1 cm. Xếp lịch lấy nước." in text
    assert "Water at −10.1 cm. Plan the water turn." in text
    assert "--seed k12.3" in text
    assert "/demo/report.html" in text


def test_what_could_not_be_asked_is_told() -> None:
    told = Ending(
        report=Report(readings=GOOD, outage=Outage()),
        page="",
        commands=[],
        notes=[Words("Không đọc được lô hàng", "the lot cannot be read")],
    )

    assert any("the lot cannot be read" in text for text in lines(told))
