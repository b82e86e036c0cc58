"""How long a condition has held is counted in field time, whatever a clock says."""

from gateway.inbox import Request
from gateway.records import Change
from gateway.segments import Segment
from tests.gateway.test_watch import BEGIN_MS, Site, stepped

QUARTER_S = 900


def looked_at(site: Site, *at_s: float) -> None:
    """Let the rules look at these seconds of field time."""
    for second in at_s:
        site.clock.now_s = second
        stepped(site.recorder, Request(Change(), at_once=True))


def test_a_clock_that_is_put_ahead_makes_no_hold_longer(tmp_path):
    site = Site(tmp_path)
    site.poll(-14.0, -15.5)  # below the limit since a moment ago; must hold an hour
    at_s = site.clock.now_s
    ahead = Segment(2, 1, round(at_s * 1000), BEGIN_MS + 3 * 3_600_000, "hello", 20)

    stepped(site.recorder, Request(Change(segments=[ahead])))
    looked_at(site, at_s + QUARTER_S, at_s + 2 * QUARTER_S)
    early = site.alerts()
    looked_at(site, at_s + 3700)

    assert early == []
    assert [alert.rule for alert in site.alerts()] == ["rice-water-low"]
    site.recorder.close()
