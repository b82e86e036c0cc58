"""The plots of a config, as rules see them."""

from gateway.config import Config
from rules.engine import Key
from rules.plot import Plot


def chosen(config: Config) -> dict[Key, str]:
    """The sensor that rules read, by plot and quantity, where a config says which."""
    return {
        (plot, quantity): sensor
        for plot, table in config.plots.items()
        for quantity, sensor in table.sensors.items()
    }


def plots(config: Config) -> list[Plot]:
    """The plots of a config as the rules see them."""
    return [
        Plot(
            id=name,
            name=table.name,
            locality=table.locality,
            crop=table.crop,
            method=table.method or "",
            season=table.season,
            sown=table.sown,
            duration_days=table.duration_days,
            heading=table.heading,
            soil=table.soil or "",
            field_capacity=table.field_capacity,
            area_m2=table.area_m2,
            elevation_m=table.elevation_m,
            leaf_wetness=table.leaf_wetness,
        )
        for name, table in config.plots.items()
    ]
