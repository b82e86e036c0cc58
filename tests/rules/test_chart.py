"""The page of a back-test: what it draws, and that it needs nothing but itself."""

import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as Tree

import pytest

from rules import backtest, rule
from rules.chart.asked import limits_of
from rules.chart.axes import Scale, Time
from rules.chart.page import render
from rules.history import HOUR_MS
from rules.recorded import Recorded
from rules.scope import DAY_MS
from tests.rules.field import BEGIN_MS, ONION, RICE, place
from tests.rules.test_packs import trap_nights

PACKS = rule.packs()
TUBE = place("tube", "water_level", zero_on=date(2025, 12, 20))
DAYS = 8


def hourly(values: list[float]) -> list[tuple[int, float, int]]:
    return [(BEGIN_MS + at * HOUR_MS, value, 1) for at, value in enumerate(values)]


def page(recorded: Recorded, *names: str, plot=RICE, title: str = "season.csv") -> str:
    report = backtest.run(
        [PACKS[name] for name in names],
        [plot],
        recorded,
        since_ms=BEGIN_MS,
        until_ms=recorded.last_ms,
    )
    return render(report, [plot], recorded, title=title, notes=["a <note>"])


def pictures(text: str) -> list[Tree.Element]:
    found = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    return [Tree.fromstring(svg) for svg in found]  # noqa: S314  our own


def words(picture: Tree.Element, kind: str) -> list[str]:
    return [e.text or "" for e in picture.iter("text") if e.get("class") == kind]


@pytest.fixture
def drying() -> Recorded:
    level = [2.0 - 0.1 * (hour + 0.5 * (hour % 24 > 12)) for hour in range(24 * DAYS)]
    return Recorded({TUBE: hourly(level)}, full_scale={TUBE: 100.0})


def test_the_limits_are_those_that_the_rule_compares_with():
    assert limits_of(PACKS["rice-water-soon"])["water_level"] == [
        ("low", -15.0), ("soon", -10.0),
    ]  # fmt: skip
    assert limits_of(PACKS["rice-water-flowering"])["water_level"] == [
        ("fill - band", 4.0)
    ]


def test_a_falling_level_is_drawn_with_limits_episode_and_predicted_day(drying):
    (picture,) = pictures(page(drying, "rice-water-soon"))

    assert words(picture, "limit") == ["soon −10", "low −15"]
    assert len(words(picture, "code")) == 1
    lead = [e for e in picture.iter("polyline") if "lead" in e.get("class", "")]
    assert len(lead) == 2  # the way there, and the interval of the day


def test_a_quiet_rule_is_drawn_where_few_were_asked(drying):
    text = page(drying, "rice-water-flowering")

    assert len(pictures(text)) == 1
    assert "No episode." in text


def test_a_flight_of_moths_has_its_nights_and_its_day_degrees():
    light = place("light", "trap_beam_breaks", plot="p3")
    air = place("air", "air_temperature", plot="p3")
    nights = trap_nights([25, 22, 27, 24, 26, 23, 25, 75, 30, 25, 24])
    recorded = Recorded(
        {light: hourly(nights), air: hourly([25.5] * len(nights))}, full_scale={}
    )

    (picture,) = pictures(page(recorded, "onion-beet-armyworm", plot=ONION))

    assert [name for name in words(picture, "name") if name] == [
        "Lượt cắt tia của bẫy mỗi đêm, 1",
        "Nhiệt độ không khí, °C",
        "Tích nhiệt của trứng, °d",
    ]
    assert "36.9 °d" in words(picture, "limit")


def test_the_page_needs_nothing_but_itself_and_escapes_what_is_foreign(drying):
    text = page(drying, "rice-water-low", title="<b>x</b>.csv")

    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="?(?!#)', text)
    assert "&lt;b&gt;x&lt;/b&gt;.csv" in text
    assert "a &lt;note&gt;" in text
    assert 'name="viewport"' in text
    assert text.index("Chạy thử") < text.index("Rules over")


def test_what_lies_outside_stands_at_the_edge():
    time = Time(0, 1000)
    scale = Scale.around([0.0, 10.0], 0.0, 100.0, from_zero=True)

    assert time.x(-5) == time.x(0) < time.x(1000) == time.x(2000)
    assert scale.y(99.0) == 0.0
    assert scale.y(-99.0) == 100.0


@pytest.mark.parametrize("days", [3, 20, 60, 200, 700])
def test_days_or_months_are_told_so_that_their_words_do_not_touch(days):
    ticks = Time(BEGIN_MS, BEGIN_MS + days * 24 * HOUR_MS).ticks()

    assert 3 <= len(ticks) <= 8
    assert len({text for _, text in ticks}) == len(ticks)


def test_what_a_model_gives_is_drawn_with_what_it_is_compared_with():
    soil = replace(place("probe", "soil_moisture", plot="p3", z=-20), period_ms=DAY_MS)
    days = [(BEGIN_MS + day * DAY_MS, 24.0 - day / 2, 1) for day in range(30)]
    recorded = Recorded({soil: days})
    chilli = replace(
        ONION, crop="chilli", sown=date(2025, 12, 20), duration_days=125, soil="loam",
        field_capacity=25.0,
    )  # fmt: skip

    (picture,) = pictures(page(recorded, "chilli-water", plot=chilli))

    lines = [e.get("class") for e in picture.iter("polyline")]
    assert lines.count("bound") == 1  # RAW
    assert lines.count("line") == 2  # the probe's days, unbroken, and the depletion
    assert words(picture, "name en")[-1] == "depletion() · raw()"
