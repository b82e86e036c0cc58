"""What people counted, in the evidence of a lot and in a summary."""

import json

import pytest

from province.main import main
from tests.province.evidence import (
    DAY_NS,
    HOUR_NS,
    LEVEL,
    Province,
    meta,
    reading,
    series,
)

BY_STICK = series("water_level", "by-farmer-visual")
DENSE = series("pest_density", "by-technician-frame", pest="NILALU", stage="nymph")
ANGLED = series("pest_density", "by-farmer-frame", pest="NILALU", stage="nymph")


@pytest.fixture
def counted(here: Province) -> Province:
    """A probe that shows 5 cm, a stick that shows −5, and three counts."""
    here.enter()
    lines = [reading(LEVEL, hour * HOUR_NS, 5.0) for hour in range(48)]
    lines += [reading(BY_STICK, DAY_NS, -5.0)]
    lines += [reading(DENSE, DAY_NS + at, value) for at, value in ((0, 10), (1000, 20))]
    lines += [reading(ANGLED, 2 * DAY_NS, 40.0)]
    here.hear(lines, meta=meta(LEVEL))
    here.hello(len(lines) + 1)
    return here


def test_a_lot_shows_counts_by_who_made_them_and_apart_from_probes(
    counted: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lot", "MD-26-01", "-c", str(counted.config), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["seasons"][0]["measured"]

    levels = {
        one["probes"][0]["sensor"]: (one["value"], one["values"], one["due"])
        for one in found
        if one["quantity"] == "water_level"
    }
    assert levels["level-1"][:2] == (5.0, 48)
    assert levels["level-1"][2] is not None
    assert levels["by-farmer-visual"] == (-5.0, 1, None)
    dense = [one for one in found if one["quantity"] == "pest_density"]
    assert [(one["pest"], one["stage"], one["values"]) for one in dense] == [
        ("NILALU", "nymph", 1), ("NILALU", "nymph", 2),
    ]  # fmt: skip
    assert [(one["measure"], one["value"]) for one in dense] == [
        ("mean", 40.0), ("mean", 15.0),
    ]  # fmt: skip


def test_a_catch_that_people_told_twice_is_not_twice_as_many(
    here: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    here.enter()
    caught = series("trap_count", "by-farmer-trap", pest="LAPHEG", stage="adult")
    here.hear([reading(caught, DAY_NS + at, 84.0) for at in (0, 1000)])
    here.hello(3)

    assert main(["lot", "MD-26-01", "-c", str(here.config)]) == 0
    assert "mean of the counts 84" in " ".join(capsys.readouterr().out.split())


@pytest.mark.slow
def test_the_report_says_that_people_counted_and_adds_up_no_densities(
    counted: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lot", "MD-26-01", "-c", str(counted.config)]) == 0
    told = " ".join(capsys.readouterr().out.split())

    assert "mật độ sâu hại · pest density, NILALU, ấu trùng · nymph" in told
    assert "trung bình các lần đếm · mean of the counts 15 per m²" in told
    assert "do người đếm · counted by people: kỹ thuật viên · technician, frame" in told


def test_a_summary_of_a_probe_has_no_stick_in_it(
    counted: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "summary", "-c", str(counted.config), "water_level", "--coop", "htx-moduc",
        "--plot", "p17", "--z", "0", "--from", "2026-11-22T00:00+07:00",
        "--to", "2026-11-30T00:00+07:00",
    ]  # fmt: skip
    assert main(asked) == 0

    assert "mean 5 cm, min 5, max 5\n  48 values" in capsys.readouterr().out
