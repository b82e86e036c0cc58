"""The same tests by others: QARTOD's by ioos_qc, soil moisture's by flagit."""

import csv
import gzip
import warnings
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.quality import history, ismn
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span
from rules.quality.spike import Spike
from rules.quality.steps import rate
from telemetry.reading import Flag
from tests.replay import data_folder

pytestmark = pytest.mark.real  # their imports alone take seconds

PASOH: Final = data_folder() / "pasoh_weather_2016" / "pasoh_2016_5min.csv.gz"
OWC: Final = data_folder() / "oldwomancreek_soil_water_weather_2022"
COLUMNS: Final = ("AirTC_Avg", "AirTC_2_Avg", "AirTC_3_Avg", "RH", "RH_2", "RH_3")
has_data = pytest.mark.skipif(
    not PASOH.is_file() or not OWC.is_dir(), reason="CANHDONG_DATA has no recordings"
)
SEED: Final = 20161


@cache
def theirs() -> Any:
    """Pandas, ioos_qc's tests and flagit's, of which only these tests know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandas = import_module("pandas")
        qartod = import_module("ioos_qc.qartod")
        interface = import_module("flagit.flagit").Interface
    return SimpleNamespace(pd=pandas, qartod=qartod, Interface=interface)


@cache
def pasoh() -> dict[str, Any]:
    """A year of three thermo-hygrometers, every five minutes."""
    with gzip.open(PASOH, "rt") as text:
        rows = list(csv.DictReader(text))
    found = {name: np.array([float(row[name]) for row in rows]) for name in COLUMNS}
    stamps = np.array([row["TIMESTAMP"] for row in rows], "datetime64[ms]")
    return found | {"ms": stamps.astype(float), "at": stamps}


def regular(values: Any, step_s: int) -> tuple[Any, Any]:
    ms = np.arange(len(values)) * step_s * 1000
    return ms, ms.astype("datetime64[ms]")


@has_data
@pytest.mark.parametrize("column", COLUMNS)
def test_a_recorded_year_gets_the_flags_of_ioos_qc(column: str) -> None:
    values, ms, at = pasoh()[column], pasoh()["ms"], pasoh()["at"]
    whole = slice(0, 70_000)  # before the one gap
    ours = (
        history.gross_range(values, Span(-80, 60), Span(5, 43)),
        history.spikes(Spike(1.5, 4.0), ms, values),
        history.change(rate(0.01), ms, values),
        history.flat_line(FlatLine(0.5, 3600, 7200), ms[whole], values[whole]),
    )
    other = (
        theirs().qartod.gross_range_test(values, (-80, 60), (5, 43)),
        theirs().qartod.spike_test(values, 1.5, 4.0),
        theirs().qartod.rate_of_change_test(values, at, 0.01),
        theirs().qartod.flat_line_test(values[whole], at[whole], 3600, 7200, 0.5),
    )

    for mine, yours in zip(ours, other, strict=True):
        assert np.array_equal(mine, np.asarray(yours))
    assert all((mine > Flag.GOOD).any() for mine in ours[1:])


VALUES = st.lists(
    st.one_of(st.sampled_from([20.0, 20.1, 20.3]), st.floats(-100, 100)),
    min_size=3,
    max_size=50,
)


@given(VALUES, st.sets(st.integers(0, 49), max_size=5))
def test_any_series_gets_the_range_and_spike_flags_of_ioos_qc(
    values: list[float], gaps: set[int]
) -> None:
    x = np.array(values)
    x[[gap for gap in gaps if gap < len(x)]] = np.nan

    assert np.array_equal(
        history.gross_range(x, Span(-50, 50), Span(0, 40)),
        theirs().qartod.gross_range_test(x, (-50, 50), (0, 40)),
    )
    assert np.array_equal(
        history.spikes(Spike(0.15, 30), np.arange(len(x)), x),
        theirs().qartod.spike_test(x, 0.15, 30),
    )


@given(VALUES, st.sampled_from([60, 600, 900]))
def test_any_series_without_gaps_gets_the_other_flags_of_ioos_qc(
    values: list[float], step_s: int
) -> None:
    x = np.array(values)
    ms, at = regular(x, step_s)

    assert np.array_equal(
        history.change(rate(0.05), ms, x),
        theirs().qartod.rate_of_change_test(x, at, 0.05),
    )
    limits = 3 * step_s, 6 * step_s
    assert np.array_equal(
        history.flat_line(FlatLine(0.2, *limits), ms, x),
        theirs().qartod.flat_line_test(x, at, *limits, 0.2),
    )


def network(moisture: Any, water_mm: Any, depth_m: float) -> dict[str, Any]:
    """What flagit says of an hourly series, by flag."""
    pd = theirs().pd
    at = pd.date_range("2022-01-01", periods=len(moisture), freq="h")
    frame = pd.DataFrame({"soil_moisture": moisture, "precipitation": water_mm}, at)
    names = ["C01", "C02", "C03", "D04", "D06", "D07", "D09", "D10"]  # D07 does D08
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a younger pandas
        marked = (
            theirs()
            .Interface(frame)
            .run(name=names, sat_point=48.0, depth_from=depth_m)
        )
    found = marked["qflag"].reindex(at)
    return {
        name: np.array([isinstance(one, set) and name in one for one in found])
        for name in [*names, "D08"]
    }


def assert_same(moisture: Any, water_mm: Any, depth_m: float = 0.05) -> dict[str, int]:
    theirs = network(moisture, water_mm, depth_m)
    ours = ismn.soil_moisture(
        moisture, saturation=48.0, water_mm=water_mm, depth_m=depth_m
    )

    assert ours.keys() == theirs.keys()
    for name, marks in ours.items():
        assert np.array_equal(marks, theirs[name]), name
    return {name: int(marks.sum()) for name, marks in ours.items()}


def test_a_probe_with_every_fault_gets_the_flags_of_flagit() -> None:
    seen: dict[str, int] = {}
    for seed in range(3):
        moisture, water = faulty(seed)
        for name, count in assert_same(moisture, water).items():
            seen[name] = seen.get(name, 0) + count

    assert all(count > 0 for name, count in seen.items())


def faulty(seed: int) -> tuple[Any, Any]:
    """Two months of soil that is wetted and dries, with spikes, breaks and holes."""
    rng = np.random.default_rng(SEED + seed)
    n = 1500
    hours = np.arange(n)
    x = 25 + rng.normal(0, 0.05, n)
    for at in rng.integers(0, n, 8):
        x[at:] += 12 * np.exp(-hours[: n - at] / 60)
    for at in rng.integers(30, n - 30, 10):
        x[at] *= rng.choice([0.6, 1.4])
    for at in rng.integers(30, n - 80, 6):
        x[at : at + 2] = x[at] * rng.choice([0.6, 1.4])
    for at in rng.integers(30, n - 80, 3):
        x[at : at + 60] = rng.choice([0.0, 8.0])
    for at in rng.integers(30, n - 80, 3):
        x[at : at + 40] = 45.0
    x[rng.integers(0, n, 3)] = [-2.0, 61.0, 75.0]
    for at in rng.integers(0, n, 4):
        x[at : at + 5] = np.nan
    return np.round(x, 2), np.where(rng.random(n) < 0.02, 5.0, 0.0)


@has_data
@pytest.mark.parametrize(
    ("file", "column"),
    [("owc_tr", "TerosB(2,1)"), ("owc_w", "TerosC(2,1)"), ("owc_w", "TerosC(3,1)")],
)
def test_a_recorded_probe_gets_the_flags_of_flagit(file: str, column: str) -> None:
    pd = theirs().pd
    soil = pd.read_csv(OWC / f"{file}_soil_teros12_15min.csv.gz", na_values="NAN")
    at = pd.to_datetime(soil["TIMESTAMP"])
    counts = soil.set_index(at)[column].loc[lambda one: one.index.minute == 0]
    moisture = (3.879e-4 * counts.groupby(level=0).first().asfreq("h") - 0.6956) * 100
    nothing = np.zeros(len(moisture))

    assert sum(assert_same(moisture.to_numpy(), nothing).values()) > 0
