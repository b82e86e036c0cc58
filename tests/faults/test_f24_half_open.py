"""The network swallows everything in mid-batch, without a word."""

import time

from tests import parts
from tests.faults.network.radio import Radio
from tests.faults.network.rig import FAST, rig

SEEN_WITHIN_S = 36.0  # TCP_USER_TIMEOUT 30 s, and the steps of a loaded machine


def test_a_connection_that_is_gone_is_noticed_and_nothing_is_missing(
    tmp_path, record_property
):
    with Radio() as radio:
        here = f'{FAST}\nhost = "{radio.outside}"'
        with (
            rig(
                tmp_path,
                mosquitto="allow_anonymous true\n",
                uplink=here,
                behind=("ip", "netns", "exec", radio.name),
                listen=radio.outside,
            ) as it,
            it.ingest,
            it.gateway,
        ):
            it.flows()
            radio.weather.is_off = True
            off_s = time.monotonic()
            parts.wait_until(lambda: it.status["link"] == "down", 60)
            seen_s = time.monotonic() - off_s
            why = it.status["link_error"]
            radio.weather.is_off = False
            on_s = time.monotonic()
            parts.wait_until(lambda: it.status["link"] == "up", 60)
            back_s = time.monotonic() - on_s
            kept = it.settled()

    assert seen_s < SEEN_WITHIN_S
    assert kept.is_whole
    record_property(
        "figure", f"seen after {seen_s:.0f} s ({why[-40:]}), back in {back_s:.0f} s"
        f" with the network: {kept}",
    )  # fmt: skip
