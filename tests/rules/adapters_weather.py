"""Cases of psychrometrics, radiation, wind, ET0 and comfort, in our names and units."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rules.models import (
    comfort,
    humidity,
    longwave,
    psychrometrics,
    radiation,
    sun,
    wind,
)
from rules.models.daily_evapotranspiration import DayWeather, et0
from rules.models.evapotranspiration import Site, penman_monteith
from rules.models.hourly_evapotranspiration import (
    CD,
    CN,
    Terms,
    asce_short,
    fao56,
)
from rules.models.hourly_sky import HourWeather

Case = Mapping[str, Any]


def _ra_daily(case: Case) -> Case:
    place = case["lat_deg"], case["doy"]
    return {
        "dr": sun.relative_distance(case["doy"]),
        "delta_rad": sun.declination(case["doy"]),
        "ws_rad": sun.sunset_hour_angle(*place),
        "ra_MJ_m2_d": sun.extraterrestrial(*place),
        "n_hours": sun.daylight_hours(*place),
    }


def _rnl_daily(case: Case) -> Case:
    ratio = longwave.cloud_ratio(case["rs_MJ_m2_d"], case["rso_MJ_m2_d"])
    warmth = case["tmax_C"], case["tmin_C"], case["ea_kPa"]
    return {"rnl_MJ_m2_d": longwave.net_longwave(*warmth, ratio)}


def _rn_daily(case: Case) -> Case:
    short = radiation.net_shortwave(case["rs_MJ_m2_d"], case["albedo"])
    return {"rn_MJ_m2_d": short - case["rnl_MJ_m2_d"]}


HEIGHTS: Final = {"u2_m_s": 2.0, "u10_m_s": 10.0}
"""Heights of the anemometer [m] that stand in the name of a wind."""

CLEAR: Final = 1.0
"""Factor of clouds that refet 0.5.0 lets a low sun have."""


def _et0_daily(case: Case) -> Case:
    name = next((name for name in case if name in HEIGHTS), "uz_m_s")
    site = Site(
        latitude=case["lat_deg"],
        elevation=case["elev_m"],
        wind_height=HEIGHTS.get(name, case.get("zw_m")),
        is_coastal=case.get("krs") == radiation.COAST,
    )
    day: DayWeather[float] = DayWeather(
        day=case["doy"],
        tmax=case["tmax_C"],
        tmin=case["tmin_C"],
        vapour_pressure=case.get("ea_kPa"),
        dew_point=case.get("tdew_C"),
        humidity_max=case.get("rhmax_pct"),
        humidity_min=case.get("rhmin_pct"),
        humidity_mean=case.get("rhmean_pct"),
        solar=case.get("rs_MJ_m2_d"),
        sunshine=case.get("n_h"),
        wind=case.get(name),
        soil_heat=case.get("g_MJ_m2_d"),
    )
    return {"et0_mm_d": et0(day, site).et0_mm}


def _hour(case: Case, clock: float) -> HourWeather[float]:
    return HourWeather(
        day=case["doy"],
        clock=clock,
        temperature=case["t_C"],
        humidity=case["rh_pct"],
        wind=case["u2_m_s"],
        solar=case["rs_MJ_m2_h"],
    )


def _site(case: Case, utc_offset: float) -> Site:
    return Site(
        latitude=case["lat_deg"],
        elevation=case["elev_m"],
        wind_height=2.0,
        longitude=case["lon_deg"],
        utc_offset=utc_offset,
    )


def _told(terms: Terms[float], case: Case) -> Case:
    return {
        "sc_h": sun.seasonal_correction(case["doy"]),
        "omega_rad": terms.hour_angle,
        "ra_MJ_m2_h": terms.extraterrestrial,
        "rso_MJ_m2_h": terms.clear_sky,
        "rnl_MJ_m2_h": terms.net_longwave,
        "rn_MJ_m2_h": terms.net,
        "g_MJ_m2_h": terms.soil_heat,
        "et0_mm_h": terms.et0_mm,
    }


def _hourly_fao56(case: Case) -> Case:
    site = _site(case, case["tz_lon_deg"] / 15)
    hour = _hour(case, case["mid_clock_h"])
    return _told(fao56(hour, site, case.get("night_rs_rso")), case)


def _hourly_asce(case: Case) -> Case:
    site = _site(case, case["utc_offset_h"])
    hour = _hour(case, case["hour_start_local"] + 0.5)
    return _told(asce_short(hour, site, CLEAR), case)


def _hourly_from_net(case: Case) -> Case:
    warmth = case["t_C"]
    deficit = psychrometrics.saturation_vapour_pressure(warmth)
    deficit -= humidity.from_humidity(warmth, case["rh_pct"])
    mm = penman_monteith(
        case["rn_MJ_m2_h"] - case["g_MJ_m2_h"],
        warmth,
        case["u2_m_s"],
        deficit,
        psychrometrics.slope(warmth),
        psychrometrics.psychrometric_constant(case["pressure_kPa"]),
        (CN, CD),
    )
    return {"et0_mm_h": mm}


def _comfort(case: Case) -> Case:
    air = case["t_C"], case["rh_pct"]
    return {
        "dewpoint_C": comfort.dew_point(*air),
        "wet_bulb_C": comfort.wet_bulb(*air, case["p_hPa"]),
        "heat_index_C": comfort.heat_index(*air),
    }


ADAPTERS: Final[Mapping[str, Callable[[Case], Case]]] = {
    "psychro.pressure": lambda case: {
        "pressure_kPa": psychrometrics.pressure(case["elevation_m"])
    },
    "psychro.gamma": lambda case: {
        "gamma_kPa_C": psychrometrics.psychrometric_constant(case["pressure_kPa"])
    },
    "psychro.slope_svp": lambda case: {
        "delta_kPa_C": psychrometrics.slope(case["t_C"])
    },
    "psychro.es_daily": lambda case: {
        "es_kPa": psychrometrics.mean_saturation_vapour_pressure(
            case["tmax_C"], case["tmin_C"]
        )
    },
    "psychro.ea_rhmax_rhmin": lambda case: {
        "ea_kPa": humidity.from_extreme_humidities(
            case["tmax_C"], case["tmin_C"], case["rhmax_pct"], case["rhmin_pct"]
        )
    },
    "psychro.ea_wetdry": lambda case: {
        "ea_kPa": humidity.from_wet_bulb(
            case["t_dry_C"], case["t_wet_C"], case["pressure_kPa"], case["a_psy"]
        )
    },
    "wind.to_2m": lambda case: {
        "u2_m_s": wind.at_two_metres(case["uz_m_s"], case["z_m"])
    },
    "rad.ra_daily": _ra_daily,
    "rad.daylight_hours": _ra_daily,
    "rad.rs_from_sunshine": lambda case: {
        "rs_MJ_m2_d": radiation.from_sunshine(
            case["n_h"], case["N_h"], case["ra_MJ_m2_d"], (case["as"], case["bs"])
        )
    },
    "rad.rs_from_temperature": lambda case: {
        "rs_MJ_m2_d": radiation.from_temperature(
            case["tmax_C"], case["tmin_C"], case["ra_MJ_m2_d"], case["krs"]
        )
    },
    "rad.rnl_daily": _rnl_daily,
    "rad.rn_daily": _rn_daily,
    "rad.sigma_t4_daily": lambda case: {
        "sigma_T4_MJ_m2_d": longwave.black_body(case["t_C"])
    },
    "et0.daily_fao56": _et0_daily,
    "et0.hourly_fao56": _hourly_fao56,
    "et0.hourly_fao56_from_rn": _hourly_from_net,
    "et0.hourly_asce_short": _hourly_asce,
    "thermal.metpy": _comfort,
}
