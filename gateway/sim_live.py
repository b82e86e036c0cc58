"""Serve the devices of a config on pseudo-terminals, with made-up or given values."""

import argparse
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from drivers.poller import Device
from drivers.sim.devices import Values, unwatched
from drivers.sim.inverse import channel_value
from drivers.sim.sources import Source, scripted
from drivers.sim.story import Story
from drivers.sim.world import World
from gateway import check, config_sim, wiring
from gateway.sim_replay import replay
from gateway.sim_serving import Simulated, serve, write_stats
from telemetry.clock import Clock, ScaledClock, SystemClock
from telemetry.settings import ConfigError

STATS_EVERY_S: Final = 0.5
LOOK_S: Final = 0.1  # between two looks at who is unplugged


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop, or until a replay is over.

    Raises
    ------
    ConfigError
        The config, the values, the map or the recording has faults.
    """
    config = check.load(args.config, speed=args.speed)
    by_bus = {bus: wiring.devices_on(config, bus) for bus in config.buses}
    devices = [device for on_bus in by_bus.values() for device in on_bus]
    with _stop_by_signal() as stop, ExitStack() as stack:
        if args.replay:
            return replay(args, config, by_bus, stop, stack)
        source, clock = _source(args, devices)
        simulated = serve(
            config,
            by_bus,
            lambda device: _from_source(device, source, clock),
            unwatched,
            is_paced=not args.no_pace,
            stack=stack,
        )
        write_stats(args.stats, simulated)
        while not stop.wait(STATS_EVERY_S if args.unplugged is None else LOOK_S):
            _unplug(args.unplugged, simulated)
            write_stats(args.stats, simulated)
        stack.close()  # nothing is answered after the last count
        write_stats(args.stats, simulated)
    return 0


def _unplug(path: Path | None, simulated: Sequence[Simulated]) -> None:
    """Silence the devices that the file names, and none but them."""
    if path is None:
        return
    names = path.read_text(encoding="utf-8").split() if path.exists() else []
    for device in simulated:
        device.faults.silent = device.name in names


@contextmanager
def _stop_by_signal() -> Iterator[threading.Event]:
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


# --- a field to pretend with -------------------------------------------------


def _source(
    args: argparse.Namespace, devices: Sequence[Device]
) -> tuple[Source, Clock]:
    clock: Clock = SystemClock()
    if args.speed > 1 or args.field_origin is not None:
        clock = ScaledClock(args.speed, args.field_origin)
    source: Source = World(args.seed).value
    if args.story is not None:
        if args.field_origin is None:
            raise ConfigError(["--story: needs --field-origin, where it begins"])
        source = Story(args.field_origin[1], args.story).value
    if args.values is not None:
        curves = config_sim.load_values(args.values, devices)
        source = scripted(curves, source, _now_ms(clock))
    return source, clock


def _from_source(device: Device, source: Source, clock: Clock) -> Callable[[], Values]:
    def values() -> Values:
        at_ms = _now_ms(clock)
        return {
            outlet.channel: channel_value(
                outlet, source(outlet.sensor, outlet.quantity, at_ms)
            )
            for outlet in device.outlets
            if outlet.quantity != "poll_count"  # the device counts by itself
        }

    return values


def _now_ms(clock: Clock) -> int:
    """UTC where the clock knows it, so that its nights are dark; else field time."""
    wall_ms = clock.wall_ms()
    return clock.field_ms() if wall_ms is None else wall_ms
