"""The words of a lot's report, from facts alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from province.episodes import Episode
from province.lot.facts import Day, Lot, Measured, Probe, Season
from province.lot.form import form
from province.lot.report import text
from province.lot.words import CROPS_VI, STAGES_VI
from province.registry import records
from province.summary import Summary
from rules.stages import STAGES_OF
from telemetry.quantity import QUANTITIES
from telemetry.quantity_names import QUANTITIES_VI
from telemetry.series import STAGES
from telemetry.topics import Identity

HOUR_NS = 3600 * 10**9
START_NS = 1_795_280_400 * 10**9  # 2026-11-22T00:00+07:00
END_NS = START_NS + 240 * HOUR_NS


def summary(**changes: Any) -> Summary:
    about: dict[str, Any] = {
        **{"count": 9, "missing": 0, "doubtful": 0, "value": 1.5, "low": 1, "high": 2},
        **{"first_ns": START_NS, "last_ns": END_NS},
    }
    return Summary(**(about | changes))


def measured(quantity: str = "water_level", **changes: Any) -> Measured:
    about: dict[str, Any] = {
        **{"quantity": quantity, "z": 0, "pest": None, "stage": None, "sensor": None},
        "probes": [Probe(gateway="g1", sensor="level-1", period_ns=HOUR_NS)],
        "summary": summary(),
        "days": [Day(day=date(2026, 11, 22), good=9, doubtful=0, missing=0)],
        **{"due": 240, "due_since_first": 240, "gaps": []},
    }
    return Measured(**(about | changes))


def lot(
    *some: Measured, alerts: tuple[Episode, ...] = (), name: str = "thửa 17"
) -> Lot:
    plot = records.Plot(
        **{"coop": "c", "plot": "p17", "name": name, "locality": name},
        **{"commune": "21400", "area_m2": 720.0, "elevation_m": None},
    )
    grown = records.Season(
        **{"coop": "c", "season": "s1", "plot": plot, "crop": "rice"},
        **{"variety": None, "sown": date(2026, 11, 22), "harvested": None},
    )
    about = records.Lot(
        lot="L-1",
        coop=records.Cooperative(coop="c", name=name, commune="21400"),
        harvested=date(2026, 12, 1),
        kg=None,
        seasons=(grown,),
    )
    season = Season(
        **{"grown": grown, "commune": "Xã Mộ Đức", "strangers": []},
        **{"start_ns": START_NS, "end_ns": END_NS},
        **{"measured": some, "alerts": alerts},
    )
    return Lot(about=about, at_ms=END_NS // 10**6, is_simulated=False, seasons=[season])


def episode(**changes: Any) -> Episode:
    about: dict[str, Any] = {
        **{"identity": Identity("c", "g1"), "episode": "e1", "code": "7F3"},
        **{"rule": "r", "plot": "p17", "subject": "p17", "audience": "field"},
        **{"severity": "warning", "state": "firing", "since_ms": None},
        **{"told_ms": START_NS // 10**6, "until_ms": None, "by": "", "steps": 1},
        **{"title_vi": "Ruộng cần nước", "title_en": "Rice needs water"},
        "verdict": "chua-xem",
    }
    return Episode(**(about | changes))


def test_every_word_of_the_dictionary_has_a_vietnamese_name() -> None:
    assert QUANTITIES_VI.keys() == QUANTITIES.keys()
    assert STAGES_VI.keys() == set(STAGES)
    assert STAGES_OF.keys() <= CROPS_VI.keys()


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_no_line_is_wider_than_80_columns_whatever_the_names(quantity: str) -> None:
    pest = {"pest": "LAPHEG", "stage": "nymph"} if quantity == "trap_count" else {}
    probes = [
        Probe(gateway="g" * 40, sensor=f"{at}" * 40, period_ns=None) for at in range(3)
    ]
    wide = measured(
        quantity,
        **pest,
        z=-5000,
        probes=probes,
        summary=summary(value=-1e14 / 3, low=-1e14 / 3, high=1e14 / 7),
        days=[Day(day=date(2026, 11, 22), good=10**9, doubtful=10**9, missing=10**9)],
        due=10**9,
        gaps=[(START_NS, START_NS + HOUR_NS), (END_NS - HOUR_NS, END_NS)] * 5,
    )
    alert = episode(title_vi="Ruộng " * 16, title_en="w" * 80, severity="x" * 20)

    told = text(lot(wide, alerts=(alert,), name="Hợp tác xã " * 30))

    assert max(map(len, told.splitlines())) <= 80


def test_nothing_in_a_name_moves_the_cursor() -> None:
    told = text(lot(name="thửa\x1b[2J\r\n17\u202e"))

    assert not set(told) & set("\x1b\r\u202e")


def test_a_counter_that_fell_has_no_increase() -> None:
    fell = measured("rain_total", summary=summary(value=None))

    assert "tăng · increase: không có, bộ đếm bị lùi · the counter fell" in text(
        lot(fell)
    )


def test_coverage_without_a_period_is_unknown() -> None:
    assert "chưa rõ nhịp đo · unknown, no period was told" in text(
        lot(measured(due=None, due_since_first=None, gaps=None))
    )


def test_only_the_longest_gaps_are_told_and_the_others_counted() -> None:
    gaps = [
        (START_NS + at * HOUR_NS, START_NS + (at + 9 - at % 3) * HOUR_NS)
        for at in range(5)
    ]

    told = text(lot(measured(gaps=gaps)))

    assert told.count("gián đoạn · gap") == 2
    assert "trước giá trị đầu · before the first value: đến · until" in told
    assert "còn 2 lần ngắn hơn · 2 shorter gaps" in told


def test_values_that_are_all_suspect_have_no_mean() -> None:
    days = [Day(day=date(2026, 11, 22), good=0, doubtful=9, missing=0)]
    only = measured(summary=summary(count=0, value=None), days=days)

    assert "không có giá trị dùng được · no value that counts" in text(lot(only))


def test_a_season_of_several_gaps_adds_up_in_the_json() -> None:
    gaps = [
        (START_NS + at * HOUR_NS, START_NS + (at + 5) * HOUR_NS) for at in range(30)
    ]

    body = form(lot(measured(gaps=gaps)))
    (one,) = body["seasons"][0]["measured"]

    assert (one["gaps"], one["gap_h"], len(one["longest_gaps"])) == (30, 150, 20)


def test_an_open_alert_has_no_end_and_begins_when_it_was_told() -> None:
    body = form(lot(alerts=(episode(),)))
    (one,) = body["seasons"][0]["alerts"]

    assert (one["from"], one["to"]) == ("2026-11-21T17:00:00+00:00", None)
    assert "2026-11-22 00:00 → chưa hết · still open" in text(lot(alerts=(episode(),)))


def test_a_lot_of_no_season_says_so() -> None:
    told = text(replace(lot(), seasons=[]))

    assert told.endswith("lô này không có vụ nào · this lot has no season\n")
