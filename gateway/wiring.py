"""From the config's tables to the objects that poll and record."""

from collections.abc import Iterator, Mapping
from typing import Any

from drivers.bus import Bus
from drivers.devices import MODELS, Model
from drivers.line import LineBus, LineModel
from drivers.modbus import ModbusBus
from drivers.outlet import Outlet, Scale, lowest
from drivers.poller import Device
from gateway import config_quality
from gateway.config import Config, SensorTable, as_table
from gateway.records import Channel
from rules.history import Place
from rules.quality.checks import Checks
from telemetry import wire
from telemetry.observer import COUNTED, METHODS, ROLES, sensor_of
from telemetry.quantity import INSECT_COUNTS, QUANTITIES
from telemetry.series import Series
from telemetry.settings import unknown


def channels_of(sensor: SensorTable, model: Model) -> dict[str, str]:
    """Channel and quantity of everything that ``sensor`` delivers.

    Raises
    ------
    ValueError
        The channel or quantity does not fit the model; with the remedy.
    """
    channels = model.channels
    if sensor.channel is not None:
        channel = str(sensor.channel)
        if channel not in channels:
            msg = f"channel {channel!r} is not one of {model.name}; "
            raise ValueError(msg + unknown(channel, channels))
        return {channel: _quantity_of(sensor, channel, channels)}
    if None in channels.values():
        free = ", ".join(c for c, quantity in channels.items() if quantity is None)
        msg = f"{model.name} has several inputs: say which by channel = one of {free}"
        raise ValueError(msg)
    known = {c: q for c, q in channels.items() if q is not None}
    if sensor.quantity is None:
        return known
    wanted = {c: q for c, q in known.items() if q == sensor.quantity}
    if not wanted:
        msg = f"{model.name} does not measure {sensor.quantity!r}; "
        raise ValueError(msg + unknown(sensor.quantity, known.values()))
    return wanted


def counter_bits(model: Model, channel: str) -> int | None:
    """Width at which a channel's counter wraps; ``None`` if it is none or unknown."""
    if isinstance(model, LineModel):
        return None
    return next(r.counter_bits for r in model.registers if r.channel == channel)


def devices_on(config: Config, bus: str) -> list[Device]:
    """The devices of a bus with their outlets, in the config's order.

    Raises
    ------
    ValueError
        The config has faults.
    """
    found = []
    for name, table in config.devices.items():
        if table.bus != bus:
            continue
        model = MODELS.get(table.driver)
        if model is None:
            msg = f"unknown device {table.driver!r}"
            raise ValueError(msg)
        outlets = [
            _outlet(sensor_name, sensor, channel, quantity, model)
            for sensor_name, sensor in config.sensors.items()
            if sensor.device == name
            for channel, quantity in channels_of(sensor, model).items()
        ]
        found.append(
            Device(
                name=name,
                model=model,
                address=table.address,
                period_ms=max(1, round(table.every_s * 1000)),
                outlets=tuple(outlets),
            )
        )
    return found


def bus(
    config: Config, name: str, devices: list[Device], *, is_stepped: bool = False
) -> Bus:
    """The owner of the port of bus ``name``; nothing is opened yet.

    ``is_stepped``: field time stands still while the bus is asked, see ``unhurried``.
    """
    table = config.buses[name]
    settings = (name, table.port, table.baudrate, table.parity, table.stopbits)
    if devices and isinstance(devices[0].model, LineModel):
        return LineBus(*settings)
    made = ModbusBus(*settings)
    if is_stepped:
        made.unhurried()
    return made


def channels(config: Config) -> dict[tuple[str, str], Channel]:
    """What the recorder must know, by sensor and quantity."""
    found = {}
    for name, sensor in config.sensors.items():
        model = MODELS[config.devices[sensor.device].driver]
        for channel, quantity in channels_of(sensor, model).items():
            series = Series(
                quantity=quantity,
                coop=config.coop,
                gateway=config.gateway,
                plot=sensor.plot,
                sensor=name,
                z=sensor.z,
                pest=sensor.pest if quantity in INSECT_COUNTS else None,
                stage=sensor.stage if quantity in INSECT_COUNTS else None,
            )
            per_count = 1.0
            if sensor.scale is not None:
                raw, value = sensor.scale.raw, sensor.scale.value
                per_count = (value[1] - value[0]) / (raw[1] - raw[0])
            found[name, quantity] = Channel(
                head=wire.head(series),
                quantity=QUANTITIES[quantity],
                counter_bits=counter_bits(model, channel),
                per_count=per_count,
                checks=_checks(config, _outlet(name, sensor, channel, quantity, model)),
            )
    return found


def _checks(config: Config, outlet: Outlet) -> Checks:
    """What an outlet's readings are held to: its plot's climate, its rating."""
    sensor = config.sensors[outlet.sensor]
    model = MODELS[config.devices[sensor.device].driver]
    plot = config.plots.get(sensor.plot)
    return config_quality.checks(
        outlet.quantity,
        sensor.quality.get(outlet.quantity),
        elevation_m=None if plot is None else plot.elevation_m,
        rated=model.rated.get(outlet.channel),
        bottom=lowest(outlet),
    )


def places(config: Config) -> list[Place]:
    """Every channel as the rules see it."""
    found = []
    for name, outlet in _outlets(config):
        sensor, device = config.sensors[outlet.sensor], config.devices[name]
        rated = _checks(config, outlet).rated
        found.append(
            Place(
                sensor=outlet.sensor,
                quantity=outlet.quantity,
                plot=sensor.plot,
                z=sensor.z,
                period_ms=max(1, round(device.every_s * 1000)),
                pest=sensor.pest,
                stage=sensor.stage,
                zero_on=sensor.zero.date if sensor.zero is not None else None,
                bottom=lowest(outlet),
                rated=None if rated is None else (rated.low, rated.high),
                alarm_below=sensor.alarm_below,
                device=name,
            )
        )
    return found


def full_scales(config: Config) -> dict[tuple[str, str], float]:
    """Full scale of what is wired to an analog input, by sensor and quantity.

    It is the measuring range of the transmitter, as its scale gives it.
    """
    return {
        (outlet.sensor, outlet.quantity): abs(outlet.scale.high - outlet.scale.low)
        for _, outlet in _outlets(config)
        if outlet.scale is not None and not outlet.is_counter
    }


def _outlets(config: Config) -> Iterator[tuple[str, Outlet]]:
    """Every outlet with the name of its device."""
    for bus_name in config.buses:
        for device in devices_on(config, bus_name):
            for outlet in device.outlets:
                yield device.name, outlet


def meta(config: Config) -> dict[str, Any]:
    """``up/meta``: devices, sensors, plots, units and periods."""
    sensors: dict[str, Any] = {}
    for name, sensor in config.sensors.items():
        model = MODELS[config.devices[sensor.device].driver]
        sensors[name] = {
            "device": sensor.device,
            "plot": sensor.plot,
            "z": sensor.z,
            "quantities": {
                quantity: {
                    "unit": QUANTITIES[quantity].unit,
                    "ucum": QUANTITIES[quantity].ucum,
                    "rec20": QUANTITIES[quantity].rec20,
                }
                for quantity in channels_of(sensor, model).values()
            },
        }
        if sensor.zero is not None:
            sensors[name]["zero"] = as_table(sensor.zero)
    return {
        "v": 1,
        "devices": {
            name: {
                "driver": table.driver,
                "bus": table.bus,
                "address": table.address,
                "every_s": table.every_s,
            }
            for name, table in config.devices.items()
        },
        "sensors": sensors,
        "people": {  # who counts is not known before; these are the words of its name
            "sensor": sensor_of("ROLE", "METHOD"),
            "roles": dict(ROLES),
            "methods": dict(METHODS),
            "quantities": {name: QUANTITIES[name].unit for name in COUNTED},
        },
        "plots": {name: as_table(plot) for name, plot in config.plots.items()},
    }


def _quantity_of(
    sensor: SensorTable, channel: str, known: Mapping[str, str | None]
) -> str:
    own = known[channel]
    if own is not None:
        if sensor.quantity not in (None, own):
            msg = f"channel {channel!r} measures {own}, not {sensor.quantity}"
            raise ValueError(msg)
        return own
    if sensor.quantity is None:
        msg = f"channel {channel!r} needs quantity = what is wired to it"
        raise ValueError(msg)
    if sensor.quantity not in QUANTITIES:
        msg = f"unknown quantity {sensor.quantity!r}; "
        raise ValueError(msg + unknown(sensor.quantity, QUANTITIES))
    return sensor.quantity


def _outlet(
    name: str, sensor: SensorTable, channel: str, quantity: str, model: Model
) -> Outlet:
    scale = None
    if sensor.scale is not None:
        scale = Scale(
            raw_low=sensor.scale.raw[0],
            raw_high=sensor.scale.raw[1],
            low=sensor.scale.value[0],
            high=sensor.scale.value[1],
            is_loop=sensor.scale.signal == "4-20mA",
        )
    return Outlet(
        sensor=name,
        quantity=quantity,
        channel=channel,
        scale=scale,
        zero=sensor.zero.value if sensor.zero is not None else None,
        counter_bits=counter_bits(model, channel),
    )
