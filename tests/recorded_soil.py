"""Recorded soil probes and wells: how their files are read, and what is known of them.

As ``recorded_forms``, which lists all.
"""

from datetime import datetime
from pathlib import Path

from rules.quality import consistency
from rules.quality.spans import Span
from tests.recordings import (
    Array,
    Row,
    Series,
    at_ms,
    named_like,
    numbers,
    rows,
    stamps,
    texts,
)


def owc_soil(path: Path, quantity: str | None) -> list[Series]:
    """TEROS 12 probes: counts, temperature, conductivity."""
    table = rows(path)
    ms = stamps(texts(table, "TIMESTAMP"))
    letter = named_like(table, "Teros")[5]
    found = []
    for p in range(1, 7):
        raw = [numbers(table, f"Teros{letter}({p},{k})") for k in (1, 2, 3)]
        moisture = (3.879e-4 * raw[0] - 0.6956) * 100  # the set's own conversion
        dead = {"answers 0, 0, 0": (raw[0] == 0) & (raw[1] == 0) & (raw[2] == 0)}
        names = ("soil_moisture", "soil_temperature", "soil_conductivity")
        for name, values in zip(names, (moisture, raw[1], raw[2]), strict=True):
            found.append(
                Series(
                    name=f"{name} {p}",
                    quantity=name,
                    ms=ms,
                    values=values,
                    bad=dead,
                    agrees=("dead probe", consistency.dead_probe, tuple(raw)),
                    group=name,
                )
            )
    return found


def owc_well(path: Path, quantity: str | None) -> list[Series]:
    """A probe in a shallow well, out of service for ten days [cm, µS/cm]."""
    table = rows(path)
    ms = stamps(texts(table, "TIMESTAMP"))
    away = (ms >= at_ms("2022-07-21")) & (ms < at_ms("2022-08-02"))
    columns = {"Depth": (-50.0, 1000.0), "Actual_Conductivity": (0.0, 100_000.0)}
    return [
        Series(
            name=name.lower(),
            quantity=None,
            span=span,
            ms=ms,
            values=numbers(table, named_like(table, name)),
            bad={"out of service": away},
            is_learned=True,
        )
        for name, span in columns.items()
    ]


def usses(path: Path, quantity: str | None) -> list[Series]:
    """Soil probes of one logger, as downloaded."""
    table = rows(path)
    ms = usses_stamps(table)
    found = []
    for column in list(table[0])[1:]:
        values = numbers(table, column)
        port = column.split()[1]
        if "m³/m³" in column:
            name, values = "soil_moisture", values * 100
            bad = {"below 0": values < 0, "over 100 %": values > 100}
        else:
            name = "air_temperature" if "ECT" in column else "soil_temperature"
            bad = {"at -40 °C": values <= -39.9}
        # The override of a site: no soil under the steppe's snow falls to -20 °C.
        site = Span(-20, 50) if name == "soil_temperature" else None
        found.append(
            Series(
                name=f"{name} {port}",
                quantity=name,
                site=site,
                ms=ms,
                values=values,
                bad=bad,
                group=name,
            )
        )
    return found


def usses_stamps(table: list[Row]) -> Array:
    """The stamps of a Decagon logger."""
    column = texts(table, "Measurement Time")
    when = [datetime.strptime(text, "%m/%d/%y %I:%M %p") for text in column]  # noqa: DTZ007
    return stamps([at.isoformat() for at in when])
