"""Alerts, a registry and a ledger as the mail service finds them."""

import time
from datetime import datetime

from province.intake import Document, Event
from province.ledger import Ledger
from province.records import Round
from province.registry.records import Role
from province.registry.schema import COOPERATIVE, PLOT, RECIPIENT
from province.registry.store import Registry
from rules.text import HERE
from telemetry.messages import Alert, encode
from telemetry.topics import Identity
from tests.province.gateway import G1

NOW_MS = int(datetime(2026, 11, 24, 10, 31, tzinfo=HERE).timestamp() * 1000)
MINUTE_MS = 60_000
HOUR_MS = 3_600_000

WATER = Alert(
    id="rice-water-low-p17-7f3a9c12-1f4-1",
    episode="rice-water-low-p17-7f3a9c12-1f4",
    code="7F3",
    rule="rice-water-low",
    severity="warning",
    state="firing",
    subject="p17",
    audience="field",
    plot="p17",
    title_vi="Ruộng cần nước",
    title_en="Rice needs water",
    vi="Mực nước thửa 17 xuống −15,2 cm.",
    en="Water in plot 17 is at −15.2 cm.",
    do_vi="Cho nước vào ruộng tới 5 cm trên mặt đất.",
    do_en="Irrigate to 5 cm above the soil.",
    action="irrigate",
    value=-15.2,
    unit="cm",
    source="IRRI, safe AWD: 15 cm",
    threshold_state="sourced",
    boot="b1",
    since_ms=500,
    utc_ms=NOW_MS - MINUTE_MS,
)
PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("agronomist@example.com", "htx-moduc", "agronomist"),
    ("office@example.com", "*", "office"),
    ("technician@example.com", "htx-moduc", "technician"),
)


def now_ms() -> int:
    """UTC of this machine. [ms]"""
    return time.time_ns() // 1_000_000


def tell(ledger: Ledger, *alerts: Alert, who: Identity = G1, at_ms: int) -> None:
    """Let alerts of a gateway arrive."""
    events = [Event(who, alert.id, encode(alert)) for alert in alerts]
    ledger.record(Round(events=events), at_ms)


def meta(ledger: Ledger, payload: bytes, who: Identity = G1) -> None:
    """Let an ``up/meta`` arrive."""
    ledger.record(Round(documents=[Document(who, "up/meta", payload)]), NOW_MS)


def people(
    registry: Registry, *some: tuple[str, str, Role], has_plots: bool = True
) -> None:
    """Fill the registry."""
    with registry.transaction() as db:
        for email, coop, role in some:
            row = {"email": email, "coop": coop, "role": role, "name": "cán bộ"}
            db.execute(RECIPIENT.insert(), row)
        if has_plots:
            db.execute(
                COOPERATIVE.insert(),
                {"coop": "htx-moduc", "name": "HTX Mộ Đức", "commune": "21400"},
            )
            db.execute(
                PLOT.insert(),
                {"coop": "htx-moduc", "plot": "p17", "name": "thửa 17"}
                | {"locality": "xứ đồng Cây Gạo", "commune": "21400"}
                | {"area_m2": 1000.0, "elevation_m": None},
            )
