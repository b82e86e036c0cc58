"""The cases' names and units for the models of water, salt and methane."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from rules.models import (
    crop_coefficients,
    dual_kc,
    effective_rain,
    evaporation_layer,
    methane,
    salinity,
    soil_water,
)
from rules.models.crops import Coefficients, Lengths, Span
from rules.models.soils import EVAPORATION_DEPTH_M, Soil

Case = Mapping[str, Any]


def _climate_adjust(case: Case) -> Case:
    names = "kc_tab", "u2_m_s", "rhmin_pct", "h_m"
    return {"kc": crop_coefficients.climate_adjusted(*(float(case[n]) for n in names))}


def _stage_curve(case: Case) -> Case:
    lengths = Lengths(*(case[key] for key in ("lini", "ldev", "lmid", "llate")))
    k = Coefficients(*(case[key] for key in ("kini", "kmid", "kend")))
    return {"k": crop_coefficients.stage_curve(float(case["day"]), lengths, k)}


def _bare_soil(case: Case) -> Case:
    kcb, u2, rhmin, h = (case[key] for key in ("kcb", "u2_m_s", "rhmin_pct", "h_m"))
    kcmax = crop_coefficients.upper_limit(kcb, u2, rhmin, h)
    fc = crop_coefficients.cover(kcb, case["kcmin"], kcmax, h)
    drip = case["method"] in {"drip", "trickle"}
    few = crop_coefficients.exposed_wetted(fc, case["fw"], drip=drip)
    ke = crop_coefficients.evaporation(case["kr"], kcmax, kcb, few)
    return {"kcmax": kcmax, "fc": fc, "few": few, "ke": ke, "kc": kcb + ke}


def _bare_soil_drying(case: Case) -> Case:
    n = case["days"]
    tew, et0 = case["tew_mm"], np.full(n, case["et0_mm_d"])
    crust = evaporation_layer.evaporation_layer(
        et0,
        np.zeros(n),
        [],
        np.full(n, case["kcb"]),
        np.full(n, case["kcmax"]),
        1 - np.full(n, case["few"]),
        # a soil of that TEW: its wilting point alone does not enter
        Soil(
            theta_fc=tew / 1000 / EVAPORATION_DEPTH_M,
            theta_wp=0,
            rew_mm=case["rew_mm"],
        ),
        start_mm=case["de0_mm"],
    )
    return {
        "de_end_mm": crust.depletion_mm.tolist(),
        "etc_mm_d": ((crust.ke + case["kcb"]) * et0).tolist(),
    }


def _evaporation_layer(case: Case) -> Case:
    soil = Soil(
        theta_fc=case["theta_fc"],
        theta_wp=case["theta_wp"],
        rew_mm=case["rew_mm"],
        ze_m=case["ze_m"],
    )
    kcb, et0 = np.asarray(case["kcb"]), np.asarray(case["et0_mm_d"])
    crust = evaporation_layer.evaporation_layer(
        et0,
        np.asarray(case["rain_mm"]),
        [
            evaporation_layer.Irrigation(
                day=day, depth_mm=depth, fw=case["fw_irrigation"]
            )
            for day, depth in enumerate(case["irr_mm"])
            if depth
        ],
        kcb,
        np.full(kcb.size, case["kcmax"]),
        1 - np.asarray(case["one_minus_fc"]),
        soil,
        start_mm=soil.tew_mm if case["de0"] == "TEW" else case["de0"],
        events=case["events"].split()[0],
    )
    kc = crust.ke + kcb
    return {
        "tew_mm": soil.tew_mm,
        "kr": crust.kr.tolist(),
        "ke": crust.ke.tolist(),
        "kc": kc.tolist(),
        "etc_mm": (kc * et0).tolist(),
    }


def _taw_raw(case: Case) -> Case:
    taw = soil_water.total_available(case["theta_fc"], case["theta_wp"], case["zr_m"])
    return {"taw_mm": taw, "raw_mm": soil_water.readily_available(taw, case["p"])}


def _ks_series(case: Case) -> Case:
    taw = soil_water.total_available(case["theta_fc"], case["theta_wp"], case["zr_m"])
    days = soil_water.balance(
        case["dr0_mm"],
        case["kc"] * np.asarray(case["et0_mm_d"], float),
        taw,
        case["p"],
        rain_mm=np.asarray(case["rain_mm"], float),
        irrigation_mm=np.asarray(case["irr_mm"], float),
        fixed_p=case["p_fixed"],
    )
    return {
        "taw_mm": taw,
        "raw_mm": days.raw_mm[0],
        "ks": days.ks.tolist(),
        "etc_adj_mm": days.et_mm.tolist(),
        "dr_end_mm": days.depletion_mm.tolist(),
    }


def dual_kc_season(case: Case) -> dual_kc.Season:
    """Season of a case, whose ``par`` has pyfao56's names."""
    par = case["par"]
    n = len(case["et0_mm_d"])
    return dual_kc.season(
        np.asarray(case["et0_mm_d"]),
        np.asarray(case["rain_mm"]),
        np.full(n, case["rhmin_pct"]),
        np.full(n, case["u2_m_s"]),
        dual_kc.Growth(
            lengths=Lengths(*(par[key] for key in ("Lini", "Ldev", "Lmid", "Lend"))),
            kcb=Coefficients(*(par[key] for key in ("Kcbini", "Kcbmid", "Kcbend"))),
            height_m=Span(par["hini"], par["hmax"]),
            roots_m=Span(par["Zrini"], par["Zrmax"]),
            p=par["pbase"],
        ),
        Soil(
            theta_fc=par["thetaFC"],
            theta_wp=par["thetaWP"],
            rew_mm=par["REW"],
            ze_m=par["Ze"],
        ),
        par["theta0"],
        [
            evaporation_layer.Irrigation(
                day=one["day_1based"] - 1, depth_mm=one["depth_mm"], fw=one["fw"]
            )
            for one in case["irrigation"]
        ],
    )


def _dual_kc_season(case: Case) -> Case:
    got, days = dual_kc_season(case), case["days_reported_0based"]
    series = {
        "kcb": got.kcb,
        "ke": got.crust.ke,
        "taw_mm": got.taw_mm,
        "raw_mm": got.raw_mm,
        "ks": got.ks,
        "eta_mm": got.et_mm,
        "dp_mm": got.percolation_mm,
        "dr_mm": got.depletion_mm,
    }
    return {
        **{name: values[days].tolist() for name, values in series.items()},
        "sum_eta_mm": got.et_mm.sum(),
        "sum_dp_mm": got.percolation_mm.sum(),
    }


def _salinity_ks(case: Case) -> Case:
    share = case["raw_mm"] / case["taw_mm"]
    water = soil_water.stress(case["dr_mm"], case["taw_mm"], share)
    both = salinity.stress(
        case["ece_dS_m"], case["ece_thr"], case["b_pct"], case["ky"], water
    )
    return {"ks_no_salt": water, "ks": both}


def _maas_hoffman(case: Case) -> Case:
    salt = [case[key] for key in ("ece_dS_m", "ece_thr", "b_pct")]
    return {"yield_decline_pct": 100 - salinity.relative_yield(*salt)}


ADAPTERS: Final[Mapping[str, Callable[[Case], Case]]] = {
    "kc.climate_adjust": _climate_adjust,
    "kc.stage_curve": _stage_curve,
    "kc.kcmax_fc_few_ke": _bare_soil,
    "kc.bare_soil_drying": _bare_soil_drying,
    "swb.evap_layer_series": _evaporation_layer,
    "swb.taw_raw": _taw_raw,
    "swb.ks_series": _ks_series,
    "swb.p_adjust": lambda case: {
        "p": soil_water.depletion_fraction(case["p_table"], case["etc_mm_d"])
    },
    "swb.dual_kc_season": _dual_kc_season,
    "salinity.ks": _salinity_ks,
    "salinity.maas_hoffman": _maas_hoffman,
    "rain.effective_usda_scs_monthly": lambda case: {
        "peff_mm": effective_rain.monthly(float(case["p_month_mm"]))
    },
    "mrv.ch4_water_factor": lambda case: {
        "sf_w": methane.water_factor(case["regime"]),
        "reduction_pct": methane.reduction_percent(case["regime"]),
    },
}
"""From a model's name in the cases to the function that answers one."""
