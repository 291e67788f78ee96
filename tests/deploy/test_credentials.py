"""Secrets as systemd hands them over."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ASK = "from bot.settings import load; print(load().anthropic_api_key.get_secret_value(), load().data_dir)"


def test_a_loaded_credential_becomes_a_setting(tmp_path: Path) -> None:
    """The file systemd makes of /etc/groundswell/credentials/anthropic_api_key is read as that setting."""
    # LoadCredential=groundswell:DIRECTORY names each file after the credential and the file.
    (tmp_path / "groundswell_anthropic_api_key").write_text("sk-fictional-key\n", encoding="utf-8")
    env = {"PATH": os.defpath, "GROUNDSWELL_ENV_FILE": os.devnull, "CREDENTIALS_DIRECTORY": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", _ASK], env=env, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("sk-fictional-key data\n", "")
