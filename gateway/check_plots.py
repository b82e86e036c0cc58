"""What must agree between plots, the sensors that serve them, and the rules."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from drivers.devices import MODELS
from gateway import wiring
from gateway.config import Config, PlotTable
from rules import calendar
from rules.asked_diseases import RH_NEEDED, reads_to_rh
from rules.models.soils import TEXTURES
from telemetry.quantity import QUANTITIES
from telemetry.settings import unknown

_A_MONTH: Final = timedelta(
    days=30
)  # after sowing, too early or late, it is its season


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
        yield from _season_faults(name, plot)
        yield from _chosen_faults(config, name, plot)
        if plot.leaf_wetness == "rh90":
            yield from _rh90_faults(config, name)


def _season_faults(name: str, plot: PlotTable) -> Iterator[str]:
    if not plot.season:
        return
    season = calendar.BY_ID.get(plot.season)
    place = f"plots.{name}.season"
    if season is None:
        remedy = unknown(plot.season, calendar.BY_ID)
        yield f"{place}: unknown season {plot.season!r}; {remedy}"
    elif season.crop != plot.crop:
        yield f"{place}: {plot.season} is of {season.crop}, not of {plot.crop}"


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
        if not plot.season and (plot.sown is None or plot.duration_days is None):
            yield (
                f"plots.{name}: no sown or no duration_days, so its stage is unknown:"
                " rules by stage rest there; season = … takes them from the calendar"
            )
        yield from _soil_notes(config, name, plot)
        for quantity, sensors in _ambiguous(config, name).items():
            yield (
                f"plots.{name}: {' and '.join(sensors)} measure {quantity}: rules read"
                f" none of them until [plots.{name}.sensors] says {quantity} = which"
            )

    yield from season_notes(config)


def _soil_notes(config: Config, name: str, plot: PlotTable) -> Iterator[str]:
    """What rules of soil water lack where a probe could feed them."""
    measured = {place.quantity for place in wiring.places(config) if place.plot == name}
    if plot.crop == "rice" or "soil_moisture" not in measured:
        return
    if plot.soil not in TEXTURES:
        told = "no soil" if plot.soil is None else f"soil {plot.soil!r} is no texture"
        remedy = unknown(plot.soil or "", TEXTURES)
        yield f"plots.{name}: {told}: rules of soil water rest there; {remedy}"
    elif plot.field_capacity is None:
        yield (
            f"plots.{name}: no field_capacity: rules of soil water rest there; give"
            " what the probe shows a day or two after the soil was soaked"
        )


def season_notes(config: Config) -> Iterator[str]:
    """Plots that were sown at another time than the calendar of the province says."""
    for name, plot in config.plots.items():
        if plot.sown is None:
            continue
        season = calendar.BY_ID.get(plot.season)
        if season is None:
            season = calendar.season_on(plot.crop, plot.sown + _A_MONTH)
        if season is not None:
            for fault in calendar.sowing_faults(season, plot.sown):
                yield f"plots.{name}.sown: {fault} by the calendar of {season.year}"


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
