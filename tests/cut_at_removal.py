"""``canhdong``, killed as by a power cut where it removes a file of counts.

The interpreter announces each removal before the kernel does it; what was committed
until then is on the card, and the file is still there.
"""

import os
import signal
import sys

from gateway.main import main


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """End the process at the removal of a table of counts."""
    if event == "os.remove" and str(arguments[0]).endswith(".csv"):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.addaudithook(watch)
    sys.exit(main())
