"""Simulated devices on the ports of a config, and their count."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from drivers.line import LineModel
from drivers.poller import Device
from drivers.sim.devices import ModbusDevice, RainGauge, Values, Watch, device
from drivers.sim.slave import SimulatedBus
from drivers.sim.wire import AT_ONCE, Timing
from gateway.config import Config
from telemetry.settings import ConfigError

Simulated = ModbusDevice | RainGauge


def serve(
    config: Config,
    by_bus: Mapping[str, Sequence[Device]],
    values_of: Callable[[Device], Callable[[], Values]],
    watch: Watch,
    *,
    is_paced: bool,
    stack: ExitStack,
) -> list[Simulated]:
    """Start all buses and say so; ``stack`` will stop them.

    Raises
    ------
    ConfigError
        A port cannot be made.
    """
    everything: list[Simulated] = []
    for name, on_bus in by_bus.items():
        table = config.buses[name]
        if "://" in table.port:
            fact = f"buses.{name}.port: {table.port} cannot be served"
            raise ConfigError([f"{fact}; give the path of a port to be made"])
        simulated = [
            device(on.name, on.model, on.address, values_of(on), watch) for on in on_bus
        ]
        timing = Timing.of(table.baudrate, table.parity, table.stopbits)
        stack.enter_context(
            SimulatedBus(
                Path(table.port),
                simulated,
                timing=timing if is_paced else AT_ONCE,
                lines=any(isinstance(on.model, LineModel) for on in on_bus),
            )
        )
        everything += simulated
    print(f"serving {len(everything)} devices on {len(by_bus)} buses", flush=True)
    return everything


def write_stats(path: Path | None, simulated: Sequence[Simulated]) -> None:
    """What each device has been asked and has answered, if anybody wants it."""
    if path is not None:
        write_json(path, {"devices": {d.name: asdict(d.tally) for d in simulated}})


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write so that a reader sees the old file or the new one.

    Raises
    ------
    ConfigError
        Nothing can be written there.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(json.dumps(value), encoding="ascii")
        part.replace(path)
    except OSError as fault:
        msg = f"{path}: cannot be written: {fault.strerror}"
        raise ConfigError([msg]) from None
