"""64 kbit/s: with 30 % loss at 800 ms there and back, and 5 s on and 20 s off.

All at once is more than TCP can do: a connection, hello and a batch need four round
trips, which seldom fit into 5 s where the retries of TCP have doubled to 8 s.
"""

import pytest

from tests.faults.network.radio import Radio, Weather
from tests.faults.network.rig import rig

SLOW = Weather(loss=0.3, delay_s=0.4, bytes_s=8000)
TURNS = Weather(delay_s=0.05, bytes_s=8000, up_s=5, down_s=20)
WITHIN_S = 300.0  # for 16 rows; one lost packet of three doubles TCP's waits
MOST_BYTES = 60.0  # of all traffic for each confirmed row; 14 on a wire at 50 rows


@pytest.mark.timeout(3 * WITHIN_S + 120)
@pytest.mark.parametrize("weather", [SLOW, TURNS], ids=["lossy", "5 s of 25"])
def test_over_a_bad_radio_the_confirmed_rows_grow(tmp_path, record_property, weather):
    with Radio(seed=33) as radio:
        here = f'send_every_s = 5\nhost = "{radio.outside}"'
        with (
            rig(
                tmp_path,
                mosquitto="allow_anonymous true\n",
                uplink=here,
                behind=("ip", "netns", "exec", radio.name),
                listen=radio.outside,
            ) as it,
            it.ingest,
        ):
            radio.weather = weather
            with it.gateway:
                it.flows(WITHIN_S)
                it.flows(WITHIN_S)
                it.flows(WITHIN_S)
                crossed = radio.bytes
                acknowledged = it.status["acknowledged"]
                radio.weather = Weather()
                kept = it.settled(90)

    a_row = crossed / acknowledged
    assert kept.is_whole
    assert a_row < MOST_BYTES
    record_property("figure", f"{acknowledged} rows at {a_row:.0f} bytes each: {kept}")
