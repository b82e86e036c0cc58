"""Quantities as people in the field say them, in Vietnamese.

Their English names are those of ``telemetry.quantity``, in words.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

QUANTITIES_VI: Final[Mapping[str, str]] = MappingProxyType(
    {
        "soil_moisture": "độ ẩm đất",
        "soil_temperature": "nhiệt độ đất",
        "soil_conductivity": "độ dẫn điện của đất",
        "soil_ph": "độ pH của đất",
        "water_level": "mực nước",
        "water_conductivity": "độ dẫn điện của nước",
        "air_temperature": "nhiệt độ không khí",
        "relative_humidity": "độ ẩm không khí",
        "leaf_wetness": "độ ướt lá",
        "air_pressure": "khí áp",
        "solar_radiation": "bức xạ mặt trời",
        "wind_speed": "tốc độ gió",
        "wind_gust": "gió giật",
        "illuminance": "độ rọi",
        "co2": "khí CO₂",
        "battery_voltage": "điện áp ắc quy",
        "supply_voltage": "điện áp nguồn",
        "enclosure_temperature": "nhiệt độ trong hộp",
        "wind_direction": "hướng gió",
        "rain_total": "lượng mưa",
        "water_volume": "lượng nước qua đồng hồ",
        "pulse_count": "số xung",
        "trap_beam_breaks": "lượt cắt tia của bẫy",
        "poll_count": "số lần trả lời",
        "trap_count": "sâu hại vào bẫy",
        "pest_density": "mật độ sâu hại",
        "pest_per_tiller": "sâu hại trên dảnh",
        "plants_affected": "tỷ lệ cây bị hại",
        "pump_state": "máy bơm",
    }
)
