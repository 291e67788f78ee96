"""Telling systemd how the service is."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.operate import notify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_supervisor_hears_each_word(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready, alive and stopping arrive at the socket systemd names, a file or an abstract name."""
    abstract = kind == "abstract"
    name = f"@groundswell-{tmp_path.name}-{id(tmp_path)}" if abstract else str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as supervisor:
        supervisor.bind(name.replace("@", "\0", 1) if abstract else name)
        supervisor.settimeout(2)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        notify.ready()
        notify.watchdog()
        notify.stopping()
        assert [supervisor.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.parametrize(
    "address", [None, "", "relative", "/no/such/socket", "@no-such-name", "/" + "x" * 300]
)
def test_without_a_supervisor_nothing_happens(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket, a wrong one or one that is gone never raises."""
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify.ready()
    notify.watchdog()
    notify.stopping()
