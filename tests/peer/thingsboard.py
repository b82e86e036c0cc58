"""The peer: ThingsBoard IoT Gateway from PyPI.

It runs in a virtual environment of its own, which is made once in the user's cache
folder.  Its settings are the best it has for keeping readings: SQLite storage,
QoS 1, every reading sent; and the best for speed: eight registers in one request,
no limits, no remote services, logs only of errors.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests import programs

PACKAGES: Final = (
    "thingsboard-gateway==3.8.5",
    "pymodbus==3.9.2",  # what its Modbus connector installs where it finds another
    "pyserial",
    "pyserial-asyncio",
)


def install(say: Callable[[str], object]) -> Path:
    """The interpreter that has the peer; made if it is not there.

    Raises
    ------
    RuntimeError
        It cannot be installed, with pip's last words.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    venv = cache / "canhdong" / PACKAGES[0].replace("==", "-")
    python, done = venv / "bin" / "python", venv / "whole"
    if done.exists():
        return python
    say(f"installing {' '.join(PACKAGES)} into {venv}")
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        [str(python), "-m", "pip", "install", "--quiet", *PACKAGES],
    ):
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            msg = f"{' '.join(command)}: {ended.stderr[-1000:]}"
            raise RuntimeError(msg)
    done.touch()
    return python


def gateway(
    folder: Path, python: Path, broker_port: int, port: Path
) -> programs.Program:
    """The peer, set up to ask the same devices as ours on the bus at ``port``."""
    config = folder / "config"
    config.mkdir(parents=True)
    (folder / "logs").mkdir()
    _write(config / "tb_gateway.json", _general(broker_port, folder))
    _write(config / "modbus.json", {"master": {"slaves": _slaves(port)}})
    _write(config / "logs.json", LOGS)
    return programs.Program(
        "thingsboard_gateway.tb_gateway",
        log=folder / "peer.log",
        python=python,
        folder=folder,
        environment=os.environ | {"TB_GW_CONFIG_DIR": f"{config}/"},
    )


def _general(broker_port: int, folder: Path) -> dict[str, Any]:
    return {
        "thingsboard": {
            "host": "127.0.0.1",
            "port": broker_port,
            "remoteShell": False,
            "remoteConfiguration": False,
            "statistics": {"enable": False},
            "deviceFiltering": {"enable": False},
            "maxPayloadSizeBytes": 8196,  # these three as shipped
            "minPackSendDelayMS": 50,
            "minPackSizeToSend": 500,
            "checkConnectorsConfigurationInSeconds": 3600,
            "handleDeviceRenaming": False,
            "security": {"type": "accessToken", "accessToken": "peer"},
            "qos": 1,
            "reportStrategy": {"type": "ON_RECEIVED"},
            "checkingDeviceActivity": {"checkDeviceInactivity": False},
            "rateLimits": "0:0,",
            "dpRateLimits": "0:0,",
            "messagesRateLimits": "0:0,",
            "deviceMessagesRateLimits": "0:0,",
            "deviceRateLimits": "0:0,",
            "deviceDpRateLimits": "0:0,",
        },
        "storage": {
            "type": "sqlite",
            "data_file_path": f"{folder}/data/",
            "messages_ttl_check_in_hours": 1,
            "messages_ttl_in_days": 7,
            "max_read_records_count": 1000,
        },
        "grpc": {"enabled": False},
        "connectors": [
            {
                "name": "bus",
                "type": "modbus",
                "configuration": "modbus.json",
            }
        ],
    }


def _slaves(port: Path) -> list[dict[str, Any]]:
    return [
        {
            "type": "serial",
            "method": "rtu",
            "port": str(port),
            "baudrate": 9600,
            "timeout": 1,
            "stopbits": 1,
            "bytesize": 8,
            "parity": "N",
            "byteOrder": "BIG",
            "wordOrder": "BIG",
            "retries": False,
            "pollPeriod": 1000,
            "unitId": address,
            "deviceName": f"d{address}",
            "sendDataOnlyOnChange": False,
            "connectAttemptTimeMs": 5000,
            "connectAttemptCount": 5,
            "waitAfterFailedAttemptsMs": 30000,
            "timeseries": [
                {
                    "tag": "v_${address}",
                    "type": "16uint",
                    "functionCode": 3,
                    "objectsCount": 1,
                    "address": "0-7",  # one request for all eight
                }
            ],
        }
        for address in range(1, 17)
    ]


_NAMES: Final = (
    "database",
    "service",
    "connector",
    "converter",
    "tb_connection",
    "storage",
    "extension",
)
LOGS: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {
        "consoleHandler": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "stream": "ext://sys.stdout",
        }
    },
    "loggers": {
        name: {"handlers": ["consoleHandler"], "level": "ERROR", "propagate": False}
        for name in _NAMES
    },
    "root": {"level": "ERROR", "handlers": ["consoleHandler"]},
}


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value))
