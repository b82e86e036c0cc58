"""The page of the story is whole, needs nothing from elsewhere and believes nobody."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec
import pytest

from gateway.demo import page
from gateway.demo.chart import Band
from gateway.demo.count import Episode, Outage, Readings, Report
from gateway.demo.gather import Told, bands
from gateway.demo.series import Night, Sample
from telemetry.messages import Alert

HOSTILE = '<script>alert("1")</script>&'
VOID = {"meta", "br", "line", "rect", "polyline"}
ALERT = Alert(
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
    vi="Mực nước −10,1 cm.",
    en="Water at −10.1 cm.",
    boot="boot",
    since_ms=1,
)
LOT = {
    "lot": "HANH-MD-01",
    "seasons": [
        {
            "plot_name": "thửa 3",
            "locality": "xứ đồng Bãi Cát",
            "crop": "onion",
            "from": "2026-10-10T00:00:00+00:00",
            "to": "2026-11-21T00:00:00+00:00",
            "measured": [
                {
                    "quantity_vi": "độ ẩm đất",
                    "unit": "%",
                    "measure_vi": "trung bình",
                    "z": -10,
                    "value": 30.34,
                    "min": 28.2,
                    "max": None,
                    "coverage_since_first_pct": 95.7,
                }
            ],
            "alerts": [{"code": "7F3"}],
        }
    ],
}


class Page(HTMLParser):
    """Tags in pairs, addresses, and the words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str | None] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value for name, value in attrs if name in ("src", "href", "xlink:href")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def told(alert: Alert = ALERT, lot: object = None, **report: object) -> Told:
    episode = Episode(
        rule=alert.rule,
        plot=alert.plot,
        code=alert.code,
        states=("firing",),
        alert=alert,
    )
    readings = Readings(
        answered=230,
        committed=230,
        stored=230,
        lost=0,
        duplicate=0,
        missing_flagged=0,
    )
    given = {"readings": readings, "outage": Outage(), "lot": lot} | report
    return Told(
        begin=datetime(2026, 11, 13, 17, tzinfo=UTC),
        report=Report(episodes=(episode,), **given),  # type: ignore[arg-type]
        water=[Sample(n / 24, 2 - n / 12) for n in range(190)],
        soil=[Sample(n / 24, None if 100 < n < 140 else 28.0) for n in range(190)],
        nights=[Night(n, 75.0 if n == 5 else 25.0) for n in range(8)],
        outages=[Band(2.3, 3.0, "mất đường truyền", "cut")],
        unplugged=[Band(4.25, 5.1, "rút đầu đo", "gone")],
        episodes=[(episode, Band(6.1, 8.0, episode.code, "episode"))],
    )


def test_the_page_is_well_formed_and_says_what_happened() -> None:
    seen = Page(page.render(told(lot=LOT)))

    assert seen.open == []
    assert seen.tags.count("svg") == 3
    for word in ("14/11 – 21/11/2026", "mất đường truyền", "rút đầu đo", "7F3"):
        assert word in seen.words
    for word in ("−15 (IRRI)", "Các số khớp", "HANH-MD-01", "95,7"):
        assert word in seen.words


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = page.render(told(lot=LOT))

    seen = Page(text)

    assert seen.addresses == []
    assert "script" not in seen.tags
    assert not re.search(r"https?://|url\(|@import", text)


def test_a_gap_interrupts_the_line() -> None:
    soil = page.render(told()).split("<svg")[3]

    assert soil.count("<polyline") == 2


@pytest.mark.parametrize("field", ["title_vi", "vi", "do_vi", "title_en", "source"])
def test_what_comes_from_outside_is_text(field: str) -> None:
    alert = msgspec.structs.replace(ALERT, **{field: HOSTILE})

    seen = Page(page.render(told(alert)))

    assert "script" not in seen.tags
    assert HOSTILE in seen.words


def test_a_lot_of_hostile_names_is_text() -> None:
    season = LOT["seasons"][0] | {"plot_name": HOSTILE, "crop": HOSTILE}  # type: ignore[index]

    seen = Page(page.render(told(lot=LOT | {"lot": HOSTILE, "seasons": [season]})))

    assert "script" not in seen.tags
    assert seen.words.count(HOSTILE) == 3


def test_an_empty_story_has_a_page() -> None:
    nothing = Told(
        begin=datetime(2026, 11, 13, 17, tzinfo=UTC),
        report=Report(
            readings=Readings(
                answered=1,
                committed=0,
                stored=0,
                lost=0,
                duplicate=0,
                missing_flagged=0,
            ),
            outage=Outage(),
        ),
        water=[],
        soil=[],
        nights=[],
        outages=[],
        unplugged=[],
        episodes=[],
    )

    seen = Page(page.render(nothing))

    assert seen.open == []
    assert "Không có cảnh báo" in seen.words
    assert "KHÔNG khớp" in seen.words


def test_an_unplugged_probe_that_stays_so_is_marked_to_the_end() -> None:
    events = [("unplug", 2.5), ("cut", 3.0), ("mend", 3.5)]

    (band,) = bands(events, "unplug", "rút", "gone")

    assert (band.first, band.last) == (2.5, 8.0)
