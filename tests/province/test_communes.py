"""The table of communes: the codes of the state list, and hints for people."""

import importlib.metadata
import json
from collections import Counter
from pathlib import Path

import pytest

from province import communes
from telemetry.settings import ConfigError

FIGURES = json.loads(
    Path(__file__).with_name("communes_51.json").read_text(encoding="utf-8")
)
UNITS: dict[str, list[str]] = FIGURES["units"]


def test_quang_ngai_has_exactly_the_96_units_of_the_state_list() -> None:
    found = {one.code: one.kind for one in communes.of_province("51")}

    assert len(UNITS) == 96
    assert found == {code: kind for code, (_, kind) in UNITS.items()}
    assert Counter(found.values()) == {"xã": 86, "phường": 9, "đặc khu": 1}


def test_there_are_34_provinces_and_no_code_stands_twice() -> None:
    all_of_them = [
        unit.code
        for province in communes.provinces()
        for unit in communes.of_province(province.code)
    ]

    assert len(communes.provinces()) == 34
    assert len(all_of_them) == len(set(all_of_them)) == 3321
    assert all(len(code) == 5 for code in all_of_them)


def test_a_code_keeps_the_zeros_in_front() -> None:
    unit = communes.commune("00070")

    assert unit is not None
    assert (unit.name, unit.province.code) == ("Phường Hoàn Kiếm", "01")
    assert communes.commune("70") is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(("21401", "21400"), ("Mộ Đức", "21400"), ("xã mo duc", "21400")),
        *(("lý sơn", "21548"), ("214000", None), ("99999", None), ("", None)),
    ],
)
def test_a_hint_names_the_nearest_unit_or_none(text: str, meant: str | None) -> None:
    near = communes.nearest(text, "51")

    assert (near.code if near else None) == meant


def test_a_code_without_its_zeros_is_recognised_in_a_hint() -> None:
    near = communes.nearest("70")

    assert near is not None
    assert near.code == "00070"


def test_the_table_says_where_it_comes_from() -> None:
    assert "19/2025/QĐ-TTg" in communes.origin()
    assert "vietnam-provinces 2025." in communes.origin()


def test_a_province_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"'50' is none of the 34.*51 Quảng Ngãi"):
        communes.in_force("50")


def test_without_the_package_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lacking(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", lacking)

    with pytest.raises(ConfigError, match=r"pip install 'canhdong\[province\]'"):
        communes.origin()
