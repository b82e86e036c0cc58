"""Tables and seasons against pyfao56, on a year of recorded weather.

Weather: Arizona Meteorological Network at Maricopa, as in pyfao56's tests, CC0.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from rules.models.crops import CROPS, Lengths, Span
from rules.models.dual_kc import Growth, Season, season
from rules.models.evaporation_layer import Irrigation
from rules.models.kinds import Floats
from rules.models.soils import middle
from rules.models.wind import at_two_metres
from tests.replay import data_folder

pyfao56 = pytest.importorskip("pyfao56", reason="pyfao56 is not installed")

FOLDER = data_folder() / "maricopa_cotton_2022"
YEAR = 2012
HEIGHT_AT_SOWING_M = 0.05
ROOTS_AT_SOWING_M = 0.15
COLUMNS = ("Srad", "Tmax", "Tmin", "Vapr", "Tdew", "RHmax", "RHmin", "Wndsp", "Rain")

NAMES = {
    "rice": ("rice", "rice", "rice"),
    "maize": ("maize grain", "maize field grain corn harvested wet", None),
    "maize-dry": ("maize grain", "maize field grain corn 18% moisture", None),
    "maize-sweet": ("maize sweet", "maize sweet corn fresh", "maize sweet corn"),
    "groundnut": ("groundnut", "groundnut peanut", "groundnut peanut"),
    "sugarcane": ("sugarcane virgin", "sugarcane", "sugarcane"),
    "sugarcane-ratoon": ("sugarcane ratoon", "sugarcane", "sugarcane"),
    "cassava": ("cassava year 1",) * 3,
    "cassava-2": ("cassava year 2",) * 3,
    "onion": ("onion dry", "onions dry", "onions dry"),
    "onion-green": ("onion green", "onions green", None),
    "garlic": (None, "garlic", "garlic"),
    "chilli": ("sweet peppers bell",) * 3,
    "tomato": ("tomato",) * 3,
    "eggplant": ("eggplant",) * 3,
    "cabbage": ("cabbage",) * 3,
    "cucumber": ("cucumber", "cucumber fresh market", "cucumber fresh market"),
    "watermelon": (None, "watermelon", "watermelon"),
    "soybean": ("soybeans",) * 3,
    "sweet-potato": ("sweet potato",) * 3,
    "banana": ("banana first year",) * 3,
    "banana-2": ("banana second year",) * 3,
    "citrus": ("citrus", "citrus no ground cover 70% canopy", "citrus 70% canopy"),
}
"""Our crops by the names of their rows in tables 11, 12 and 17, and 22."""


def _rows(table: Any, name: str) -> Iterator[list[float]]:
    """Figures of all rows of that name; pyfao56 keeps them as text."""
    for row in table.itertuples(index=False):
        cells = [str(cell).strip() for cell in row]
        if cells[0] == name:
            yield [float(cell) for cell in cells[1:] if _is_number(cell)]


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_crop_s_row_is_that_of_pyfao56(name: str) -> None:
    tables = pyfao56.tools.FAO56Tables()
    lengths, k, roots = NAMES[name]
    crop = CROPS[name]
    assert crop.kc is not None
    assert crop.kcb is not None

    if lengths is not None:
        known = [row[:4] for row in _rows(tables.table11, lengths)]
        assert [list(one) for one in crop.lengths if list(one) not in known] == []
    assert [*crop.kc, crop.height_m] in list(_rows(tables.table12, k))
    assert list(crop.kcb) in list(_rows(tables.table17, k))
    if roots is not None:
        assert crop.roots_m is not None
        assert [*crop.roots_m, crop.p] in list(_rows(tables.table22, roots))


@dataclass(frozen=True)
class Year:
    """A year of weather at Maricopa."""

    rows: list[dict[str, str]]

    def column(self, name: str) -> Floats:
        return np.array([float(row[name]) for row in self.rows])


@pytest.fixture(scope="module")
def year() -> Year:
    path = FOLDER / "azmet_daily_2003_2020.csv"
    if not path.is_file():
        pytest.skip(f"recording {FOLDER.name} is not in {FOLDER.parent}")
    with path.open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["Year"] == str(YEAR)]
    assert len(rows) == 366
    return Year(rows)


WATERED = [Irrigation(day=day, depth_mm=28, fw=0.6) for day in range(6, 360, 11)]


@pytest.mark.real  # pyfao56 takes 3 s for a year
@pytest.mark.filterwarnings("ignore")  # of pandas, in pyfao56
@pytest.mark.parametrize(
    ("name", "texture"), [("maize", "loam"), ("onion", "sandy-loam")]
)
def test_a_year_is_that_of_pyfao56_day_by_day(
    year: Year, name: str, texture: str
) -> None:
    ours = _ours(year, name, texture)
    theirs = _theirs(year, name, texture)

    worst = {
        column: float(np.abs(values - theirs[column].to_numpy(float)).max())
        for column, values in {
            "Kcb": ours.kcb,
            "Kcmax": ours.kcmax,
            "Ke": ours.crust.ke,
            "De": ours.crust.depletion_mm,
            "TAW": ours.taw_mm,
            "RAW": ours.raw_mm,
            "Ks": ours.ks,
            "ETa": ours.et_mm,
            "DP": ours.percolation_mm,
            "Dr": ours.depletion_mm,
        }.items()
    }
    print(name, {column: f"{one:.1e}" for column, one in worst.items()})
    assert max(worst.values()) < 1e-6


def _growth(name: str) -> Growth:
    crop = CROPS[name]
    assert crop.kcb is not None
    assert crop.height_m is not None
    assert crop.roots_m is not None
    assert crop.p is not None
    whole = Lengths(*(round(days) for days in crop.lengths[0].scaled_to(300)))
    return Growth(
        lengths=whole,
        kcb=crop.kcb,
        height_m=Span(HEIGHT_AT_SOWING_M, crop.height_m),
        roots_m=Span(ROOTS_AT_SOWING_M, crop.roots_m.low),
        p=crop.p,
    )


def _ours(year: Year, name: str, texture: str) -> Season:
    soil = middle(texture)
    return season(
        year.column("ETref"),
        year.column("Rain"),
        year.column("RHmin"),
        at_two_metres(year.column("Wndsp"), np.full(366, 3.0)),
        _growth(name),
        soil,
        soil.theta_fc - 0.05,
        WATERED,
    )


def _theirs(year: Year, name: str, texture: str) -> Any:
    grown, soil = _growth(name), middle(texture)
    par = pyfao56.Parameters()
    par.Kcbini, par.Kcbmid, par.Kcbend = grown.kcb
    par.Lini, par.Ldev, par.Lmid, par.Lend = grown.lengths
    par.hini, par.hmax = grown.height_m
    par.Zrini, par.Zrmax = grown.roots_m
    par.pbase = grown.p
    par.thetaFC, par.thetaWP = soil.theta_fc, soil.theta_wp
    par.theta0 = soil.theta_fc - 0.05
    par.Ze, par.REW = soil.ze_m, soil.rew_mm
    weather = pyfao56.Weather()
    weather.rfcrp, weather.wndht, weather.z, weather.lat = "S", 3.0, 361.0, 33.069
    for row in year.rows:
        figures = {
            column: float(row.get(column, "nan")) for column in (*COLUMNS, "ETref")
        }
        key = f"{YEAR}-{int(row['DOY']):03}"
        weather.wdata.loc[key] = [*figures.values(), "M"]
    given = pyfao56.Irrigation()
    for one in WATERED:
        given.addevent(YEAR, one.day + 1, one.depth_mm, one.fw)
    model = pyfao56.Model(f"{YEAR}-001", f"{YEAR}-366", par, weather, irr=given)
    model.run()
    return model.odata
