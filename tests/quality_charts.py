"""The charts of docs/quality: recorded values, and what the checks raise on them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from rules.quality import defaults, fit, history
from rules.quality.checks import Checks
from rules.quality.spans import Span
from tests.quality_account import flags_up
from tests.recorded_forms import FORMS
from tests.recorded_soil import usses_stamps
from tests.recordings import Array, Series, at_ms, rows
from tests.replay import data_folder

WIDTH_IN, HEIGHT_IN = 8.0, 3.2
BLUE, GREY, RED, ORANGE = "#1f6f8b", "#9aa5a8", "#c0392b", "#e08e0b"
STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "canhdong",  # the same file from the same data
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "path.simplify_threshold": 0.5,
}


def _series(file: str, form: str, name: str) -> Series:
    for one in FORMS[form](data_folder() / file, None):
        if one.name == name:
            return one
    msg = f"{file} has no series {name!r}"
    raise ValueError(msg)


def _between(series: Series, begin: str, end: str) -> Series:
    return series.only((series.ms >= at_ms(begin)) & (series.ms < at_ms(end)))


def _dates(ms: Array) -> Array:
    return ms.astype("datetime64[ms]")


def _raised(axes: Any, series: Series, limits: Checks, label: str) -> None:
    found = history.by_check(limits, series.ms, series.values)
    up = np.logical_or.reduce([flags_up(flags) for flags in found.values()])
    axes.plot(
        _dates(series.ms[up]),
        series.values[up],
        linestyle="",
        marker="o",
        markersize=2.5,
        color=RED,
        label=label,
    )


def pasoh(axes: Any) -> None:
    """Three thermometers side by side, one of which fails."""
    file = "pasoh_weather_2016/pasoh_2016_5min.csv.gz"
    limits = defaults.of("air_temperature", elevation_m=0)
    for k, colour in ((2, ORANGE), (1, GREY), (3, BLUE)):
        name = f"air_temperature {k}"
        series = _between(_series(file, "pasoh", name), "2016-11-20", "2016-11-28")
        axes.plot(
            _dates(series.ms), series.values, color=colour, lw=0.7, label=f"sensor {k}"
        )
        if k == 2:
            _raised(axes, series, limits, "flagged, on its own values")
    axes.set_ylabel("air temperature, °C")


def owc(axes: Any) -> None:
    """Probes that answer 0, 0, 0."""
    file = "oldwomancreek_soil_water_weather_2022/owc_w_soil_teros12_15min.csv.gz"
    limits = defaults.of("soil_temperature")
    for p, colour in ((1, BLUE), (5, GREY), (3, ORANGE)):
        series = _series(file, "owc-soil", f"soil_temperature {p}")
        keep = np.arange(len(series.ms)) % 8 == 0
        thin = series.only(keep)
        axes.plot(
            _dates(thin.ms), thin.values, color=colour, lw=0.8, label=f"probe {p}"
        )
        if p == 3:
            _raised(axes, thin, limits, "flat line")
    axes.set_ylabel("soil temperature, °C")


def nyc(axes: Any) -> None:
    """A wind of 1,048 miles an hour."""
    series = _series("nyc_airport_weather_2013/weather.csv.gz", "nyc", "wind_speed EWR")
    part = _between(series, "2013-01-20", "2013-03-01")
    axes.plot(_dates(part.ms), part.values, color=BLUE, lw=0.8, label="EWR")
    _raised(axes, part, defaults.of("wind_speed"), "fails: beyond 75 m/s")
    axes.set_yscale("symlog", linthresh=10)
    axes.set_ylabel("wind speed, m/s")


def logan(axes: Any) -> None:
    """Turbidity with the technicians' labels."""
    series = _series(
        "loganriver_labelled_2014/FranklinBasin2014.csv.gz", "logan", "turb"
    )
    past = np.arange(len(series.ms)) < len(series.ms) // 3
    low, high = series.span or (0.0, 0.0)
    limits = fit.checks(
        Checks(possible=Span(low, high)), series.ms[past], series.values[past]
    )
    part = _between(series, "2014-10-01", "2014-12-01")
    axes.plot(_dates(part.ms), part.values, color=BLUE, lw=0.6, label="turbidity")
    bad = part.is_bad()
    axes.plot(
        _dates(part.ms[bad]),
        part.values[bad],
        linestyle="",
        marker="s",
        markersize=6,
        mfc="none",
        color=ORANGE,
        label="labelled by a technician",
    )
    _raised(axes, part, limits, "flagged")
    axes.set_yscale("symlog", linthresh=5)
    axes.set_ylabel("turbidity, NTU")


def singapore(axes: Any) -> None:
    """Humidity beyond 100 %."""
    file = "singapore_weather_1min_2016_2017/relative-humidity.csv.gz"
    series = _series(file, "singapore", "relative_humidity S116")
    part = _between(series, "2017-01-22", "2017-01-26")
    axes.plot(_dates(part.ms), part.values, color=BLUE, lw=0.7, label="S116")
    _raised(axes, part, defaults.of("relative_humidity"), "fails: beyond 100 %")
    axes.set_ylabel("relative humidity, %")


def usses(axes: Any) -> None:
    """Stamps of a clock that jumps."""
    folder = data_folder() / "usses_decagon_clock_faults"
    for name, colour in (
        ("2015_1__EM20068_2015-04-30-0957", ORANGE),
        ("2015_1__EM20085_2015-04-30-1008", RED),
        ("2015_1__EM20069_2015-04-30-1118", BLUE),
    ):
        ms = usses_stamps(rows(folder / f"{name}.csv"))[::8]
        due = at_ms("2014-09-15T18:00:00") + np.arange(len(ms)) * 8 * 7_200_000
        axes.plot(
            np.arange(len(ms)) * 8,
            (ms - due) / 86_400_000,
            color=colour,
            lw=1.2,
            label=name[8:15],
        )
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlabel("row of the logger's file")
    axes.set_ylabel("stamp less what was due, days")


CHARTS: Final[Mapping[str, tuple[Callable[[Any], None], str]]] = {
    "pasoh": (pasoh, "Pasoh 2016: three thermometers side by side"),
    "oldwomancreek": (owc, "Old Woman Creek 2022: probe 3 answers 0, 0, 0"),
    "nyc": (nyc, "Newark 2013: 1,048 miles an hour"),
    "loganriver": (logan, "Logan River 2014: labels and flags"),
    "singapore": (singapore, "Singapore 2017: beyond 100 %"),
    "usses": (usses, "Sheep station 2014-2015: clocks of three loggers"),
}


def draw(folder: Path) -> None:
    """Draw every chart as SVG."""
    import matplotlib as mpl  # noqa: PLC0415  slow, and for this only

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        for name, (chart, title) in CHARTS.items():
            figure, axes = plt.subplots(figsize=(WIDTH_IN, HEIGHT_IN))
            chart(axes)
            axes.set_title(title, loc="left", fontsize=10)
            axes.legend(frameon=False, fontsize=8, ncols=2)
            figure.autofmt_xdate() if name != "usses" else None
            figure.tight_layout()
            path = folder / f"{name}.svg"
            figure.savefig(path, metadata={"Date": None})
            plt.close(figure)
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
