"""``canhdong requeue``: quarantined rows become ordinary unsent rows again."""

import argparse
import sys

from gateway import check
from gateway.buffer import Buffer
from gateway.lock import locked
from gateway.soundness import refuse_foreign
from telemetry.clock import boot_id


def run(args: argparse.Namespace) -> int:
    """Empty the quarantine of a stopped gateway's buffer."""
    config = check.load(args.config)
    refuse_foreign(config.buffer_path)  # it would get our tables
    with locked(config.data_dir) as is_ours:
        if not is_ours:
            print("the gateway runs: stop it first, then try again", file=sys.stderr)
            return 1
        buffer = Buffer(config.buffer_path, config.coop, config.gateway, boot_id())
        reasons = buffer.release_quarantine()
        buffer.close()
    for why, rows in sorted(reasons.items()):
        print(f"{rows} readings refused for: {why}")
    print(f"{sum(reasons.values())} readings will be sent again at the next start")
    return 0
