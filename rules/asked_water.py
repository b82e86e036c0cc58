"""What rules ask of water: what the root zone lacks, and salt.

The models are FAO-56's (``rules.models``); the tables give crop and soil by the names
that the plot has.  Each estimate that stands in for a measurement makes the answer
doubtful, and is a step of its own.
"""

from statistics import fmean

from rules.asked_evaporation import FAO, crop_et, crop_of
from rules.history import Place
from rules.models import single_water
from rules.models.crops import Crop
from rules.models.soils import TEXTURES, Soil, middle
from rules.plot import Plot
from rules.scope import Scope
from rules.text import Measure
from rules.vocabulary import Value


def taw(scope: Scope) -> Value:
    """Water that the roots can take, from field capacity to wilting. [mm]"""
    zone = _zone(scope)
    if zone is None:
        return None
    _, soil, roots_m = zone
    found = single_water.total_available(soil.theta_fc, soil.theta_wp, roots_m)
    measure = Measure(found, "mm")
    scope.step("TAW", "TAW, all that roots can take", measure, f"{FAO} eq. 82")
    return found


def raw(scope: Scope) -> Value:
    """What of it they take without stress. [mm]"""
    zone, all_ = _zone(scope), taw(scope)
    if zone is None or all_ is None:
        return None
    p = zone[0].p
    if p is None:
        return None
    etc = crop_et(scope)
    if etc is None:  # the table's p, which is for 5 mm/d
        scope.is_doubtful = True
        scope.step("Chưa rõ ETc: lấy p của bảng", "ETc unknown: p of the table")
    else:
        p = single_water.depletion_fraction(p, etc)
    measure = Measure(p * all_, "mm")
    scope.step(
        "p, phần nước dễ lấy",
        "p, the share taken without stress",
        Measure(p, "1"),
        f"{FAO} table 22",
    )
    scope.step("RAW = p × TAW", "RAW = p × TAW", measure, f"{FAO} eq. 83")
    return p * all_


def raw_days(scope: Scope) -> Value:
    """For how many days of the crop's need that is enough. [d]"""
    ready, etc = raw(scope), crop_et(scope)
    if ready is None or etc is None:
        return None
    if etc <= 0:
        scope.lack("ETc of yesterday was 0")
        return None
    return ready / etc


def depletion(scope: Scope) -> Value:
    """Water that the root zone lacks to field capacity, by the plot's probes. [mm]"""
    zone = _zone(scope)
    if zone is None:
        return None
    _, soil, roots_m = zone
    probes = _probes(scope, roots_m)
    values = [scope.last(probe) for probe in probes]
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        scope.lack("nothing measures soil_moisture now")
        return None
    theta = fmean(known) / 100  # % to m³/m³
    found = single_water.depletion(soil.theta_fc, theta, roots_m)
    depth = max(found, 0.0)
    scope.facts["depth"] = Measure(depth, "mm")
    scope.facts["per_sao"] = Measure(single_water.per_sao(depth), "m³")
    moisture, lack = Measure(100 * theta, "%"), Measure(found, "mm")
    scope.step("Độ ẩm đất vùng rễ", "Soil moisture of the root zone", moisture)
    scope.step("Dr", "Dr, lacking to field capacity", lack, f"{FAO} eq. 87")
    return found


def _probes(scope: Scope, roots_m: float) -> list[Place]:
    """The plot's probes within its roots, else all of them."""
    all_ = scope.places("soil_moisture")
    return [probe for probe in all_ if -probe.z <= 100 * roots_m] or all_


def _zone(scope: Scope) -> tuple[Crop, Soil, float] | None:
    """Crop, soil and depth of the roots; of a range the smaller, for irrigation."""
    crop, plot = crop_of(scope), scope.plot
    if crop is None or plot is None:
        return None
    if crop.roots_m is None or crop.p is None or crop.p_of != "available":
        scope.lack(f"FAO-56 gives no root zone for {plot.crop}")
        return None
    if plot.soil not in TEXTURES:
        known = ", ".join(TEXTURES)
        scope.lack(f"[plots.{plot.id}] has no soil of the table; give one of {known}")
        return None
    soil = _soil(scope, plot)
    told = f"{plot.soil}: θFC {soil.theta_fc:g}, θWP {soil.theta_wp:g} m³/m³"
    vi = f"Đất {told.replace('.', ',')}"
    scope.step(vi, f"Soil {told}", source=f"{FAO} table 19")
    measure = Measure(crop.roots_m.low, "m")
    scope.step("Rễ sâu", "Root depth", measure, f"{FAO} table 22")
    return crop, soil, crop.roots_m.low


def _soil(scope: Scope, plot: Plot) -> Soil:
    """The soil of a texture, below its own field capacity where that is known."""
    typical = middle(plot.soil)
    if plot.field_capacity is None:
        scope.is_doubtful = True  # a typical soil, not this field's own
        return typical
    fc = plot.field_capacity / 100  # % to m³/m³
    wp = max(fc - (typical.theta_fc - typical.theta_wp), 0.0)
    return Soil(theta_fc=fc, theta_wp=wp, rew_mm=0.0)


def own_soil(scope: Scope) -> Value:
    """Whether somebody has measured this plot's own field capacity.

    Notes
    -----
    A texture's range is 10 points wide, all readily available water of onion is 4.5:
    by its middle the alert would stand all season or never come.
    """
    if scope.plot is None:
        return None
    if scope.plot.field_capacity is None:
        scope.lack(
            f"[plots.{scope.plot.id}] has no field_capacity; give what the probe shows"
            " a day or two after the soil was soaked"
        )
        return False
    return True


# --- salt ----------------------------------------------------------------------


def salinity(scope: Scope, quantity: str) -> Value:
    """Salinity of water by its conductivity, PSS-78. [g/L, near enough]"""
    value = scope.last(scope.where(quantity))
    if value is None or value < 0:
        return None
    found = single_water.practical_salinity(value)
    if found is None:
        scope.lack(f"{value:g} dS/m is beyond the scale of salinity")
        return None
    measure = Measure(found, "g/L")
    scope.step("Độ mặn theo PSS-78", "Salinity by PSS-78", measure, "UNESCO 44, 1983")
    return found
