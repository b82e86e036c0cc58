import time

import pytest

from telemetry.clock import ScaledClock, SteppedClock, SystemClock, boot_id


def test_field_time_of_service_is_boottime():
    clock = SystemClock()

    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    now = clock.field_ms()

    assert before <= now <= before + 1000
    assert clock.boot == boot_id()
    assert not clock.is_simulated


def test_scaled_field_time_runs_so_many_times_as_fast(mocker):
    mocker.patch("time.clock_gettime_ns", return_value=2_000_000_000)
    clock = ScaledClock(60, origin=(60_000, 1_795_000_000_000))

    assert clock.field_ms() == 120_000
    assert clock.wall_ms() == 1_795_000_060_000
    assert clock.machine_s_until(180_000) == pytest.approx(1.0)


def test_a_scaled_clock_without_an_origin_knows_no_utc():
    assert ScaledClock(2).wall_ms() is None


def test_a_speed_below_one_is_refused():
    with pytest.raises(ValueError, match="below 1"):
        ScaledClock(0)


def test_a_stepped_clock_is_what_its_writer_says(tmp_path):
    writer = SteppedClock.create(tmp_path / "clock", 1_452_130_800_000)
    reader = SteppedClock(tmp_path / "clock")

    writer.advance(1_452_130_800_000 + 300_000)

    assert reader.field_ms() == 300_000
    assert reader.wall_ms() == 1_452_131_100_000
    assert reader.boot == writer.boot
    assert reader.machine_s_until(300_000) == 0
    assert 0 < reader.machine_s_until(300_001) < 0.01
    writer.close()
    reader.close()


def test_a_stepped_clock_never_runs_back(tmp_path):
    clock = SteppedClock.create(tmp_path / "clock", 1000)

    with pytest.raises(ValueError, match="back"):
        clock.advance(999)
    clock.close()


def test_the_unit_may_pass_the_boot_id(monkeypatch):
    monkeypatch.setenv("BOOT_ID", "0123-abcd\n")

    assert boot_id() == "0123abcd"
