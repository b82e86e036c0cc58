"""The demo's broker: amqtt on loopback, MQTT 3.1.1, a process of its own.

``python -m gateway.demo.broker PORT`` says ``serving`` when it is ready and runs
until SIGTERM or SIGINT.  Anyone on this machine may enter; nothing is kept.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import Final

from amqtt.broker import Broker  # type: ignore[import-untyped]
from amqtt.contexts import BrokerConfig, ListenerConfig  # type: ignore[import-untyped]

SHUTDOWN_S: Final = 3.0


async def serve(port: int) -> None:
    """Serve at 127.0.0.1:``port`` until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = Broker(
        BrokerConfig(
            listeners={"default": ListenerConfig(bind=f"127.0.0.1:{port}")},
            plugins={
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {
                    "allow_anonymous": True
                }
            },
        )
    )
    await broker.start()
    print("serving", flush=True)
    await stop.wait()
    with contextlib.suppress(TimeoutError):  # it may wait for clients for ever
        await asyncio.wait_for(broker.shutdown(), SHUTDOWN_S)
    os._exit(0)  # nothing is kept, so nothing is lost by not waiting for its tasks


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)  # it reports every disconnection else
    asyncio.run(serve(int(sys.argv[1])))
