"""What must agree between the tables of ``gateway.toml``.

Pure but for the files that it looks for.  Every fault is told, each with its
place, the fact and the remedy.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from drivers.cycle import cycle_s
from drivers.devices import MODELS, Model
from drivers.line import LineModel
from gateway import check_plots, check_uplink, config_quality, config_time, rulebook
from gateway.config import Config, SensorTable
from gateway.wiring import channels_of, counter_bits, devices_on
from telemetry import settings
from telemetry.observer import observer_of
from telemetry.quantity import INSECT_COUNTS, QUANTITIES, Kind, Place
from telemetry.series import PEST, Z_LIMIT_CM
from telemetry.settings import ConfigError, unknown

ADDRESSES: Final = range(1, 248)  # unicast, Modbus over serial line 1.02, 2.2
CYCLE_MARGIN: Final = 1.5  # a poll period leaves the bus a third of its time
NEEDS_ZERO: Final = frozenset({"water_level"})


def load(path: Path, *, speed: int = 1, with_rules: bool = False) -> Config:
    """Read and check ``path``; field time will run ``speed`` times as fast.

    The files of ``[rules] folder`` are checked where ``with_rules`` asks for it: what
    stands there stops neither the daemon nor a look at it.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    config = settings.load(path, Config)
    given = list(faults(config, speed))
    if with_rules or config.rules.folder is None:
        given += rulebook.faults(config)
    found = [f"{path}: {fault}" for fault in given]
    if found:
        raise ConfigError(found)
    return config


def faults(config: Config, speed: int) -> Iterator[str]:
    """Every disagreement between the tables."""
    if config.data_dir.exists() and not config.data_dir.is_dir():
        yield f"data_dir: {config.data_dir} is not a folder"
    yield from check_uplink.faults(config.uplink)
    yield from _bus_faults(config)
    yield from config_time.faults(
        config.time, {bus.port: name for name, bus in config.buses.items()}
    )
    yield from _device_faults(config)
    yield from _sensor_faults(config)
    yield from check_plots.faults(config)
    yield from _period_faults(config, speed)


# --- tables --------------------------------------------------------------------


def _bus_faults(config: Config) -> Iterator[str]:
    if not config.buses:
        yield "no bus: add a table [buses.NAME] with its port"
    ports: dict[str, str] = {}
    for name, bus in config.buses.items():
        if bus.port in ports:
            yield f"buses.{name}.port: {bus.port} is also the port of {ports[bus.port]}"
        ports.setdefault(bus.port, name)
        yield from (f"buses.{name}.port: {f}" for f in _port_faults(bus.port))
        on_it = [d for d, table in config.devices.items() if table.bus == name]
        if not on_it:
            yield f"buses.{name}: no device is on it; add one or remove the bus"
        lines = [d for d in on_it if isinstance(_model(config, d), LineModel)]
        if lines and len(on_it) > 1:
            yield (
                f"buses.{name}: {lines[0]} speaks lines of text and needs a port of its"
                f" own, but {', '.join(d for d in on_it if d != lines[0])} is there too"
            )


def _port_faults(port: str) -> Iterator[str]:
    if not port or "\0" in port:
        yield f"{port!r} is no name of a port"
    elif "://" in port:
        try:
            url = urlsplit(port)
            is_good = url.scheme == "socket" and url.hostname and url.port
        except ValueError:
            is_good = False
        if not is_good:
            yield f"{port}: write a device such as /dev/ttyUSB0, or socket://HOST:PORT"
    elif Path(port).is_dir():
        yield f"{port} is a folder, not a port"


def _device_faults(config: Config) -> Iterator[str]:
    if not config.devices:
        yield "no device: add a table [devices.NAME] with driver, bus and every_s"
    places: dict[tuple[str, int], str] = {}
    used = {sensor.device for sensor in config.sensors.values()}
    for name, device in config.devices.items():
        if device.driver not in MODELS:
            yield (
                f"devices.{name}.driver: unknown device {device.driver!r};"
                f" {unknown(device.driver, MODELS)}"
            )
        if device.bus not in config.buses:
            yield (
                f"devices.{name}.bus: unknown bus {device.bus!r};"
                f" {unknown(device.bus, config.buses)}"
            )
        if isinstance(_model(config, name), LineModel):
            continue
        if device.address not in ADDRESSES:
            yield f"devices.{name}.address: {device.address} is outside 1..247"
        other = places.setdefault((device.bus, device.address), name)
        if other != name:
            yield (
                f"devices.{name}.address: {device.address} on {device.bus} is also the"
                f" address of {other}; give one of them another"
            )
        if name not in used:
            yield f"devices.{name}: no sensor names it; add one or remove the device"


def _sensor_faults(config: Config) -> Iterator[str]:
    taken: dict[tuple[str, str], str] = {}
    for name, sensor in config.sensors.items():
        place = f"sensors.{name}"
        if observer_of(name) is not None:
            yield f"{place}: a name of this form is of what people count; take another"
        if sensor.plot not in config.plots:
            yield (
                f"{place}.plot: unknown plot {sensor.plot!r};"
                f" {unknown(sensor.plot, config.plots)}"
            )
        if sensor.device not in config.devices:
            yield (
                f"{place}.device: unknown device {sensor.device!r};"
                f" {unknown(sensor.device, config.devices)}"
            )
            continue
        model = _model(config, sensor.device)
        if model is None:
            continue
        try:
            found = channels_of(sensor, model)
        except ValueError as fault:
            yield f"{place}: {fault}"
            continue
        yield from _quality_faults(place, sensor, found.values())
        for channel, quantity in found.items():
            other = taken.setdefault((sensor.device, channel), name)
            if other != name:
                yield f"{place}: channel {channel!r} of {sensor.device} is {other}'s"
            yield from (f"{place}: {f}" for f in _place_faults(sensor, quantity))
            yield from (
                f"{place}: {f}" for f in _scale_faults(sensor, quantity, channel, model)
            )


def _quality_faults(
    place: str, sensor: SensorTable, measured: Collection[str]
) -> Iterator[str]:
    for quantity, quality in sensor.quality.items():
        where = f"{place}.quality.{quantity}"
        if quantity not in measured:
            yield f"{where}: is not measured here; {unknown(quantity, measured)}"
            continue
        for fault in config_quality.faults(quantity, quality):
            yield f"{where}: {fault}"


def _place_faults(sensor: SensorTable, quantity: str) -> Iterator[str]:
    about = QUANTITIES[quantity]
    if abs(sensor.z) > Z_LIMIT_CM:
        yield f"z = {sensor.z} cm is beyond ±{Z_LIMIT_CM}"
    elif about.place is Place.SOIL and sensor.z > 0:
        yield f"z = {sensor.z}: {quantity} is of the soil; z = -10 is 10 cm deep"
    elif about.place is Place.AIR and sensor.z < 0:
        yield f"z = {sensor.z}: {quantity} is measured above the soil"
    if quantity in INSECT_COUNTS:
        if sensor.pest is None or not PEST.fullmatch(sensor.pest):
            yield f"{quantity} needs pest = an EPPO code such as LAPHEG, or 'unsorted'"
        if sensor.stage is None:
            yield f"{quantity} needs stage = egg, nymph, larva, adult or all"
    elif sensor.pest is not None or sensor.stage is not None:
        yield f"{quantity} carries neither pest nor stage: remove them"


def _scale_faults(
    sensor: SensorTable, quantity: str, channel: str, model: Model
) -> Iterator[str]:
    if quantity in NEEDS_ZERO and sensor.zero is None:
        yield (
            f"{quantity} needs zero = {{ value, date, author }}: what the sensor shows"
            f" in {QUANTITIES[quantity].unit} when the water is at the soil surface"
        )
    if quantity not in NEEDS_ZERO and sensor.zero is not None:
        yield f"{quantity} has no zero: remove it"
    is_free = model.channels[channel] is None
    is_level = QUANTITIES[quantity].kind is not Kind.COUNTER
    counts = counter_bits(model, channel) is not None
    if is_free and counts is is_level:
        have, want = ("counts", "a counter") if counts else ("measures", "a level")
        yield f"channel {channel!r} of {model.name} {have}: {quantity} is not {want}"
    elif is_free and is_level and sensor.scale is None:
        yield (
            f"channel {channel!r} needs scale = {{ signal = '4-20mA' or '0-10V',"
            " raw = [LOW, HIGH], value = [LOW, HIGH] }"
        )
    if sensor.scale is None:
        return
    if not is_free:
        yield f"{model.name} scales {quantity} itself: remove scale"
    elif is_level and sensor.scale.signal is None:
        yield "scale needs signal = '4-20mA' or '0-10V'"
    for key in ("raw", "value"):
        low, high = getattr(sensor.scale, key)
        if low == high:
            yield f"scale.{key}: the two points are the same"


def _period_faults(config: Config, speed: int) -> Iterator[str]:
    for name, bus in config.buses.items():
        try:
            devices = devices_on(config, name)
        except ValueError:
            continue  # its faults have been told
        devices = [device for device in devices if device.outlets]
        cycle = cycle_s(devices, bus.baudrate, bus.parity, bus.stopbits)
        for device in devices:
            every_s = config.devices[device.name].every_s
            if every_s >= CYCLE_MARGIN * cycle * speed:
                continue
            fault = (
                f"devices.{device.name}.every_s: {every_s:g} s is too short: a cycle of"
                f" bus {name} takes {cycle:.3f} s and half as much is kept to spare"
            )
            if speed > 1:
                most = int(every_s / (CYCLE_MARGIN * cycle))
                yield f"{fault}; the largest --speed that works is {most}"
            else:
                least = CYCLE_MARGIN * cycle
                yield f"{fault}; use {least:.3f} s or more, or a higher baudrate"


def _model(config: Config, device: str) -> Model | None:
    return MODELS.get(config.devices[device].driver)
