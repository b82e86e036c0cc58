"""Surveys of bacterial blight in Taiwan against sums of the weather before them."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from rules.models import epirice
from rules.models.epirice_diseases import BACTERIAL_BLIGHT

Row = tuple[str, ...]

BLIGHT: Final = "taiwan_rice_blb_2018_2022"
BLIGHT_SOURCE: Final = (
    "BLB_TW, https://github.com/Raingel/BLB_TW, CC BY 4.0; station weather from the"
    " Central Weather Administration, Taiwan"
)
BLIGHT_NOTE: Final = (
    "The classes are balanced by design: no base rate of fields can be read from this."
    "  A survey without illness is one of a field some weeks before it fell ill, so the"
    " ill ones stand later in a season that dries up: the day of the year tells them"
    " apart, and wet days seem to protect.  Among surveys within 10 days of the"
    " year of each other neither sum tells ill from well."
)
REPEATS: Final = 2000  # of the bootstrap
SEED: Final = 5
SAME_SEASON_D: Final = 10  # d of the year between two surveys that are compared


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey, and the weather from 21 to 3 days before it."""

    field: str
    is_ill: bool
    is_onset: bool  # ill for the first time, or a survey matched to one that is
    score: float  # sum of f(T) × wet [d]
    wet: float  # wet days
    day: float  # of the year


def surveys(folder: Path) -> list[Survey]:
    """All surveys, each with its sums over the 19 days."""
    days: dict[str, list[tuple[float, float, float]]] = {}
    with gzip.open(folder / "station_weather_daily.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            days.setdefault(row["sample_index"], []).append(
                (
                    float(row["temperature_2m_mean"]),
                    float(row["relative_humidity_2m_mean"]),
                    float(row["precipitation_sum"]),
                )
            )
    return [_survey(row, days[row["sample_index"]]) for row in rows(
        folder / "survey_labels.csv")]  # fmt: skip


def _survey(row: dict[str, str], days: list[tuple[float, float, float]]) -> Survey:
    warmth, humidity, rain = np.array(days).T
    wet = epirice.wet_day(humidity, rain)
    score = epirice.temperature_response(BACTERIAL_BLIGHT, warmth) * wet
    is_ill = row["class"] == "1"
    return Survey(
        field=row["FieldID"],
        is_ill=is_ill,
        is_onset=not is_ill or "=initial_onset" in row["note"],
        score=float(score.sum()),
        wet=float(wet.sum()),
        day=datetime.strptime(row["date"], "%Y/%m/%d").timetuple().tm_yday,  # noqa: DTZ007
    )


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file, skipinitialspace=True)


@dataclass(frozen=True, slots=True)
class Auc:
    """Chance that an ill survey had the greater score, and its interval."""

    best: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.best:.3f} ({self.low:.3f} to {self.high:.3f})"


def auc(some: Sequence[Survey], scores: Sequence[float], within_d: float) -> Auc:
    """Area under the curve, ties by half, with a 95 % bootstrap over whole fields.

    Only surveys within ``within_d`` days of the year of each other are compared.
    Surveys of one field share its weather and are not independent: fields are drawn,
    with all that was surveyed there.
    """
    ill = np.array([one.is_ill for one in some])
    score, day = np.array(scores), np.array([one.day for one in some])
    above = score[ill][:, None] - score[~ill][None, :]
    apart = np.abs(day[ill][:, None] - day[~ill][None, :])
    pairs = (apart <= within_d).astype(float)
    wins = ((above > 0) + 0.5 * (above == 0)) * pairs
    names, field = np.unique([one.field for one in some], return_inverse=True)
    rng = np.random.default_rng(SEED)
    picks = rng.integers(0, len(names), (REPEATS, len(names)))
    drawn = np.array([np.bincount(one, minlength=len(names)) for one in picks])
    times = drawn[:, field].astype(float)  # each survey was drawn, in each repeat
    compared = ((times[:, ill] @ pairs) * times[:, ~ill]).sum(axis=1)
    found = ((times[:, ill] @ wins) * times[:, ~ill]).sum(axis=1) / compared
    low, high = np.quantile(found, [0.025, 0.975])
    return Auc(best=float(wins.sum() / pairs.sum()), low=float(low), high=float(high))


def blight_table(data: Path) -> list[Row]:
    """AUC of two sums over the 19 days, and of the calendar, against the class."""
    found = surveys(data / BLIGHT)
    onset = [one for one in found if one.is_onset]
    table: list[Row] = [("surveys", "ill", "well", "fields", "score", "AUC (95 %)")]
    for name, some, within_d in (
        ("all", found, 366),
        ("first illness and its matches", onset, 366),
        (f"all, within {SAME_SEASON_D} days of the year", found, SAME_SEASON_D),
    ):
        ill = sum(one.is_ill for one in some)
        sizes = ill, len(some) - ill, len({one.field for one in some})
        for kind, scores in (
            ("EPIRICE f(T) × wet, 19 days", [one.score for one in some]),
            ("wet days of 19", [one.wet for one in some]),
            ("day of the year", [one.day for one in some]),
        ):
            result = str(auc(some, scores, within_d))
            table.append((name, *map(str, sizes), kind, result))
    return table
