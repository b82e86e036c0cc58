"""The broker as it ships: one account, one connection, one prefix for each gateway."""

import os
import re
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from telemetry import mqtt
from telemetry.mqtt import Broker, Link, LinkDown, Tls
from tests import parts, programs
from tests.deploy.conftest import G1, G2, LEAVING, PROVINCE, SHIPPED, Enter, Shipped
from tests.deploy.pki import Authority

pytestmark = pytest.mark.real

PREFIX = "canhdong/v1"


def sent(link: Link, topic: str, payload: bytes = b"x") -> str | None:
    """Publish and return the reason of a refusal, ``None`` if it was taken."""
    mid = link.publish(topic, payload)
    parts.wait_until(lambda: link.step(0.05) or link.confirmed)
    ((confirmed, refusal),) = link.confirmed
    link.confirmed.clear()
    assert confirmed == mid
    return None if refusal == "No matching subscribers" else refusal


def topics_at(link: Link, last: str) -> list[str]:
    """What has arrived until ``last`` did."""
    parts.wait_until(
        lambda: link.step(0.05) or last in {message.topic for message in link.arrived}
    )
    return [message.topic for message in link.arrived]


def test_a_gateway_sends_below_its_own_up_and_the_province_gets_it(
    enter: Enter,
) -> None:
    province = enter(PROVINCE, f"{PREFIX}/+/+/up/+")

    refusal = sent(enter(G1), f"{PREFIX}/{G1}/up/z")

    assert refusal is None
    assert topics_at(province, f"{PREFIX}/{G1}/up/z") == [f"{PREFIX}/{G1}/up/z"]


@pytest.mark.parametrize(
    "topic",
    [
        f"{PREFIX}/{G2}/up/z",
        f"{PREFIX}/{G1}/down/ack",
        f"{PREFIX}/{G2}/down/ack",
        f"{PREFIX}/{G1}/up",
        f"{PREFIX}/{G1}/up/z/deeper",
        "canhdong/v2/any",
        "$SYS/broker/uptime",
        "$share/ingest/x",
    ],
)
def test_a_gateway_sends_nowhere_else(enter: Enter, topic: str) -> None:
    gateway = enter(G1)

    try:
        refusal = sent(gateway, topic)
    except LinkDown:
        refusal = "the connection was ended"

    assert refusal in ("Not authorized", "the connection was ended")


@pytest.mark.parametrize("account", ["htx-moduc", "htx-moduc/+", PROVINCE])
def test_no_other_account_sends_in_the_name_of_a_gateway(
    enter: Enter, account: str
) -> None:
    refusal = sent(enter(account), f"{PREFIX}/{G1}/up/z")

    assert refusal == "Not authorized"


@pytest.mark.parametrize(
    "wanted",
    [f"{PREFIX}/{G1}/down/+", f"{PREFIX}/#", "#", f"$share/ingest/{PREFIX}/#"],
)
def test_a_gateway_hears_only_its_own_and_takes_nothing_from_the_province(
    enter: Enter, wanted: str
) -> None:
    nosy = enter(G2, wanted)
    province = enter(PROVINCE, f"{PREFIX}/+/+/up/+")
    gateway = enter(G1, f"{PREFIX}/{G1}/down/+")
    for leaf in ("hello", "z", "alert"):
        assert sent(gateway, f"{PREFIX}/{G1}/up/{leaf}") is None
    for name in (G1, G2):
        assert sent(province, f"{PREFIX}/{name}/down/ack") is None

    own = f"{PREFIX}/{G2}/down/ack"
    if wanted in ("#", f"{PREFIX}/#"):  # what is its own arrives, and that alone
        assert topics_at(nosy, own) == [own]
    assert all(message.topic == own for message in nosy.arrived)
    up = [f"{PREFIX}/{G1}/up/{leaf}" for leaf in ("hello", "z", "alert")]
    assert topics_at(province, up[-1]) == up
    assert topics_at(gateway, f"{PREFIX}/{G1}/down/ack") == [f"{PREFIX}/{G1}/down/ack"]


def test_nobody_enters_without_an_account(enter: Enter, shipped: Shipped) -> None:
    with pytest.raises(LinkDown, match="Not authorized"):
        enter()
    with pytest.raises(LinkDown, match="Not authorized"):
        enter("no-such")


# paho leaves it to the garbage collector to close a socket whose handshake failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nobody_enters_without_tls_or_by_a_foreign_authority(
    shipped: Shipped, tmp_path: Path
) -> None:
    foreign = Tls(Authority(tmp_path).certificate)
    for tls in (None, foreign):
        broker = Broker(
            host="localhost", port=shipped.part.port,
            username=G1, password=f"of {G1}", tls=tls,
        )  # fmt: skip
        with pytest.raises(LinkDown):
            Link(broker, client_id="x", subscribe="x").connect()


def test_a_client_id_of_another_throws_nobody_out(enter: Enter) -> None:
    first = enter(G1, client_id="canhdong-htx-moduc-g1")

    for stolen in ("canhdong-htx-moduc-g1", G1):
        enter(G2, client_id=stolen)

    assert sent(first, f"{PREFIX}/{G1}/up/z") is None


def test_an_account_that_is_taken_away_is_out_at_the_reload(
    enter: Enter, shipped: Shipped
) -> None:
    link = enter(LEAVING)
    subprocess.run(["mosquitto_passwd", "-D", shipped.accounts, LEAVING], check=True)

    os.kill(shipped.part.pid, signal.SIGHUP)

    with pytest.raises(LinkDown):
        parts.wait_until(lambda: link.step(0.05))
    with pytest.raises(LinkDown, match="Not authorized"):
        enter(LEAVING)


def test_a_certificate_is_an_account_and_its_name_the_prefix(
    enter: Enter, shipped: Shipped
) -> None:
    gateway = enter(papers=shipped.authority.sign(G1, "g1"))

    assert sent(gateway, f"{PREFIX}/{G1}/up/z") is None
    assert sent(gateway, f"{PREFIX}/{G2}/up/z") == "Not authorized"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_certificate_of_another_authority_does_not_enter(
    enter: Enter, shipped: Shipped, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path).sign(G1, "g1")

    with pytest.raises(LinkDown):
        enter(papers=stranger)
    with pytest.raises(LinkDown):  # and none at all does not either
        Link(
            Broker(
                host="localhost", port=shipped.by_certificate,
                username=G1, password=f"of {G1}",
                tls=Tls(shipped.authority.certificate),
            ),
            client_id="x", subscribe="x",
        ).connect()  # fmt: skip


def test_the_largest_packet_is_that_of_both_ends() -> None:
    conf = (SHIPPED / "canhdong.conf").read_text()

    limit = re.search(r"^max_packet_size (\d+)", conf, re.MULTILINE)

    assert limit is not None
    assert int(limit[1]) == mqtt.MAX_PACKET
    assert "\nmessage_size_limit" not in conf


def test_the_chain_runs_through_it_with_tls_and_passwords(
    shipped: Shipped, tmp_path: Path
) -> None:
    for name, account in (("gateway", G1), ("province", PROVINCE)):
        (tmp_path / f"{name}.password").write_text(f"of {account}\n")
    ca = shipped.authority.certificate
    programs.gateway_config(
        tmp_path, shipped.part.port, every_s=0.5,
        uplink=f'host = "localhost"\nusername = "{G1}"\nca_file = "{ca}"\n'
        f'password_file = "{tmp_path}/gateway.password"\nsend_every_s = 0.5',
    )  # fmt: skip
    (tmp_path / "province.toml").write_text(
        f'version = 1\nledger = "{tmp_path}/ledger.db"\n'
        f'[broker]\nhost = "localhost"\nport = {shipped.part.port}\n'
        f'username = "{PROVINCE}"\nca_file = "{ca}"\n'
        f'password_file = "{tmp_path}/province.password"\n'
        f'[store]\nkind = "sqlite"\npath = "{tmp_path}/readings.db"\n'
    )
    with ExitStack() as stack:
        field = stack.enter_context(programs.simulator(tmp_path))
        field.says("serving")
        stack.enter_context(programs.ingest(tmp_path))
        gateway = stack.enter_context(programs.gateway(tmp_path))
        parts.wait_until(lambda: programs.status(tmp_path).get("next", 0) > 40)
        last = programs.drained(tmp_path)

        assert last >= 40
        assert gateway.stop() == 0
