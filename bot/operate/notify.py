"""Telling systemd how the service is: three words on a socket, nothing at all without one."""

from __future__ import annotations

import contextlib
import os
import socket


def ready() -> None:
    """Say that the service is up."""
    _send("READY=1")


def stopping() -> None:
    """Say that the service is going down."""
    _send("STOPPING=1")


def watchdog() -> None:
    """Say that the service is alive; to be repeated within WatchdogSec."""
    _send("WATCHDOG=1")


def _send(message: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"}:
        return
    # A leading @ is how a name in Linux's abstract namespace is written down.
    name = f"\0{address[1:]}" if address.startswith("@") else address
    # The supervisor may be gone; that must never take the service with it.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as messenger:
        messenger.setblocking(False)
        messenger.sendto(message.encode(), name)
