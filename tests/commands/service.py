"""The service as a supervisor runs it: with a socket it reports to, its log in a file, and signals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from tests.commands.cli import COMMAND, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LOG = "log.jsonl"
_PATIENCE = 60


class Service:
    """A running service."""

    def __init__(self, process: subprocess.Popen[bytes], supervisor: socket.socket, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self._supervisor = supervisor

    def hear(self) -> str:
        """Wait for the next message to the supervisor, the heartbeat aside."""
        while (message := self._supervisor.recv(100).decode()) == "WATCHDOG=1":
            pass
        return message

    def events(self) -> list[dict[str, Any]]:
        """Return what was logged; every line must be a JSON object."""
        return [json.loads(line) for line in (self.folder / _LOG).read_text(encoding="utf-8").splitlines()]

    def await_failures(self, *sources: str) -> None:
        """Wait until each of `sources` has been asked and has failed."""
        end = time.monotonic() + _PATIENCE
        while not set(sources) <= {
            event.get("source") for event in self.events() if event["status"] == "error"
        }:
            assert time.monotonic() < end, self.events()
            time.sleep(0.05)

    @property
    def address(self) -> tuple[str, int]:
        """Where the site listens."""
        (event,) = (event for event in self.events() if event["event"] == "running")
        host, port = event["address"].rsplit(":", 1)
        return host, int(port)

    def page(self, path: str) -> str:
        """Fetch a page of the site."""
        host, port = self.address
        with urlopen(f"http://{host}:{port}{path}", timeout=_PATIENCE) as answer:
            body: bytes = answer.read()
        return body.decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal; return the seconds until the process has ended."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(_PATIENCE)
        return time.monotonic() - begun


@contextmanager
def serving(
    folder: Path,
    *,
    program: Sequence[object] = (COMMAND, "run", "--data-dir", "data"),
    settings: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """Run the service in `folder` until it has said READY; kill it at the end if it still runs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor, (folder / _LOG).open("wb") as log:
        address = folder / "notify"
        address.unlink(missing_ok=True)
        supervisor.bind(str(address))
        supervisor.settimeout(_PATIENCE)
        # One category: arXiv wants three seconds between two questions, and a stop waits for the round.
        env = environment(folder, {"port": "0", "arxiv_categories": "cs.CL", **(settings or {})}) | {
            "NOTIFY_SOCKET": str(address)
        }
        process = subprocess.Popen(
            list(map(str, program)), cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=log
        )
        try:
            service = Service(process, supervisor, folder)
            message = service.hear()
            assert message == "READY=1", message
            yield service
        finally:
            process.kill()
            process.wait()
