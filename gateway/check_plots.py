"""What must agree between plots, the sensors that serve them, and the rules."""

from collections.abc import Iterator

from drivers.devices import MODELS
from gateway import wiring
from gateway.config import Config, PlotTable
from rules.asked_models import RH_NEEDED, reads_to_rh
from telemetry.quantity import QUANTITIES
from telemetry.settings import unknown


def faults(config: Config) -> Iterator[str]:
    """Every disagreement of a plot's table."""
    for name, plot in config.plots.items():
        if plot.method is not None and plot.crop != "rice":
            yield f"plots.{name}.method: sa and cay are of rice, not of {plot.crop}"
        if plot.sown is not None and plot.heading is not None:
            days = (plot.heading - plot.sown).days
            if not 0 < days < (plot.duration_days or 400):
                yield (
                    f"plots.{name}.heading: {plot.heading} is not within the season"
                    f" that began on {plot.sown}"
                )
        yield from _chosen_faults(config, name, plot)
        if plot.leaf_wetness == "rh90":
            yield from _rh90_faults(config, name)


def _chosen_faults(config: Config, name: str, plot: PlotTable) -> Iterator[str]:
    for quantity, sensor in plot.sensors.items():
        place = f"plots.{name}.sensors.{quantity}"
        if quantity not in QUANTITIES:
            yield f"{place}: unknown quantity; {unknown(quantity, QUANTITIES)}"
        elif sensor not in config.sensors:
            known = unknown(sensor, config.sensors)
            yield f"{place}: unknown sensor {sensor!r}; {known}"
        elif quantity not in _quantities(config, sensor):
            yield f"{place}: {sensor} does not measure {quantity}"


def _rh90_faults(config: Config, name: str) -> Iterator[str]:
    """Wetness by humidity needs a sensor that is believed at 95 %."""
    try:
        places = wiring.places(config)
    except (ValueError, KeyError):
        return  # its faults have been told
    humid = [p for p in places if p.quantity == "relative_humidity"]
    if not humid:
        yield f"plots.{name}.leaf_wetness: rh90 needs a sensor of relative_humidity"
    for place in humid:
        if not reads_to_rh(place):
            to = "an unknown limit" if place.rated is None else f"{place.rated[1]:g} %"
            yield (
                f"plots.{name}.leaf_wetness: rh90 needs a humidity sensor rated to"
                f" {RH_NEEDED:g} %, but {place.sensor} is rated to {to}; measure leaf"
                ' wetness, or take leaf_wetness = "rh90" out'
            )


def notes(config: Config) -> Iterator[str]:
    """What is no fault and still worth knowing."""
    for name, plot in config.plots.items():
        if plot.sown is None or plot.duration_days is None:
            yield (
                f"plots.{name}: no sown or no duration_days, so its stage is unknown:"
                " rules by stage rest there"
            )
        for quantity, sensors in _ambiguous(config, name).items():
            yield (
                f"plots.{name}: {' and '.join(sensors)} measure {quantity}: rules read"
                f" none of them until [plots.{name}.sensors] says {quantity} = which"
            )


def _ambiguous(config: Config, plot: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place in wiring.places(config):
        if place.plot == plot and place.quantity not in config.plots[plot].sensors:
            found.setdefault(place.quantity, []).append(place.sensor)
    return {quantity: names for quantity, names in found.items() if len(names) > 1}


def _quantities(config: Config, sensor: str) -> set[str]:
    try:
        model = MODELS[config.devices[config.sensors[sensor].device].driver]
        return set(wiring.channels_of(config.sensors[sensor], model).values())
    except (KeyError, ValueError):
        return set()  # its faults have been told
