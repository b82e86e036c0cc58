"""One line: which tests this machine could not run, and what each would need."""

import sys
import xml.etree.ElementTree as ET


def left_out(*reports: str) -> str:
    """Reasons of all skips in JUnit reports, each once."""
    reasons = [
        skip.get("message", "")
        for report in reports
        for skip in ET.parse(report).iter("skipped")  # noqa: S314 - pytest's own file
    ]
    if not reasons:
        return "left out: nothing"
    return f"left out: {len(reasons)} tests: {'; '.join(dict.fromkeys(reasons))}"


if __name__ == "__main__":
    print(left_out(*sys.argv[1:]))
