"""A Modbus RTU server that is not ours (pymodbus), as a process of its own.

Usage: python tests/drivers/foreign_slave.py PORT BAUDRATE ADDRESS=MODEL...
Serves ``words_of`` at each address until its standard input closes.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping

from drivers.devices import MODELS
from drivers.registers import ModbusModel


def words_of(model: ModbusModel, address: int) -> dict[int, int]:
    """Words by which model and address can be told apart in an answer."""
    registers = [*model.registers, *filter(None, [model.full_scale])]
    table = {word for r in registers for word in range(*r.extent)}
    words = {word: 100 * address + word for word in table}
    if model.name == "qdy30a":
        words |= {2: 1, 3: 1}
    return words


@contextlib.contextmanager
def serving(
    port: str, slaves: Mapping[int, ModbusModel], baudrate: int = 9600
) -> Iterator[None]:
    """Run the server on ``port`` while the context lasts."""
    command = [sys.executable, __file__, port, str(baudrate)]
    command += [f"{address}={model.name}" for address, model in slaves.items()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == b"ready\n"
            yield
        finally:
            server.stdin.close()
            server.wait(10)


async def serve(port: str, baudrate: int, slaves: Mapping[int, ModbusModel]) -> None:
    """Answer until standard input closes."""
    from pymodbus.server import ModbusSerialServer  # noqa: PLC0415  here alone
    from pymodbus.simulator import DataType, SimData, SimDevice  # noqa: PLC0415

    devices = [
        SimDevice(
            address,
            [
                SimData(word, values=value, datatype=DataType.REGISTERS)
                for word, value in sorted(words_of(model, address).items())
            ],
        )
        for address, model in slaves.items()
    ]
    server = ModbusSerialServer(devices, port=port, baudrate=baudrate)
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.shutdown()  # type: ignore[no-untyped-call]  # of pymodbus


def main() -> None:
    """Serve as the command line says."""
    port, baudrate, *listed = sys.argv[1:]
    slaves = {}
    for address, name in (item.split("=") for item in listed):
        model = MODELS[name]
        assert isinstance(model, ModbusModel)
        slaves[int(address)] = model
    asyncio.run(serve(port, int(baudrate), slaves))


if __name__ == "__main__":
    main()
