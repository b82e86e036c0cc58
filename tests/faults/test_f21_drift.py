"""F21: field time drifts by up to 100 ppm for a fortnight, hello away for days."""

import random
from pathlib import Path

import pytest

from tests.clockwork import DAY, HOUR, Field


@pytest.fixture
def field(tmp_path: Path):
    one = Field(tmp_path)
    yield one
    one.close()


@pytest.mark.parametrize("ppm", [100.0, -100.0])
def test_a_fortnight_of_drift_is_never_greater_than_the_stated_error(
    field, ppm, record_property
):
    field.clock.ppm = ppm
    for days_away in (0, 0, 1, 3, 0, 6):
        for _ in range(24):
            field.hello()
            field.send()
            field.poll(HOUR)
        field.poll(days_away * DAY)
    field.hello()
    field.send()

    worst = max(field.sent.values(), key=lambda s: abs(s.off_ms))
    stated = max(s.err_ms for s in field.sent.values())
    assert field.faults() == []
    assert len(field.sent) == len(field.truth)
    record_property(
        "figure",
        f"{len(field.sent)} rows, worst {abs(worst.off_ms) / 1000:.1f} s off,"
        f" greatest error stated {stated / 1000:.1f} s",
    )


@pytest.mark.parametrize("seed", range(12))
def test_drift_that_wanders_is_bounded_through_outages_restarts_and_power_cuts(
    tmp_path, seed, record_property
):
    draw = random.Random(seed)
    field = Field(tmp_path, every_ms=draw.choice([60_000, 300_000, 600_000]))
    for _ in range(40):
        field.clock.field_ms()  # what has passed drifted as before
        field.clock.ppm = draw.uniform(-100, 100)
        field.poll(draw.choice([1, 3, 12, 40]) * field.every_ms)
        match draw.randrange(8):
            case 0:
                field.power_cut(draw.randrange(5_000, 2 * DAY))
            case 1:
                field.restart()
            case 2:
                field.poll(draw.randrange(DAY))
            case _:
                field.hello(draw.randrange(2_000), draw.randrange(2_000))
                field.send()
    field.hello()
    field.send()

    assert field.faults() == []
    assert len(field.sent) == len(field.truth)
    record_property("figure", f"{len(field.sent)} rows over {field.boots} boots")
    field.close()
