"""The devices that are supported: one module each, listed here by hand."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drivers.devices.cwt_soil_thc_s import CWT_SOIL_THC_S
from drivers.devices.qdy30a import QDY30A
from drivers.devices.rg15 import RG15
from drivers.devices.s_ym_01 import S_YM_01
from drivers.devices.sim_probe import SIM_PROBE
from drivers.devices.waveshare_analog_8ch import WAVESHARE_ANALOG_8CH
from drivers.devices.wb_mcm8 import WB_MCM8
from drivers.devices.wn90lp import WN90LP
from drivers.devices.xy_md02 import XY_MD02
from drivers.line import LineModel
from drivers.registers import ModbusModel

Model = ModbusModel | LineModel

_ALL: Final[tuple[Model, ...]] = (
    CWT_SOIL_THC_S,
    QDY30A,
    WB_MCM8,
    WAVESHARE_ANALOG_8CH,
    WN90LP,
    XY_MD02,
    S_YM_01,
    RG15,
    SIM_PROBE,
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType({m.name: m for m in _ALL})
"""Every device by the name that a config gives it."""
