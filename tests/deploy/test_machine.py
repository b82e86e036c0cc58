"""Both ends in a fresh Debian, installed by the lines of deploy/README.md.

The units run as they ship, under systemd as the first process, with a broker as it
ships between them.  Only the field is simulated, on a pseudo-terminal.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from gateway.reader import Reader
from tests import parts, programs
from tests.account import in_buffer
from tests.deploy import probe
from tests.deploy.machine import HOUSE, Machine, NoRight, wheels
from tests.deploy.pki import Authority

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(600),  # the first time a Debian is made: 80 s
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to boot a machine"),
]

SOURCE: Final = "/srv/canhdong"  # as the machine sees it
README: Final = HOUSE / "deploy" / "README.md"
FIELD: Final = """[Service]
User=canhdong
RuntimeDirectory=canhdong-field
StateDirectory=canhdong-field
ExecStart=/opt/canhdong/venv/bin/canhdong sim -c /etc/canhdong/gateway.toml \
--stats /var/lib/canhdong-field/sim.json
"""
UPLINK: Final = (
    'host = "localhost"\nusername = "htx-moduc/g1"\nsend_every_s = 0.5\n'
    'ca_file = "/etc/canhdong/ca.pem"'
)
PROVINCE: Final = """version = 1
ledger = "/var/lib/canhdong-province/ledger.db"
[broker]
host = "localhost"
port = 8883
username = "province"
password_file = "/run/credentials/canhdong-province.service/mqtt-password"
ca_file = "/etc/canhdong/ca.pem"
[store]
kind = "sqlite"
path = "/var/lib/canhdong-province/readings.db"
"""
PROBE: Final = """[Service]
Type=oneshot
Restart=no
RuntimeDirectory=
ExecStart=
ExecStart=/usr/bin/python3 /opt/probe.py
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    papers(folder / "source")
    wheels(folder / "source")
    shared = {"source": SOURCE, "data": "/var/lib/canhdong"}
    try:
        with Machine(folder, shared) as machine:
            shutil.copy(probe.__file__, machine.root / "opt" / "probe.py")
            install(machine, "province")
            install(machine, "gateway")
            field = machine.root / "etc/systemd/system/canhdong-field.service"
            field.write_text(FIELD)
            machine.run("systemctl", "start", "canhdong-field")
            yield machine
    except NoRight as fault:
        pytest.skip(f"needs the right to mount an overlay: {fault}")


def papers(source: Path) -> None:
    """What the lines of the README find in the folder of the source."""
    for folder in ("deploy", "systemd"):
        shutil.copytree(HOUSE / folder, source / folder)
    Authority(source).sign("localhost", "broker")
    (source / "accounts").write_text("province:secret-p\nhtx-moduc/g1:secret-g\n")
    (source / "province.password").write_text("secret-p\n")
    (source / "mqtt.password").write_text("secret-g\n")
    (source / "province.toml").write_text(PROVINCE)
    programs.gateway_config(
        source, 8883, every_s=0.5, uplink=UPLINK, port="/run/canhdong-field/tty0"
    )
    config = source / "gateway.toml"
    text = config.read_text().replace(f"{source}/data", "/var/lib/canhdong")
    config.write_text(text)


def install(machine: Machine, end: str) -> None:
    """Type the lines of the README."""
    lines = re.search(
        rf"<!-- lines: {end} -->\n```sh\n(.*?)```", README.read_text("utf-8"), re.DOTALL
    )
    assert lines is not None
    offline = f"export PIP_NO_INDEX=1 PIP_FIND_LINKS={SOURCE}/wheels; cd {SOURCE}\n"
    machine.run("sh", "-e", "-c", offline + lines[1])


@pytest.fixture
def gateway(machine: Machine) -> Iterator[Machine]:
    """The machine with its gateway running and sending."""
    machine.run("systemctl", "start", "canhdong")
    yield machine
    (machine.root / "etc/systemd/system/canhdong.service.d/test.conf").unlink(True)


def drop_in(machine: Machine, unit: str, text: str) -> None:
    folder = machine.root / f"etc/systemd/system/{unit}.service.d"
    folder.mkdir(exist_ok=True)
    (folder / "test.conf").write_text(text)
    machine.run("systemctl", "daemon-reload")


def stored(machine: Machine) -> int:
    """How many readings the gateway has committed."""
    reader = Reader(machine.folder / "data" / "buffer.db")
    try:
        return reader.ledger().next - 1
    finally:
        reader.close()


def seconds(machine: Machine, first: str, last: str) -> float:
    """Between two instants that systemd keeps of the gateway. [s]"""
    at = [int(machine.shows("canhdong", f"{key}Monotonic")) for key in (first, last)]
    return (at[1] - at[0]) / 1e6


def test_the_units_start_store_and_are_confirmed(gateway: Machine) -> None:
    ready_s = seconds(gateway, "InactiveExitTimestamp", "ActiveEnterTimestamp")
    parts.wait_until(lambda: stored(gateway) > 100)

    confirmed = programs.drained(gateway.folder)

    print(f"READY after {ready_s:.2f} s; {confirmed} readings confirmed")
    assert confirmed >= 100
    assert gateway.shows("canhdong", "NRestarts") == "0"
    assert gateway.shows("canhdong-province", "NRestarts") == "0"


def test_a_reload_takes_the_rules_of_the_site_in(gateway: Machine) -> None:
    etc = gateway.root / "etc" / "canhdong"
    (etc / "rules.d").mkdir()
    with (etc / "gateway.toml").open("a", encoding="utf-8") as config:
        config.write('[rules]\nfolder = "/etc/canhdong/rules.d"\n')
    gateway.run("systemctl", "restart", "canhdong")
    pid = gateway.shows("canhdong", "MainPID")

    shutil.copy(
        HOUSE / "deploy" / "examples" / "rules.d" / "site.toml", etc / "rules.d"
    )
    gateway.run("systemctl", "reload", "canhdong")

    parts.wait_until(lambda: "changed rice-water" in gateway.journal("canhdong"))
    assert gateway.shows("canhdong", "MainPID") == pid
    assert gateway.shows("canhdong", "ActiveState") == "active"


def test_a_person_asks_the_province_as_the_units_user(machine: Machine) -> None:
    command = "/opt/canhdong/venv/bin/canhdong-province"
    asked = ["runuser", "-u", "canhdong-province", "--", command, "check", "-c"]

    said = machine.run(*asked, "/etc/canhdong/province.toml")

    assert "ok" in said.lower() or "good" in said.lower()


def test_a_unit_is_told_where_its_secrets_are(machine: Machine) -> None:
    home = "/run/credentials/canhdong-province.service"

    assert machine.shows("canhdong-province", "Environment") == (
        f"PGPASSFILE={home}/pgpass"
    )
    assert machine.run("ls", home) == "mqtt-password"


@pytest.mark.parametrize("unit", ["canhdong", "canhdong-province"])
def test_what_a_unit_must_not_does_not_go(machine: Machine, unit: str) -> None:
    units = machine.root / "etc/systemd/system"
    shutil.copy(HOUSE / "systemd" / f"{unit}.service", units / f"{unit}-try.service")
    drop_in(machine, f"{unit}-try", PROBE)

    machine.run("systemctl", "start", f"{unit}-try")

    parts.wait_until(lambda: "all tried" in machine.journal(f"{unit}-try"))
    assert "went: " not in machine.journal(f"{unit}-try")


def test_all_of_it_would_go_without_the_units_settings(machine: Machine) -> None:
    said = machine.run("/usr/bin/python3", "/opt/probe.py").splitlines()

    assert said == [*(f"went: {name}" for name in probe.TRIES), "all tried"]


def test_a_gateway_that_hangs_is_started_anew(gateway: Machine) -> None:
    drop_in(gateway, "canhdong", "[Service]\nWatchdogSec=5\n")  # not 60: saves a minute
    gateway.run("systemctl", "restart", "canhdong")
    pid = gateway.shows("canhdong", "MainPID")
    began_s = time.monotonic()

    gateway.run("systemctl", "kill", "--signal=STOP", "canhdong")

    parts.wait_until(lambda: gateway.shows("canhdong", "NRestarts") == "1", 60)
    parts.wait_until(lambda: gateway.shows("canhdong", "ActiveState") == "active", 60)
    print(f"polls again {time.monotonic() - began_s:.1f} s after it hung")
    assert gateway.shows("canhdong", "MainPID") != pid
    assert "Watchdog timeout" in gateway.journal("canhdong")
    before = stored(gateway)
    parts.wait_until(lambda: stored(gateway) > before)


def test_a_stop_is_short_and_keeps_every_answer(gateway: Machine) -> None:
    began_s = stored(gateway)
    parts.wait_until(lambda: stored(gateway) > began_s + 50)

    gateway.run("systemctl", "stop", "canhdong")

    took_s = seconds(gateway, "ActiveExitTimestamp", "InactiveEnterTimestamp")
    print(f"stopped in {took_s:.2f} s")
    assert took_s <= 10
    assert gateway.shows("canhdong", "Result") == "success"
    gateway.run("systemctl", "stop", "canhdong-field")
    said = (gateway.root / "var/lib/canhdong-field/sim.json").read_text()
    last = {
        name: device["last"] for name, device in json.loads(said)["devices"].items()
    }
    kept, _ = in_buffer(gateway.folder)
    assert last == {
        name: max(count for sensor, count in kept if sensor == f"{name}-pc")
        for name in last
    }
