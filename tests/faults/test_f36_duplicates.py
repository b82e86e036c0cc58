"""Everything that crosses the broker comes twice, and once more much later."""

import threading
from collections import deque

from telemetry import topics
from telemetry.mqtt import Broker, Incoming, Link
from tests.faults.network.rig import HERE, rig

LATE = 8  # messages later


class Echo:
    """Publishes again what a gateway and its province say to each other."""

    def __init__(self, port: int) -> None:
        self.again = 0
        self._port = port
        self._seen: set[tuple[str, bytes]] = set()
        self._late: deque[Incoming] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Echo":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        broker = Broker(host="127.0.0.1", port=self._port)
        link = Link(broker, client_id="echo", subscribe=f"{topics.ROOT}/+/+/#")
        link.connect()
        while not self._stop.is_set():
            link.step(0.05)
            while link.arrived:
                self._take(link, link.arrived.popleft())
        link.close()

    def _take(self, link: Link, message: Incoming) -> None:
        ours = {HERE.topic(leaf) for leaf in (topics.UP_READINGS, topics.DOWN_ACK)}
        known = (message.topic, message.payload)
        if message.topic not in ours or known in self._seen:
            return
        self._seen.add(known)
        self._late.append(message)
        link.publish(*known)
        self.again += 1
        if len(self._late) > LATE:
            late = self._late.popleft()
            link.publish(late.topic, late.payload)
            self.again += 1


def test_what_comes_twice_has_one_effect(tmp_path, record_property):
    with (
        rig(tmp_path, uplink="send_every_s = 0.2", every_s=0.25) as it,
        Echo(it.broker.port) as echo,
        it.ingest,
        it.gateway,
    ):
        it.flows()
        it.grows(400)
        kept = it.settled()

    assert kept.is_whole
    assert echo.again > 20
    assert "clone" not in it.ingest.text
    record_property("figure", f"{echo.again} messages repeated: {kept}")
