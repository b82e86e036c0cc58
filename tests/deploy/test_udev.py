"""The udev rules, judged by udev itself on a USB tree like that of a Raspberry Pi."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to show udev a field"),
]

RULES: Final = Path(__file__).parents[2] / "deploy" / "udev" / "99-canhdong.rules"
SOCKET: Final = (
    "devices/platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0"
    "/usb1/1-1/1-1.2"
)
BY_PATH: Final = "platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.2:1.0"


def adapter(sys: Path, driver: str, vendor: str, *, is_acm: bool = False) -> str:
    """Plug an adapter into the second socket; its path below /sys."""
    socket = sys / SOCKET
    for part, subsystem in (
        ("devices/platform/scb/fd500000.pcie", "platform"),
        (SOCKET.partition("/usb1")[0], "pci"),
        (SOCKET.partition("/1-1")[0], "usb"),
        (SOCKET.rpartition("/")[0], "usb"),
    ):
        node(sys, sys / part, subsystem)
    usb = "DEVTYPE=usb_device\nMAJOR=189\nMINOR=3\nDEVNAME=bus/usb/001/004\n"
    node(sys, socket, "usb", driver="usb", uevent=usb)
    (socket / "idVendor").write_text(f"{vendor}\n")
    interface = socket / "1-1.2:1.0"
    node(sys, interface, "usb", driver=driver, uevent="DEVTYPE=usb_interface\n")
    if is_acm:
        name, above = "ttyACM0", interface
    else:
        name, above = "ttyUSB0", interface / "ttyUSB0"
        node(sys, above, "usb-serial", driver=driver)
        (above / "port_number").write_text("0\n")
    tty = above / "tty" / name
    node(sys, tty, "tty", uevent=f"MAJOR=188\nMINOR=0\nDEVNAME={name}\n")
    return f"/sys/{tty.relative_to(sys)}"


def node(
    sys: Path, at: Path, subsystem: str, *, driver: str = "", uevent: str = ""
) -> None:
    """One device of the kernel: a folder with its subsystem and driver."""
    at.mkdir(parents=True, exist_ok=True)
    given = f"DRIVER={driver}\n" if driver else ""
    (at / "uevent").write_text(given + uevent)
    for name, place in (
        ("subsystem", f"bus/{subsystem}" if subsystem != "tty" else "class/tty"),
        ("driver", f"bus/{subsystem}/drivers/{driver}" if driver else ""),
    ):
        if place:
            (sys / place).mkdir(parents=True, exist_ok=True)
            (at / name).symlink_to(os.path.relpath(sys / place, at))


def judged(folder: Path, sys: Path, device: str, rules: Path = RULES) -> str:
    """All that ``udevadm test`` says of a device, in a namespace of its own."""
    (folder / "rules").mkdir()
    (folder / "rules" / rules.name).write_text(rules.read_text())
    script = (
        "mount -t tmpfs none /run && mkdir /run/udev &&"
        " mount -t tmpfs none /dev && mount --bind $0 /sys &&"
        " mount --bind $1 /etc/udev/rules.d && exec udevadm test --action=add $2"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, sys, folder / "rules", device],
        capture_output=True, text=True, check=False,
        env=os.environ | {"SYSTEMD_DEVICE_VERIFY_SYSFS": "0"},
    )  # fmt: skip
    return done.stdout + done.stderr


def links(said: str) -> set[str]:
    """Names that udev gives beside the kernel's."""
    found = re.search(r"^DEVLINKS=(.*)$", said, re.MULTILINE)
    return set(found[1].split()) if found else set()


@pytest.mark.parametrize(
    ("driver", "vendor", "is_acm", "port"),
    [
        ("ch341", "1a86", False, "-port0"),
        ("cp210x", "10c4", False, "-port0"),
        ("ftdi_sio", "0403", False, "-port0"),
        ("pl2303", "067b", False, "-port0"),
        ("cdc_acm", "1a86", True, ""),
    ],
)
def test_an_adapter_is_named_by_its_socket_and_kept_from_the_modem_manager(
    tmp_path: Path, driver: str, vendor: str, is_acm: bool, port: str
) -> None:
    sys = tmp_path / "sys"
    device = adapter(sys, driver, vendor, is_acm=is_acm)

    said = judged(tmp_path, sys, device)

    assert f"/dev/canhdong/{BY_PATH}{port}" in links(said)
    assert "ID_MM_DEVICE_IGNORE=1" in said
    assert "ID_MM_PORT_IGNORE=1" in said
    assert re.search(r"99-canhdong\.rules:\d+ GROUP 20$", said, re.MULTILINE)
    assert re.search(r"99-canhdong\.rules:\d+ MODE 0660$", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("driver", "vendor", "is_acm"),
    [("option", "2c7c", False), ("cdc_acm", "12d1", True)],
)
def test_a_modem_is_left_to_the_modem_manager(
    tmp_path: Path, driver: str, vendor: str, is_acm: bool
) -> None:
    sys = tmp_path / "sys"
    device = adapter(sys, driver, vendor, is_acm=is_acm)

    said = judged(tmp_path, sys, device)

    assert "SUBSYSTEM=tty" in said
    assert "ID_MM" not in said
    assert not any("canhdong" in link for link in links(said))


def test_udev_understands_every_line(tmp_path: Path) -> None:
    sys = tmp_path / "sys"
    device = adapter(sys, "ch341", "1a86")
    broken = tmp_path / RULES.name
    broken.write_text(RULES.read_text().replace('GROUP="dialout"', 'GROP="dialout"'))
    (tmp_path / "other").mkdir()

    good = judged(tmp_path, sys, device)
    bad = judged(tmp_path / "other", sys, device, broken)

    fault = re.compile(r"99-canhdong\.rules:\d+ (Unknown|Invalid|invalid|Ignoring).*")
    assert fault.findall(good) == []
    assert fault.findall(bad) != []
