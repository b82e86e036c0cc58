"""The broker as it ships, and ways into it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from telemetry.mqtt import Broker, Link, Tls
from tests import parts
from tests.deploy.pki import Authority, Papers

SHIPPED: Final = Path(__file__).parents[2] / "deploy" / "mosquitto"
G1: Final = "htx-moduc/g1"
G2: Final = "htx-moduc/g2"
LEAVING: Final = "htx-moduc/g9"
PROVINCE: Final = "province"
ACCOUNTS: Final = (G1, G2, LEAVING, PROVINCE, "htx-moduc", "htx-moduc/+")

Enter = Callable[..., Link]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A running Mosquitto with the shipped files."""

    part: parts.Part
    by_certificate: int  # port
    authority: Authority
    accounts: Path


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shipped]:
    folder = tmp_path_factory.mktemp("broker")
    authority = Authority(folder)
    authority.sign("localhost", "broker")
    ports = {"8883": parts.free_port(), "8884": parts.free_port()}
    (folder / "canhdong.acl").write_text((SHIPPED / "canhdong.acl").read_text())
    accounts(folder / "canhdong.passwd")
    text = (SHIPPED / "canhdong.conf").read_text()
    text = text.replace("/etc/mosquitto/certs", str(folder))
    text = text.replace("/etc/mosquitto", str(folder))
    for usual, port in ports.items():
        text = text.replace(f"listener {usual}", f"listener {port} 127.0.0.1")
    conf = folder / "mosquitto.conf"  # what Debian's own says, then ours
    conf.write_text(f"persistence true\npersistence_location {folder}/\n{text}")
    for path in folder.iterdir():
        path.chmod(0o644)  # started by root, Mosquitto becomes its own user
    folder.chmod(0o777)
    for above in folder.parents[:2]:
        above.chmod(0o755)
    with parts.Part(
        "mosquitto",
        ["-c", str(conf)],
        port=ports["8883"],
        log=folder / "log",
        is_ready=parts.accepts,
    ) as part:
        yield Shipped(
            part=part,
            by_certificate=ports["8884"],
            authority=authority,
            accounts=folder / "canhdong.passwd",
        )


@pytest.fixture
def enter(shipped: Shipped) -> Iterator[Enter]:
    with ExitStack() as stack:

        def by(
            user: str | None = None,
            subscribe: str = "nothing",
            *,
            client_id: str = "any",
            papers: Papers | None = None,
        ) -> Link:
            certificate = (papers.certificate, papers.key) if papers else (None, None)
            broker = Broker(
                host="localhost",
                port=shipped.by_certificate if papers else shipped.part.port,
                username=user,
                password=None if user is None else f"of {user}",
                tls=Tls(shipped.authority.certificate, *certificate),
            )
            link = Link(broker, client_id=client_id, subscribe=subscribe)
            stack.callback(link.close)
            link.connect()
            return link

        yield by


def accounts(path: Path) -> None:
    """An account for each, with ``of NAME`` as the password."""
    path.write_text("".join(f"{name}:of {name}\n" for name in ACCOUNTS))
    subprocess.run(["mosquitto_passwd", "-U", path], check=True)
