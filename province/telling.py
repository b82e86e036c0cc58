"""What of a round of ingest goes to the log."""

import logging
from collections import Counter
from collections.abc import Sequence

from province.alarms import sentence
from province.intake import Batch, Heard, Passed, Refused
from province.records import Alarm

log = logging.getLogger(__name__)


def tell(heard: Sequence[Heard], alarms: Sequence[Alarm]) -> None:
    """Log what a person should know of a round, one line each."""
    for alarm in alarms:
        log.error("%s", sentence(alarm))
    for one in heard:
        if isinstance(one, Refused):
            log.warning("%s: payload %s refused: %s", one.identity, one.digest, one.why)
        elif isinstance(one, Batch) and one.bad:
            log.warning(
                "%s: %d of %d lines of batch %s quarantined, the first: %s",
                *(one.identity, len(one.bad), one.envelope.rows),
                *(one.envelope.batch, one.bad[0].why),
            )
    passed = Counter(one.why for one in heard if isinstance(one, Passed))
    for why, times in passed.items():
        log.warning("%d messages passed over: %s", times, why)
