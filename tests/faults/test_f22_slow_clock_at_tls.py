"""F22: a clock two years slow, by which the broker's certificate is not yet valid."""

from pathlib import Path

from gateway.reader import Reader
from tests import parts, programs
from tests.deploy.pki import Authority
from tests.wall_clock import WallClock

TWO_YEARS_S = 2 * 365 * 86_400


def test_the_uplink_says_tls_clock_keeps_readings_and_heals_by_itself(
    tmp_path: Path, influx, record_property
):
    wall, authority = WallClock(tmp_path), Authority(tmp_path)
    papers = authority.sign("localhost", "broker")
    parts.create_database(influx.port, "f22")
    secured = f'host = "127.0.0.1"\nca_file = "{authority.certificate}"'
    config = (
        f"allow_anonymous true\ncertfile {papers.certificate}\nkeyfile {papers.key}\n"
    )
    with parts.mosquitto(tmp_path, config=config) as broker:
        programs.gateway_config(
            tmp_path, broker.port, every_s=0.5,
            uplink=f"{secured}\nsend_every_s = 0.5",
        )  # fmt: skip
        programs.province_config(
            tmp_path, broker.port, programs.influx_store(influx.port, "f22")
        )
        path = tmp_path / "province.toml"
        text = path.read_text().replace('host = "127.0.0.1"', secured)
        path.write_text(text)
        wall.set(-TWO_YEARS_S)
        with wall.worn():
            gateway = programs.gateway(tmp_path).start()
        try:
            with programs.ingest(tmp_path), programs.simulator(tmp_path) as simulator:
                simulator.says("serving")
                parts.wait_until(
                    lambda: "tls_clock" in (
                        programs.status(tmp_path).get("link_error") or ""
                    )
                )  # fmt: skip
                why = programs.status(tmp_path)["link_error"]
                parts.wait_until(lambda: programs.status(tmp_path)["next"] > 32)
                held = programs.status(tmp_path)["acknowledged"]
                wall.set(0)
                parts.wait_until(
                    lambda: programs.status(tmp_path)["link"] == "up", within_s=60
                )
                last = programs.drained(tmp_path)
                parts.wait_until(
                    lambda: programs.status(tmp_path)["link_error"] is None
                )
                gateway.stop()
        finally:
            gateway.kill()

    reader = Reader(tmp_path / "data" / "buffer.db")
    assert "not yet valid" in why
    assert held == 0
    assert len(reader.rows(1, last)) == last
    record_property("figure", f"{last} rows kept and stored after the step")
    reader.close()
