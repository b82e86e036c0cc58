"""What the quality checks find in recorded measurements, and what they find wrongly.

``make quality-report`` runs every set; ``--data FILE --form FORM [--quantity NAME]``
any other file of the same form; ``--charts FOLDER`` draws what docs/quality shows.
Limits are the defaults of a quantity; where it has none they are learned from the
first third of the series, without its labels, and the rest is reported.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from rules.quality import consistency, defaults, fit, history, ismn
from rules.quality.checks import Checks
from rules.quality.spans import LOWLAND, Span
from telemetry.reading import Flag
from tests import clock_report
from tests.quality_account import HEAD, Account
from tests.recorded_forms import FORMS
from tests.recordings import Array, Series
from tests.replay import data_folder
from tests.rules import recorded_pests

SETS: Final = {
    "pasoh": ("pasoh_weather_2016/pasoh_2016_5min.csv.gz", "pasoh"),
    "owc-tr": (
        "oldwomancreek_soil_water_weather_2022/owc_tr_soil_teros12_15min.csv.gz",
        "owc-soil",
    ),
    "owc-w": (
        "oldwomancreek_soil_water_weather_2022/owc_w_soil_teros12_15min.csv.gz",
        "owc-soil",
    ),
    "owc-well": (
        "oldwomancreek_soil_water_weather_2022/owc_tr_well_aquatroll600_15min.csv.gz",
        "owc-well",
    ),
    "owc-weather": (
        "oldwomancreek_soil_water_weather_2022/owc_w_weather_climavue50.csv.gz",
        "owc-weather",
    ),
    "usses 2014 plot 12": (
        "usses_decagon_clock_faults/2014_1__12_13Apr14-1106.csv",
        "usses",
    ),
    "usses 2015 EM20069": (
        "usses_decagon_clock_faults/2015_1__EM20069_2015-04-30-1118.csv",
        "usses",
    ),
    "usses 2015 EM20086": (
        "usses_decagon_clock_faults/2015_1__EM20086_2015-04-30-1139.csv",
        "usses",
    ),
    "loganriver": ("loganriver_labelled_2014/FranklinBasin2014.csv.gz", "logan"),
    "nyc": ("nyc_airport_weather_2013/weather.csv.gz", "nyc"),
    **{
        f"singapore {name}": (
            f"singapore_weather_1min_2016_2017/{name}.csv.gz",
            "singapore",
        )
        for name in ("air-temperature", "relative-humidity", "wind-speed")
    },
}
HOUR_MS: Final = 3_600_000
LONGEST_HOLE_H: Final = 100  # h; the network looks less far, so more is as much
TROPICAL: Final = ("pasoh", "singapore")  # forms held to the climate of our lowland


def judged(series: Series, elevation_m: float | None) -> tuple[dict[str, Array], Array]:
    """Flags by check, and the rows that are reported; stamps must advance."""
    ms, values = series.ms, series.values
    told = np.ones(len(ms), dtype=bool)
    if series.is_learned:
        told[: len(ms) // 3] = False
    found: dict[str, Array] = dict(
        history.by_check(_limits(series, ~told, elevation_m), ms, values)
    )
    if series.others:
        others = zip(values, *series.others, strict=True)
        found["neighbours"] = np.array(
            [consistency.neighbours(x, rest, series.apart) for x, *rest in others]
        )
    if series.agrees is not None:
        name, check, parts = series.agrees
        found[name] = np.array(consistency.together(check, *parts))
    if series.quantity == "soil_moisture" and _is_hourly(ms):
        found |= _network(series)
    return found, told


def _limits(series: Series, past: Array, elevation_m: float | None) -> Checks:
    if series.quantity is None:
        low, high = series.span or (-np.inf, np.inf)
        base = Checks(possible=Span(low, high))
        return fit.checks(base, series.ms[past], series.values[past])
    override = None
    if series.quantity in LOWLAND and elevation_m is None:
        override = {"expected": series.site}  # another climate than ours
    return defaults.of(series.quantity, elevation_m=elevation_m, override=override)


def _is_hourly(ms: Array) -> bool:
    return len(ms) > 1 and bool(np.median(np.diff(ms)) <= HOUR_MS)


def _network(series: Series) -> dict[str, Array]:
    """The soil moisture network's flags, of the values at full hours."""
    at = np.flatnonzero(series.ms % HOUR_MS == 0)
    if not len(at):
        return {}
    ahead = np.minimum(np.diff(series.ms[at]) // HOUR_MS, LONGEST_HOLE_H)
    hours = np.concatenate(([0], np.cumsum(ahead)))
    grid = np.full(int(hours[-1]) + 1, np.nan)
    grid[hours] = series.values[at]
    found = {}
    for name, marks in ismn.soil_moisture(grid).items():
        flags = np.full(len(series.ms), Flag.UNCHECKED)
        flags[at] = np.where(marks[hours], Flag.SUSPECT, Flag.GOOD)
        found[f"ISMN {name}"] = flags
    return found


def advancing(series: Series) -> tuple[Series, int]:
    """The series without rows whose stamp does not advance, and how many those are."""
    newest = np.maximum.accumulate(np.concatenate(([-(2**62)], series.ms[:-1])))
    keep = series.ms > newest
    return series.only(keep), int((~keep).sum())


def report(
    path: Path, form: str, quantity: str | None, elevation_m: float | None
) -> list[str]:
    """The table of one file."""
    account, dropped, holes = Account(), 0, []
    for given in FORMS[form](path, quantity):
        if quantity not in (None, given.quantity, given.name):
            continue
        series, late = advancing(given)
        dropped = max(dropped, late)
        account.add(series, *judged(series, elevation_m))
        holes.append(clock_report.holes(series))
    if not account.scores:
        msg = f"{path.name} has no {quantity}"
        raise ValueError(msg)
    most = max(holes, key=lambda one: one.count, default=None)
    told = [HEAD, *account.lines()]
    if most is not None:
        told.append(
            f"holes in time: {most}; rows whose stamp did not advance: {dropped}"
        )
    return told


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report; exit code 2 if a file cannot be read."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="FILE", help="one file")
    parser.add_argument("--form", choices=[*FORMS, "clock"], default="plain")
    parser.add_argument("--quantity", metavar="NAME", help="only this one")
    parser.add_argument("--elevation", type=float, metavar="M", help="of the site")
    parser.add_argument("--labels", type=Path, help="clock jumps as known (form clock)")
    parser.add_argument("--charts", type=Path, metavar="FOLDER", help="draw them too")
    args = parser.parse_args(argv)
    try:
        for title, lines in _chosen(args):
            print(f"\n== {title}", *lines, sep="\n")
        if args.charts is not None:
            from tests.quality_charts import draw  # noqa: PLC0415  matplotlib is slow

            draw(args.charts)
    except (OSError, ValueError) as fault:
        print(f"quality-report: {fault}", file=sys.stderr)
        return 2
    return 0


def _chosen(args: argparse.Namespace) -> Iterator[tuple[str, list[str]]]:
    if args.data is not None and args.form == "clock":
        yield str(args.data), clock_report.report([args.data], args.labels)
    elif args.data is not None:
        yield (
            str(args.data),
            report(args.data, args.form, args.quantity, args.elevation),
        )
    else:
        data = data_folder()
        for name, (file, form) in SETS.items():
            elevation_m = 0.0 if form in TROPICAL else None
            yield name, report(data / file, form, args.quantity, elevation_m)
        yield from clock_report.usses(data)
        for title, found in (
            ("farmsense: rises of trap captures", recorded_pests.trap_table(data)),
            ("taiwan: wet days and EPIRICE", recorded_pests.blight_table(data)),
        ):
            widths = [max(map(len, column)) for column in zip(*found, strict=True)]
            yield (
                title,
                ["  ".join(map(str.rjust, row, widths)).rstrip() for row in found],
            )


if __name__ == "__main__":
    sys.exit(main())
