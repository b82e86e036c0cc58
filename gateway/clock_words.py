"""What people call the sources of time: Vietnamese first, English beside it."""

from typing import Final

SOURCES: Final = {
    "ntp": (
        "Giờ mạng (NTP) của trạm",
        "The gateway's network time (NTP)",
        "Hãy kiểm tra máy chủ giờ (NTP).",
        "Check the NTP server.",
    ),
    "gps": (
        "Giờ GPS của trạm",
        "The gateway's GPS time",
        "Hãy kiểm tra bộ thu GPS.",
        "Check the GPS receiver.",
    ),
    "modem": (
        "Giờ của modem",
        "The modem's time",
        "Hãy kiểm tra modem và SIM.",
        "Check the modem and its SIM.",
    ),
    "rtc": (
        "Đồng hồ trên bo mạch (RTC)",
        "The clock on board (RTC)",
        "Hãy kiểm tra pin của đồng hồ.",
        "Check its battery.",
    ),
    "person": (
        "Giờ do người nhập",
        "The time that a person gave",
        "Hãy nhập lại giờ đúng: canhdong clock.",
        "Give the right time: canhdong clock.",
    ),
}
"""Vietnamese and English name of each source of time, and what to do about it."""
