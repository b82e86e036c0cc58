"""``canhdong sim`` as a program, and the files that it reads."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from drivers.rtu import crc
from drivers.sim.sources import Curve
from drivers.sim.story import Story
from gateway import check, config_sim, wiring
from telemetry.settings import ConfigError
from tests.parts import wait_until

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples" / "replay"

CONFIG = """
version = 1
coop = "htx-a"
gateway = "g1"
data_dir = "{folder}/data"

[buses.rs485-0]
port = "{folder}/rs485-0"

[buses.rain]
port = "{folder}/rain"

[devices.soil-1]
driver = "cwt-soil-thc-s"
bus = "rs485-0"
address = 1
every_s = 2

[devices.probe]
driver = "sim-probe"
bus = "rs485-0"
address = 2
every_s = 2

[devices.gauge]
driver = "rg15"
bus = "rain"
every_s = 10

[sensors.soil-a]
device = "soil-1"
plot = "p1"
z = -10

[sensors.polls]
device = "probe"
plot = "p1"
quantity = "poll_count"

[sensors.rain]
device = "gauge"
plot = "p1"

[plots.p1]
name = "thửa 1"
crop = "rice"
"""

VALUES = """
version = 1
[sensors.soil-a]
soil_moisture = 31.2
soil_temperature = { points = [[0, 24.0], [3600, 24.0]] }
[sensors.rain]
rain_total = 12.5
"""

MAP = """
version = 1
[time]
column = "T"
utc_offset_h = 7
[columns.moist]
sensor = "soil-a"
quantity = "soil_moisture"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return path


@contextmanager
def serving(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "gateway.main", "sim", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def sim(*arguments: str | Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "gateway.main", "sim", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stderr


def ask(path: Path, frame: bytes, length: int) -> bytes:
    with serial.Serial(str(path), 9600, timeout=2) as port:
        port.write(frame + crc(frame))
        return port.read(length)


@pytest.mark.slow
def test_it_serves_counts_and_stops_cleanly(config: Path, tmp_path: Path) -> None:
    stats, values = tmp_path / "stats.json", tmp_path / "values.toml"
    values.write_text(VALUES)

    with serving("-c", config, "--stats", stats, "--values", values) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        soil = ask(tmp_path / "rs485-0", bytes.fromhex("01 03 0000 0002"), 9)
        for _ in range(3):
            ask(tmp_path / "rs485-0", bytes.fromhex("02 03 0007 0001"), 7)
        with serial.Serial(str(tmp_path / "rain"), 9600, timeout=2) as port:
            port.write(b"R\n")
            line = port.readline()
        process.send_signal(signal.SIGTERM)
        code = process.wait(10)

    probe = json.loads(stats.read_text())["devices"]["probe"]
    assert said == "serving 3 devices on 2 buses\n"
    assert soil[3:7] == bytes.fromhex("0138 00f0")  # 31.2 %, 24.0 °C
    assert b"TotalAcc  12.50 mm" in line
    assert probe == {"requests": 3, "answered": 3, "first": 1, "last": 3}
    assert code == 0
    assert not (tmp_path / "rs485-0").is_symlink()


@pytest.mark.slow
def test_the_stats_follow_while_it_runs(config: Path, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"

    with serving("-c", config, "--stats", stats, "--no-pace") as process:
        assert process.stdout is not None
        process.stdout.readline()
        ask(tmp_path / "rs485-0", bytes.fromhex("02 03 0007 0001"), 7)

        def last() -> int | None:
            if not stats.exists():  # it serves first and counts then
                return None
            found: int | None = json.loads(stats.read_text())["devices"]["probe"][
                "last"
            ]
            return found

        wait_until(lambda: last() == 1, 5.0)


@pytest.mark.slow
def test_a_device_that_is_unplugged_is_silent_until_it_is_plugged_in_again(
    config: Path, tmp_path: Path
) -> None:
    unplugged, question = tmp_path / "unplugged", bytes.fromhex("02 03 0007 0001")

    def answers() -> bool:
        with serial.Serial(str(tmp_path / "rs485-0"), 9600, timeout=0.2) as port:
            port.write(question + crc(question))
            return len(port.read(7)) == 7

    with serving("-c", config, "--unplugged", unplugged) as process:
        assert process.stdout is not None
        process.stdout.readline()

        assert answers()
        unplugged.write_text("probe\n")
        wait_until(lambda: not answers(), 5.0)
        unplugged.write_text("")
        wait_until(answers, 5.0)


@pytest.mark.slow
def test_a_story_shows_its_first_hour_at_the_origin(
    config: Path, tmp_path: Path
) -> None:
    now_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    begin_ms = 1_795_194_000_000  # 2026-11-21 00:00 in Viet Nam
    origin = f"{now_ms}={begin_ms}"
    moisture = Story(begin_ms, "story").value("soil-a", "soil_moisture", begin_ms)

    with serving(
        "-c", config, "--story", "story", "--field-origin", origin, "--no-pace"
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        soil = ask(tmp_path / "rs485-0", bytes.fromhex("01 03 0000 0001"), 7)

    assert int.from_bytes(soil[3:5], "big") / 10 == pytest.approx(moisture, abs=0.1)


@pytest.mark.slow
def test_a_story_needs_its_begin(config: Path) -> None:
    code, told = sim("-c", config, "--story", "quiet")

    assert (code, told) == (2, "--story: needs --field-origin, where it begins\n")


@pytest.mark.slow
def test_a_port_that_is_a_file_is_the_user_s_mistake(
    config: Path, tmp_path: Path
) -> None:
    (tmp_path / "rain").write_text("mine")

    code, told = sim("-c", config)

    assert code == 2
    assert told == (
        f"{tmp_path}/rain: is there and is no symlink to a pseudo-terminal;"
        " name another port or move it\n"
    )
    assert not (tmp_path / "rs485-0").is_symlink()


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_the_user_s_mistake(
    config: Path, tmp_path: Path
) -> None:
    code, told = sim("-c", config, "--stats", tmp_path / "none" / "stats.json")

    assert code == 2
    assert "stats.json: cannot be written: No such file or directory" in told


@pytest.mark.slow
def test_a_replay_needs_its_map_its_clock_and_sensible_dates(config: Path) -> None:
    code, told = sim(
        *("-c", config, "--replay", "x.csv", "--from", "May", "--speed", "9"),
        *("--story", "quiet"),
    )

    assert code == 2
    assert told.splitlines() == [
        "--replay needs --map FILE",
        "--replay needs --field-clock FILE",
        "--replay: --speed has no place here, the recording sets it",
        "--replay: --story has no place here, the recording sets it",
        "--from: 'May' is not a date such as 2016-03-01",
    ]


@pytest.mark.slow
def test_a_line_instrument_in_a_replay_is_the_user_s_mistake(
    config: Path, tmp_path: Path
) -> None:
    layout, rows = tmp_path / "map.toml", tmp_path / "rows.csv"
    layout.write_text(MAP)
    rows.write_text("T,moist\n2022-05-01 08:00:00,31.2\n")

    code, told = sim(
        *("-c", config, "--replay", rows, "--map", layout),
        *("--field-clock", tmp_path / "clock"),
    )

    assert code == 2
    assert "gateway.toml: gauge: rg15 cannot be replayed in step" in told


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('"soil-a"', '"soil-b"'), "unknown sensor 'soil-b'; did you mean 'soil-a'?"),
        (('"soil_moisture"', '"soil_moist"'), "soil-a has no 'soil_moist'; did you"),
        (('quantity = "soil_moisture"', ""), "soil-a has several quantities; say"),
        (('sensor = "soil-a"', 'sensro = "soil-a"'), "unknown key 'sensro'; did you"),
        (("utc_offset_h = 7", "utc_offset_h = 77"), "time.utc_offset_h: 77"),
        (
            ("[columns.moist]", '[columns.m]\nsensor = "rain"\n[columns.moist2]\n'
             'sensor = "soil-a"\nquantity = "soil_moisture"\n[columns.moist]'),
            "columns.moist: soil-a soil_moisture is also moist2's; keep one",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_map_is_told_with_its_place(
    config: Path, tmp_path: Path, change: tuple[str, str], fault: str
) -> None:
    path = tmp_path / "map.toml"
    path.write_text(MAP.replace(*change))
    loaded = check.load(config)
    devices = [d for bus in loaded.buses for d in wiring.devices_on(loaded, bus)]

    with pytest.raises(ConfigError, match=re.escape(fault)) as caught:
        config_sim.load_map(path, devices)
    assert all(line.startswith(f"{path}: ") for line in caught.value.faults)


def test_scripted_values_are_read_and_their_faults_told(
    config: Path, tmp_path: Path
) -> None:
    path = tmp_path / "values.toml"
    loaded = check.load(config)
    devices = [d for bus in loaded.buses for d in wiring.devices_on(loaded, bus)]
    path.write_text(VALUES)
    curves = config_sim.load_values(path, devices)
    path.write_text(VALUES.replace("[[0, 24.0], [3600", "[[9, 24.0], [3"))

    with pytest.raises(ConfigError) as caught:
        config_sim.load_values(path, devices)
    assert curves["rain", "rain_total"] == Curve(points=((0.0, 12.5),))
    assert caught.value.faults == [
        f"{path}: sensors.soil-a.soil_temperature: points need times that rise"
    ]


@pytest.mark.parametrize("name", ["pasoh", "owc_tr", "owc_w"])
def test_the_example_maps_feed_every_sensor_of_their_config(name: str) -> None:
    loaded = check.load(EXAMPLES / f"{name}.gateway.toml")
    devices = [d for bus in loaded.buses for d in wiring.devices_on(loaded, bus)]

    layout = config_sim.load_map(EXAMPLES / f"{name}.map.toml", devices)

    fed = {column.spot for column in layout.columns.values()}
    assert fed == set(config_sim.spots(devices))
