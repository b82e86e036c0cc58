"""Another client takes the gateway's client id, with an account of its own."""

import time
from contextlib import suppress

from telemetry.mqtt import Broker, Link, LinkDown, Tls
from tests import parts
from tests.deploy.conftest import G1, G2, Shipped, shipped
from tests.faults.network.rig import FAST, rig

__all__ = ["shipped"]

TRIES = 20


def test_the_shipped_broker_lets_nobody_take_a_gateways_place(
    shipped: Shipped,
    tmp_path,
    record_property,
):
    (tmp_path / "password").write_text(f"of {G1}")
    ca = shipped.authority.certificate
    entry = (
        f'{FAST}\nhost = "localhost"\nusername = "{G1}"\nca_file = "{ca}"\n'
        f'password_file = "{tmp_path}/password"'
    )
    with rig(tmp_path, port=shipped.part.port, uplink=entry) as it, it.gateway:
        parts.wait_until(lambda: "connected to" in it.gateway.text, 30)
        thief = Broker(
            host="localhost", port=shipped.part.port, username=G2,
            password=f"of {G2}", tls=Tls(ca),
        )  # fmt: skip
        for client_id in ("canhdong-htx-moduc-g1", G1) * (TRIES // 2):
            link = Link(thief, client_id=client_id, subscribe="nothing")
            with suppress(LinkDown):
                link.connect()
            link.close()
        time.sleep(1.0)  # a connection that was ended would be told by now
        link_state = it.status["link"]
        lost = it.gateway.text.count("trying again")

    assert link_state in ("asking", "up")
    assert lost == 0
    record_property("figure", f"{TRIES} attempts, {lost} connections lost")
