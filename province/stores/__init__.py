"""Stores of readings: InfluxDB 1, InfluxDB 2 and 3, and SQLite, behind one seam."""

from pathlib import Path

from province.config import StoreTable, secret, token
from province.stores.base import Store


def open_store(table: StoreTable) -> Store:
    """Open the store that ``[store]`` names; the database need not answer yet."""
    # Each kind is imported where it is chosen: influxdb_client costs 0.3 s.
    match table.kind:
        case "influx1":
            from province.stores.influx1 import Influx1  # noqa: PLC0415

            return Influx1(
                url=table.url or "",
                database=table.database or "",
                username=table.username,
                password=secret(table.password_file),
            )
        case "influx2":
            from province.stores.influx2 import Influx2  # noqa: PLC0415

            return Influx2(
                url=table.url or "",
                token=token(table.token_file),
                bucket=table.bucket or "",
                org=table.org or "",
                database=table.database or table.bucket or "",
            )
        case "sqlite":
            from province.stores.sqlite import SqliteStore  # noqa: PLC0415

            return SqliteStore(Path(table.path or ""))
