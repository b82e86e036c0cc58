"""ThingsBoard's side of the broker, as far as its gateway needs it."""

import json
import threading
from collections import Counter
from typing import Final, Self

from telemetry.clock import machine_s
from telemetry.mqtt import Broker, Link, LinkDown
from tests.tap import packet_bytes

LISTENS: Final = "v1/gateway/telemetry"
ASKS: Final = "v1/devices/me/rpc/request/"  # behind it, the number of the question
ANSWERS: Final = "v1/devices/me/rpc/response/"
STEP_S: Final = 0.02
RETRY_S: Final = 0.02  # sooner than any gateway, so that little is missed
COUNT: Final = "v_7"  # the device's own count of its answers

Reading = tuple[str, int, str]
"""Device, its count of answers, name of the value."""


class Platform:
    """ThingsBoard's side of the broker at ``port``: takes what comes, keeps it.

    The broker's PUBACK is all the receipt that the peer knows.
    """

    def __init__(self, port: int) -> None:
        self.arrived: Counter[Reading] = Counter()
        self.packet_bytes = 0
        self.newest_s = 0.0  # machine time of the last message
        self._link = Link(
            Broker(host="127.0.0.1", port=port), client_id="platform", subscribe="v1/#"
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def counts(self) -> tuple[int, int]:
        """Different readings that have come, and how many came once more."""
        different = len(self.arrived)
        return different, self.arrived.total() - different

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if not self._link.is_up:
                    self._link.connect()
                self._link.step(STEP_S)
                while self._link.arrived:
                    message = self._link.arrived.popleft()
                    self._take(message.topic, message.payload)
            except LinkDown:
                self._stop.wait(RETRY_S)

    def _take(self, topic: str, payload: bytes) -> None:
        if topic.startswith(ASKS):
            # getSessionLimits: an answer without limits sets the gateway free.
            free = {"rateLimits": {}, "gatewayRateLimits": {}, "maxInflightMessages": 0}
            where = ANSWERS + topic.removeprefix(ASKS)
            self._link.publish(where, json.dumps(free).encode())
        if topic != LISTENS:
            return
        self.packet_bytes += packet_bytes(topic, payload)
        self.newest_s = machine_s()
        for device, points in json.loads(payload).items():
            for point in points:
                values = point["values"]
                self.arrived.update((device, values[COUNT], name) for name in values)
