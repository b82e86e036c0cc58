"""The story fits into the seconds that there are, and the buses into the story."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import check
from gateway.demo.pace import AROUND_S, Pace, begin_of
from gateway.demo.site import Site
from province.config import read

BEGIN = begin_of(datetime(2026, 11, 21, 18, 30, tzinfo=UTC))  # 01:30 of the 22nd here


@pytest.mark.parametrize("for_s", [5, 10, 12, 30, 45, 60, 90, 300, 3600])
def test_the_check_of_configs_takes_every_pace(tmp_path: Path, for_s: float) -> None:
    pace, site = Pace.of(for_s), Site(tmp_path)

    site.furnish(pace, round(BEGIN.timestamp() * 1000), link=1883, broker=1884)

    config = check.load(site.config("gateway"), speed=pace.speed)
    assert config.rules.on == ["onion-beet-armyworm"]
    check.load(site.config("closing"), speed=pace.speed)
    assert read(site.config("province")).field_time == "simulated"


@pytest.mark.parametrize("for_s", [30, 60, 90, 300])
def test_the_story_leaves_time_to_start_and_to_count(for_s: float) -> None:
    assert Pace.of(for_s).story_s == pytest.approx(for_s - AROUND_S, abs=0.1)


@pytest.mark.parametrize("speed", [1, 60, 600, 8640])
def test_a_field_that_is_left_running_is_polled_as_often_as_it_can_be(
    tmp_path: Path, speed: int
) -> None:
    pace, site = Pace.of_field(speed), Site(tmp_path)

    site.furnish(pace, round(BEGIN.timestamp() * 1000), link=1883, broker=1884)

    check.load(site.config("gateway"), speed=pace.speed)


def test_the_story_ends_with_the_last_midnight_of_the_field() -> None:
    assert BEGIN.isoformat() == "2026-11-14T00:00:00+07:00"
