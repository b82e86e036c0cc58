"""``canhdong-province lot``: from registry, ledger and store to text and JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from province.evidence_commands import _hint
from province.main import main
from tests.province.evidence import (
    DAY_NS,
    HOUR_NS,
    LEVEL,
    RAIN,
    SOIL,
    Province,
    alert,
    meta,
    reading,
    season,
    series,
)

TRAP = series("trap_count", "trap-1", z=150, pest="LAPHEG", stage="adult")

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def call(here: Province, *arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments, "-c", str(here.config)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def measured(out: str, quantity: str, at: int = 0) -> dict[str, Any]:
    """The one that ``quantity`` names, of a season."""
    body = json.loads(out)["seasons"][at]
    (found,) = [one for one in body["measured"] if one["quantity"] == quantity]
    assert isinstance(found, dict)
    return found


def grown(here: Province) -> None:
    """A season of ten days in which all is known."""
    here.enter()
    steps = [
        alert(1, "firing"),
        alert(2, "resolved"),
        alert(3, "answered", verdict="dung"),
    ]
    here.hear(season(), meta=meta(LEVEL, SOIL, RAIN))
    here.hello(721)
    for hours, step in zip((6, 30, 40), steps, strict=True):
        here.hear(alerts=[step], at_ns=hours * HOUR_NS)


@pytest.mark.slow
def test_a_level_has_extremes_mean_coverage_and_suspects(
    here: Province, ask: Ask
) -> None:
    grown(here)

    code, out, _ = ask(here, "lot", "MD-26-01", "--json")
    level = measured(out, "water_level")

    assert code == 0
    # 240 hourly values from 5 cm down by 1/12 cm; three of them are suspect.
    assert (level["values"], level["suspect"], level["missing"]) == (237, 3, 0)
    assert (level["max"], level["min"]) == (5, pytest.approx(5 - 239 / 12))
    good = [5 - hour / 12 for hour in range(240) if hour not in (30, 31, 60)]
    assert level["value"] == pytest.approx(sum(good) / 237)
    assert (level["due"], level["coverage_pct"]) == (240, 98.8)
    assert level["probes"] == [{"gateway": "g1", "sensor": "level-1", "period_s": 3600}]
    assert [day for day in level["days"] if day["suspect"]] == [
        {"day": "2026-11-23", "values": 22, "suspect": 2, "missing": 0},
        {"day": "2026-11-24", "values": 23, "suspect": 1, "missing": 0},
    ]


@pytest.mark.slow
def test_a_gap_is_told_from_value_to_value(here: Province, ask: Ask) -> None:
    grown(here)

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    soil = measured(out, "soil_moisture")

    # Values at hours 95 and 120 are 25 h apart.
    assert (soil["gaps"], soil["gap_h"], soil["missing"]) == (1, 25, 24)
    assert soil["longest_gaps"] == [
        {
            "from": "2026-11-25T16:00:00+00:00",
            "to": "2026-11-26T17:00:00+00:00",
            "hours": 25,
            "place": "gap",
        }
    ]
    assert soil["coverage_pct"] == 90


def test_a_counter_is_told_as_its_increase(here: Province, ask: Ask) -> None:
    grown(here)

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    rain = measured(out, "rain_total")

    assert (rain["measure"], rain["sensor"]) == ("increase", "rain-1")
    assert rain["value"] == pytest.approx(2)
    assert (rain["min"], rain["max"]) == (None, None)


def test_alerts_of_the_plot_have_times_and_verdicts(here: Province, ask: Ask) -> None:
    grown(here)
    elsewhere = alert(1, "firing", id="x-1", episode="x", plot="p3", subject="p3")
    of_sensor = alert(
        *(1, "firing"),
        id="s-1",
        episode="s",
        code="K2M",
        plot="",
        subject="soil-1",
        audience="technician",
        utc_ms=None,
    )
    here.hear(alerts=[elsewhere, of_sensor], at_ns=4 * DAY_NS)

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    told = json.loads(out)["seasons"][0]["alerts"]

    assert [(one["code"], one["verdict"], one["to"]) for one in told] == [
        ("7F3", "dung", "2026-11-22T23:00:00+00:00"),
        ("K2M", "chua-xem", None),
    ]
    assert told[0]["from"] == "2026-11-21T23:00:00+00:00"


def test_the_weather_of_a_gateway_is_that_of_its_plots(
    here: Province, ask: Ask
) -> None:
    grown(here)
    weather = {"plot": "", "subject": "gateway", "utc_ms": None}
    heat = alert(1, "firing", id="h-1", episode="h", code="H2T", **weather)
    link = alert(
        *(1, "firing"),
        id="l-1",
        episode="l",
        code="L1K",
        audience="technician",
        **weather,
    )
    here.hear(alerts=[heat, link], at_ns=4 * DAY_NS)

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    told = json.loads(out)["seasons"][0]["alerts"]

    assert [one["code"] for one in told] == ["7F3", "H2T"]


def test_two_heights_pests_and_gauges_are_told_apart(here: Province, ask: Ask) -> None:
    here.enter()
    some = [
        SOIL,
        series("soil_moisture", "soil-2", z=-30),
        RAIN,
        series("rain_total", "rain-2", z=150),
        TRAP,
        series("trap_count", "trap-1", z=150, pest="SPODLI", stage="adult"),
    ]
    here.hear(
        [
            reading(one, hour * HOUR_NS, 10 * at + hour)
            for at, one in enumerate(some)
            for hour in range(3)
        ]
    )

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    told = json.loads(out)["seasons"][0]["measured"]

    assert [
        (one["quantity"], one["z"], one["pest"], one["sensor"], one["value"])
        for one in told
    ] == [
        ("soil_moisture", -30, None, None, 11),
        ("soil_moisture", -10, None, None, 1),
        ("rain_total", 150, None, "rain-1", 2),
        ("rain_total", 150, None, "rain-2", 2),
        ("trap_count", 150, "LAPHEG", None, 123),
        ("trap_count", 150, "SPODLI", None, 153),
    ]


def test_a_probe_of_which_nothing_is_stored_is_told(here: Province, ask: Ask) -> None:
    here.enter()
    dead = series("soil_ph", "ph-1", z=-10)
    here.hear([reading(LEVEL, 239 * HOUR_NS, 1)], meta=meta(LEVEL, dead))

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    ph = measured(out, "soil_ph")

    assert (ph["values"], ph["due"], ph["coverage_pct"]) == (0, 240, 0)
    assert ph["longest_gaps"][0]["place"] == "the whole season"


def test_a_season_that_is_seen_late_has_two_coverages(here: Province, ask: Ask) -> None:
    here.enter()
    late = [reading(LEVEL, 5 * DAY_NS + hour * HOUR_NS, 1) for hour in range(120)]
    here.hear(late, meta=meta(LEVEL))

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    level = measured(out, "water_level")

    assert (level["due"], level["coverage_pct"]) == (240, 50)
    assert (level["due_since_first"], level["coverage_since_first_pct"]) == (120, 100)
    assert level["longest_gaps"][0]["place"] == "before the first value"


def test_a_gateway_that_never_spoke_for_itself_is_told(
    here: Province, ask: Ask
) -> None:
    here.enter()
    here.hear([reading(LEVEL, DAY_NS, 1)], meta=meta(LEVEL))
    stray = reading(series("soil_ph", "ph-1", gateway="g9"), HOUR_NS, 6.5)
    here.store.write(stray.encode())

    _, out, _ = ask(here, "lot", "MD-26-01", "--json")
    ph = measured(out, "soil_ph")

    assert json.loads(out)["seasons"][0]["unknown_gateways"] == ["g9"]
    assert (ph["values"], ph["due"], ph["coverage_pct"], ph["gaps"]) == (1, *[None] * 3)


def test_a_lot_of_two_seasons_keeps_them_apart(here: Province, ask: Ask) -> None:
    grown(here)
    onion = series("soil_moisture", "soil-3", plot="p3", z=-10)
    here.hear([reading(onion, 5 * DAY_NS, 20), reading(onion, 0, 25)], first=1000)

    _, out, _ = ask(here, "lot", "MD-26-02", "--json")
    body = json.loads(out)

    assert [one["plot"] for one in body["seasons"]] == ["p3", "p17"]
    # The onion was harvested on the 25th, before the second reading.
    assert measured(out, "soil_moisture", 0)["values"] == 1
    # The lot was harvested on the 30th, a day before the readings end.
    assert measured(out, "water_level", 1)["due"] == 216
    assert body["seasons"][1]["to"] == "2026-11-30T17:00:00+00:00"


TEXT = """\
LÔ MD-26-01 · HTX Mộ Đức (htx-moduc)
thu hoạch · harvested 2026-12-01, 1 450 kg
tính đến · as of 2026-12-01 23:00
số liệu MÔ PHỎNG · SIMULATED readings

thửa 17, xứ đồng Cây Gạo (p17), Xã Mộ Đức, Quảng Ngãi
lúa · rice OM 5451, vụ · season dx26-p17
gieo · sown 2026-11-22, đã qua · passed 10 ngày · days

  độ ẩm đất · soil moisture, z = −10 cm (g1/soil-1)
    nhỏ nhất · min 31,5, trung bình · mean 31,5, lớn nhất · max 31,5 %
    216 giá trị · values, 0 nghi ngờ · suspect, 24 thiếu · missing
    độ phủ cả vụ · coverage of the season 90 % (216/240)
    gián đoạn · gap 2026-11-25 23:00 → 2026-11-27 00:00, 25 giờ · h

  mực nước · water level, z = 0 cm (g1/level-1)
    nhỏ nhất · min −14,9, trung bình · mean −5,04, lớn nhất · max 5 cm
    237 giá trị · values, 3 nghi ngờ · suspect, 0 thiếu · missing
    độ phủ cả vụ · coverage of the season 98,8 % (237/240)
    nghi ngờ · suspect: 2 ngày · days, nhiều nhất · most 2026-11-23: 2

  lượng mưa · rain total, z = 150 cm (g1/rain-1)
    tăng · increase 2 mm
    240 giá trị · values, 0 nghi ngờ · suspect, 0 thiếu · missing
    độ phủ cả vụ · coverage of the season 100 % (240/240)

  cảnh báo · alerts
    7F3 · Ruộng cần nước · Rice needs water
          cảnh báo · warning, 2026-11-22 06:00 → 2026-11-23 06:00
          có đúng không · was it true: đúng · true
"""


@pytest.mark.slow
def test_the_text_says_it_in_vietnamese_first(in_sqlite: Province, ask: Ask) -> None:
    grown(in_sqlite)

    code, out, err = ask(in_sqlite, "lot", "MD-26-01")

    assert (code, out, err) == (0, TEXT, "")


def test_an_unknown_lot_is_one_line_with_the_nearest(
    in_sqlite: Province, ask: Ask
) -> None:
    in_sqlite.enter()

    assert ask(in_sqlite, "lot", "MD-26-1") == (
        2,
        "",
        "'MD-26-1' is no lot of the registry; did you mean 'MD-26-01'?\n",
    )


def test_a_lot_that_is_like_none_of_many_is_told_with_some() -> None:
    known = [f"MD-26-{at:02}" for at in range(900)]

    assert _hint("x", known) == (
        "known: MD-26-00, MD-26-01, MD-26-02, MD-26-03, MD-26-04, …"
    )
    assert _hint("MD-26-7", known).startswith("did you mean ")


def test_an_empty_registry_says_so(in_sqlite: Province, ask: Ask) -> None:
    code, out, err = ask(in_sqlite, "lot", "MD-26-01")

    assert (code, err) == (0, "")
    assert out.startswith("sổ đăng ký còn trống · the registry is empty\n")
    assert not (in_sqlite.home / "registry.db").exists()


def test_an_empty_store_says_so(in_sqlite: Province, ask: Ask) -> None:
    in_sqlite.enter()

    code, out, _ = ask(in_sqlite, "lot", "MD-26-01")

    assert code == 0
    assert "chưa có số đo nào · nothing is stored of this season" in out
    assert "không có cảnh báo nào · no alerts" in out


def test_a_season_to_come_has_nothing_yet(in_sqlite: Province, ask: Ask) -> None:
    in_sqlite.enter()
    in_sqlite.hello(1, at_ns=-5 * DAY_NS)

    code, out, _ = ask(in_sqlite, "lot", "MD-26-01", "--json")
    (season_,) = json.loads(out)["seasons"]

    assert code == 0
    assert season_["from"] == season_["to"]
    assert season_["measured"] == []


def test_a_config_without_a_registry_is_told(in_sqlite: Province, ask: Ask) -> None:
    text = in_sqlite.config.read_text().replace('registry = "registry.db"\n', "")
    in_sqlite.config.write_text(text)

    code, _, err = ask(in_sqlite, "lot", "MD-26-01")

    assert code == 2
    assert err.startswith("registry: the config names none; write registry =")


def hostile(name: str, *, every_s: float = 60, z: int = 0) -> bytes:
    about = {"device": "d", "plot": "p17", "z": z, "quantities": {"water_level": {}}}
    return json.dumps(
        {"devices": {"d": {"every_s": every_s}}, "sensors": {name: about}}
    ).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b'{"devices": 3, "sensors": [1]}',
        b'{"devices": {"d": {"every_s": 0}}, "sensors": {"a": {"device": "d"}}}',
        b'{"devices": {"d": {"every_s": 1e99}}, "sensors": {"a": 7, "b": {"z": 1}}}',
        hostile("level-1", every_s=1e-10),  # no nanosecond: a division by zero
        hostile("level-1", every_s=10**400),  # beyond what a float holds
        hostile("level-1", z=True),
        hostile("level-1", z=10**30),
        hostile("\x1b[2J\ud800"),  # moves a cursor, and no terminal can print it
    ],
)
def test_a_meta_of_another_form_only_leaves_periods_unknown(
    payload: bytes, in_sqlite: Province, ask: Ask
) -> None:
    in_sqlite.enter()
    in_sqlite.hear([reading(LEVEL, 0, 1)], meta=payload)

    code, out, _ = ask(in_sqlite, "lot", "MD-26-01", "--json")

    assert code == 0
    assert measured(out, "water_level")["due"] is None
    assert ask(in_sqlite, "ledger")[0] == 0
