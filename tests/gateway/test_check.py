from pathlib import Path

import pytest

from drivers.outlet import lowest
from gateway import check, main, wiring
from telemetry.settings import ConfigError

EXAMPLE = Path(__file__).parents[2] / "deploy" / "gateway.example.toml"

GOOD = """
version = 1
coop = "htx-moduc"
gateway = "g1"
data_dir = "data"
[buses.b0]
port = "/dev/ttyX"
[devices.soil-a]
driver = "cwt-soil-thc-s"
bus = "b0"
address = 3
every_s = 300
[sensors.soil-a1]
device = "soil-a"
plot = "p17"
z = -10
[plots.p17]
name = "thửa 17"
crop = "rice"
"""


def told(folder: Path, text: str, *, speed: int = 1) -> list[str]:
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    try:
        check.load(path, speed=speed)
    except ConfigError as fault:
        return [line.removeprefix(f"{path}: ") for line in fault.faults]
    return []


def test_the_example_is_good():
    config = check.load(EXAMPLE)

    assert config.plots["p17"].name == "thửa 17"
    assert config.commit_s == 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("every_s = 300", "every_s = 300\nspeed = 3", "soil-a: unknown key 'speed'"),
        ('crop = "rice"', 'crop = "rise"', "plots.p17.crop: 'rise'"),
        ("version = 1", "version = 2", "version: 2: expected 1"),
        ('crop = "rice"', "crop = 3", "plots.p17.crop: 3: expected"),
        ("[sensors.soil-a1]", '[sensors."cảm biến"]', "sensors: the name: 'cảm biến'"),
        ('gateway = "g1"', 'gateway = "g1\\n"', "expected a name of a-z"),
        ("every_s = 300", "every_s = inf", "soil-a.every_s: inf"),
        ("every_s = 300", "every_s = nan", "soil-a.every_s: nan"),
        ("[buses.b0]", "[buses.b9]\nport = '/dev/y'\n[buses.b0]", "b9: no device"),
        ('"/dev/ttyX"', '"foo://x"', "or socket://HOST:PORT"),
        ('"/dev/ttyX"', '"socket://x"', "or socket://HOST:PORT"),
        ('"/dev/ttyX"', '""', "is no name of a port"),
        ('"/dev/ttyX"', '"/etc"', "/etc is a folder, not a port"),
        ('"data"', '"/etc/hostname"', "/etc/hostname is not a folder"),
        ("[buses.b0]", "[uplink]\nca_file = '/etc/passwd'\n[buses.b0]", "TLS f"),
        ('coop = "htx-moduc"', 'coop = "HTX Mộ Đức"', "coop: 'HTX Mộ Đức'"),
        ('"cwt-soil-thc-s"', '"cwt-soil-thcs"', "did you mean 'cwt-soil-thc-s'?"),
        ("address = 3", "address = 300", "soil-a.address: 300 is outside 1..247"),
        ("address = 3", "address = 0", "devices.soil-a.address: 0 is outside 1..247"),
        ('bus = "b0"', 'bus = "b9"', "devices.soil-a.bus: unknown bus 'b9'"),
        ('plot = "p17"', 'plot = "p18"', "sensors.soil-a1.plot: unknown plot 'p18'"),
        ('device = "soil-a"', 'device = "soil-b"', "unknown device 'soil-b'"),
        ("z = -10", "z = 10", "sensors.soil-a1: z = 10: soil_moisture is of the soil"),
        ("z = -10", "z = -99999", "is beyond ±5000"),
        ("z = -10", "z = 1.5", "sensors.soil-a1.z: 1.5"),
        ("z = -10", 'z = -10\nquantity = "rain"', "does not measure 'rain'"),
        ("z = -10", "z = -10\nchannel = 9", "channel '9' is not one of cwt-soil-thc-s"),
        ("z = -10", 'z = -10\npest = "LAPHEG"', "carries neither pest nor stage"),
        ("z = -10", "z = -10\nscale = { raw = [0, 1], value = [0, 9] }", "remove sc"),
        ("every_s = 300", "every_s = 0.01", "soil-a.every_s: 0.01 s is too short"),
        ("every_s = 300", "every_s = 0", "devices.soil-a.every_s: 0"),
        ('port = "/dev/ttyX"', 'port = "/dev/ttyX"\nbaudrate = 9601', "b0.baudrate"),
        ("[buses.b0]", "[uplink]\nca_file = '/x'\n[buses.b0]", "/x is not a file"),
        ("[buses.b0]", "[uplink]\nca_file = '/etc'\n[buses.b0]", "/etc is not a file"),
        ("[buses.b0]", '[uplink]\nca_file = "a\\u0000"\n[buses.b0]', "expected path"),
        ("[buses.b0]", "[uplink]\nhost = ''\n[buses.b0]", "uplink.host: '' is no host"),
        ("[buses.b0]", "[uplink]\nhost = 'mqtt..vn'\n[buses.b0]", "has an empty part"),
        ("[buses.b0]", "[uplink]\nhost = 'm://x'\n[buses.b0]", "uplink.host: 'm://x'"),
        ("[buses.b0]", "[uplink]\ndaily_bytes = 5000\n[buses.b0]", "give 200000 or"),
        ("[buses.b0]", "[uplink]\ndaily_bytes = '5 MB'\n[buses.b0]", "daily_bytes: '5"),
        ("[buses.b0]", "[uplink]\nquiet_hours = '22-5'\n[buses.b0]", "local hours"),
        ('crop = "rice"', 'crop = "onion"\nmethod = "sa"', "sa and cay are of rice"),
        ('crop = "rice"', 'crop = "rice"\nsown = "20/12/2026"', "expected a date"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, fault):
    faults = told(tmp_path, GOOD.replace(old, new, 1))

    assert any(fault in line for line in faults), faults


@pytest.mark.parametrize(
    "table", ["ca_file = '/etc'", "ca_file = '/etc/passwd'", "host = 'a..b'"]
)
def test_a_mistake_of_the_uplink_is_told_once(tmp_path, table):
    text = GOOD.replace("[buses.b0]", f"[uplink]\n{table}\n[buses.b0]")

    assert len(told(tmp_path, text)) == 1


def test_all_mistakes_are_told_at_once(tmp_path):
    text = (
        GOOD.replace("address = 3", "address = 248")
        .replace('plot = "p17"', 'plot = "p18"')
        .replace('bus = "b0"', 'bus = "b9"')
    )

    faults = told(tmp_path, text)

    assert len(faults) == 4  # the fourth: nothing is on b0 any more


def test_two_devices_on_one_address_are_a_mistake_and_two_buses_are_not(tmp_path):
    second = (
        GOOD
        + """
[devices.soil-b]
driver = "cwt-soil-thc-s"
bus = "b0"
address = 3
every_s = 300
[sensors.soil-b1]
device = "soil-b"
plot = "p17"
z = -20
"""
    )

    clash = told(tmp_path, second)
    first, soil_b = second.split("[devices.soil-b]")
    soil_b = soil_b.replace('"b0"', '"b1"') + '[buses.b1]\nport = "/dev/ttyY"\n'
    apart = told(tmp_path, f"{first}[devices.soil-b]{soil_b}")

    assert clash == [
        "devices.soil-b.address: 3 on b0 is also the address of soil-a;"
        " give one of them another"
    ]
    assert apart == []


COUNTER = GOOD.replace("cwt-soil-thc-s", "wb-mcm8").replace("z = -10", "z = 150")


@pytest.mark.parametrize(
    ("sensor", "fault"),
    [
        ("", "say which by channel = one of 1, 2"),
        ("channel = 1", "needs quantity = what is wired to it"),
        ('channel = 1\nquantity = "moths"', "unknown quantity 'moths'"),
        (
            'channel = 1\nquantity = "air_temperature"',
            "counts: air_temperature is not a counter",
        ),
        ('channel = 1\nquantity = "trap_beam_breaks"', None),
        ('channel = "supply_voltage"', None),
    ],
)
def test_an_input_needs_what_is_wired_to_it(tmp_path, sensor, fault):
    faults = told(tmp_path, COUNTER.replace("z = 150", f"z = 150\n{sensor}"))

    assert faults == [] if fault is None else fault in faults[0]


LEVEL = GOOD.replace("cwt-soil-thc-s", "qdy30a").replace("z = -10", "z = 0")


@pytest.mark.parametrize(
    ("zero", "fault"),
    [
        ("", "water_level needs zero"),
        (
            'zero = { value = 4, date = "yesterday", author = "A" }',
            "expected a date such as",
        ),
        ('zero = { value = 4, date = "2026-11-20", author = "A" }', None),
    ],
)
def test_a_level_needs_its_datum_with_date_and_author(tmp_path, zero, fault):
    faults = told(tmp_path, LEVEL.replace("z = 0", f"z = 0\n{zero}"))

    assert faults == [] if fault is None else fault in faults[0]


LOOP_LEVEL = COUNTER.replace("wb-mcm8", "waveshare-analog-8ch").replace(
    "z = 150",
    'z = 0\nchannel = 1\nquantity = "water_level"\n'
    'scale = { signal = "4-20mA", raw = [4000, 20000], value = [0, 100] }',
)


def test_a_level_on_a_current_loop_has_its_datum_behind_the_scale(tmp_path):
    zero = 'zero = { value = 40, date = "2026-11-20", author = "A" }'
    path = tmp_path / "gateway.toml"
    path.write_text(LOOP_LEVEL.replace("z = 0", f"z = 0\n{zero}"), encoding="utf-8")

    (device,) = wiring.devices_on(check.load(path), "b0")

    (outlet,) = device.outlets
    assert outlet.value(12_000) == 10.0  # 50 cm over the probe, 10 over the soil
    assert lowest(outlet) == -40.0


def test_a_level_on_a_current_loop_needs_its_datum_too(tmp_path):
    (fault,) = told(tmp_path, LOOP_LEVEL)

    assert "water_level needs zero" in fault
    assert "in cm when the water is at the soil surface" in fault


def test_a_date_may_be_written_with_quotes_or_without(tmp_path):
    plot = 'crop = "rice"'

    assert told(tmp_path, GOOD.replace(plot, f"{plot}\nsown = 2026-12-20")) == []
    assert told(tmp_path, GOOD.replace(plot, f'{plot}\nsown = "2026-12-20"')) == []


def test_a_line_instrument_is_alone_on_its_port(tmp_path):
    text = (
        GOOD
        + """
[devices.gauge]
driver = "rg15"
bus = "b0"
every_s = 60
[sensors.rain]
device = "gauge"
plot = "p17"
z = 100
"""
    )

    assert "needs a port of its own" in told(tmp_path, text)[0]


def test_a_simulation_that_outruns_the_bus_names_the_largest_speed(tmp_path):
    text = GOOD.replace("every_s = 300", "every_s = 1")

    (fault,) = told(tmp_path, text, speed=60)
    most = int(fault.rpartition(" ")[2])

    assert told(tmp_path, text, speed=most) == []
    assert told(tmp_path, text, speed=most + 1) != []


@pytest.mark.parametrize("command", ["run", "check", "status", "requeue", "sim"])
def test_no_command_shows_a_traceback_for_a_mistake(tmp_path, capsys, command):
    path = tmp_path / "gateway.toml"
    path.write_text("version = ")

    code = main.main([command, "-c", str(path)])

    shown = capsys.readouterr().err
    assert code == 2
    assert shown.startswith(f"{path}: not TOML")
    assert "Traceback" not in shown


def test_a_damaged_status_is_told_and_no_traceback_shown(tmp_path, capsys):
    (tmp_path / "status.json").write_text('{"coop": "htx')
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD.replace('"data"', f'"{tmp_path}"'))

    code = main.main(["status", "-c", str(path)])

    assert code == 1
    assert "is damaged or of another version" in capsys.readouterr().err


def test_a_good_config_is_told_in_one_line(capsys):
    code = main.main(["check", "-c", str(EXAMPLE)])

    assert code == 0
    assert "good: 3 buses, 5 devices, 6 sensors on 2 plots" in capsys.readouterr().out


def test_status_before_the_first_run_says_how_to_start(tmp_path, capsys):
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD.replace('"data"', f'"{tmp_path}/data"'))

    code = main.main(["status", "-c", str(path)])

    assert code == 1
    assert "start it with: canhdong run" in capsys.readouterr().err
