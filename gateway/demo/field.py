"""``canhdong demo --field``: a simulated field that is left running.

Gateway, broker and ingest run until Ctrl-C; other commands are tried on their
configs meanwhile.
"""

import sys
from pathlib import Path
from typing import Final

from gateway.demo.chain import Chain
from gateway.demo.child import ChildFailed, programs
from gateway.demo.pace import Pace
from gateway.demo.play import folder_of
from gateway.demo.stopping import stop_on_signal

LOOK_S: Final = 0.5


def run(folder: Path | None, speed: int) -> int:
    """Run the field until a signal, and return the exit code."""
    with stop_on_signal() as stop:
        chain = Chain(folder_of(folder), Pace.of_field(speed), None)
        try:
            chain.start()
            while not chain.says_how_it_is and not stop.wait(LOOK_S):
                chain.check()
            print("\n".join(_told(chain)), flush=True)
            while not stop.wait(LOOK_S):
                chain.check()
        except ChildFailed as fault:
            print(f"canhdong demo: {fault}", file=sys.stderr)
            return 1
        finally:
            chain.stop()
    return 0


def _told(chain: Chain) -> list[str]:
    gateway, province = chain.site.config("gateway"), chain.site.config("province")
    here = programs()
    return [
        "Ruộng mô phỏng đang chạy; Ctrl-C để dừng.",
        "The simulated field runs; Ctrl-C ends it.",
        f"  {gateway}",
        f"  {province}",
        f"  {here}canhdong status -c {gateway}",
        f"  {here}canhdong-province check -c {province}",
    ]
