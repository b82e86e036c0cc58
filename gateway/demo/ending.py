"""What stays when the play is over: the lot, the page, and commands to go on with."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.demo import page
from gateway.demo.card import Ending
from gateway.demo.chain import Chain
from gateway.demo.child import ChildFailed, programs
from gateway.demo.count import Report
from gateway.demo.gather import gather
from gateway.demo.words import Words

LOT: Final = "HANH-MD-01"  # of gateway/demo/registry/lots.csv


def ending_of(
    chain: Chain, report: Report, events: Sequence[tuple[str, float]]
) -> Ending:
    """Ask the province for the lot, write the page, and say where all of it is."""
    site, notes = chain.site, []
    lot = None
    try:
        lot = json.loads(chain.ask_province("lot", LOT, "--json"))
    except ChildFailed as fault:
        notes.append(Words("Không đọc được lô hàng", str(fault)))
    report = replace(report, lot=lot)
    told = gather(chain, report, events)
    site.report.write_text(page.render(told), encoding="utf-8")
    province = f"{programs()}canhdong-province {{}} -c {site.config('province')}"
    return Ending(
        report=report,
        page=str(site.report),
        notes=notes,
        commands=[
            *(province.format(what) for what in (f"lot {LOT}", "alerts", "ledger")),
            f"{programs()}canhdong alerts -c {site.config('gateway')}",
        ],
    )
