"""`tagpilot systemd` prints units that systemd takes, with the hardening that they speak of."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.main import cli

HARDENED = (
    "NoNewPrivileges=yes", "LimitCORE=0\n",
    "ProtectSystem=strict", "PrivateTmp=yes", "PrivateDevices=yes", "CapabilityBoundingSet=\n",
    "UMask=0077", "RestrictSUIDSGID=yes", "SystemCallFilter=@system-service", "IPAddressDeny=any",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "ProtectKernelModules=yes",
)  # fmt: skip


@pytest.mark.parametrize("unit", ["serve", "worker"])
def test_a_unit_writes_its_home_alone_and_gains_no_right(tmp_path: Path, unit: str) -> None:
    home = tmp_path / "home"
    result = CliRunner().invoke(cli, ["systemd", unit, "--home", str(home), "--allow", "10.0.0.5"])
    assert result.exit_code == 0, result.output
    assert [line for line in HARDENED if line not in result.stdout] == []
    assert f"ReadWritePaths={home} -{home}.audit-heads\n" in result.stdout
    assert "IPAddressAllow=10.0.0.5\n" in result.stdout
    assert f" {unit}\n" in next(
        line for line in result.stdout.splitlines(keepends=True) if line.startswith("ExecStart")
    )
    assert ("TAGPILOT_WORKERS=0" in result.stdout) == (unit == "serve")
    assert not home.exists()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("unit", ["serve", "worker"])
def test_systemd_finds_no_fault_with_a_unit(tmp_path: Path, unit: str) -> None:
    program = tmp_path / "tagpilot"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    result = CliRunner().invoke(cli, ["systemd", unit, "--home", "/srv/tagpilot", "--user", "root"])
    lines = [
        f"ExecStart={program} {unit}" if line.startswith("ExecStart=") else line for line in result.stdout.splitlines()
    ]
    file = tmp_path / "tagpilot.service"
    file.write_text("\n".join(lines) + "\n")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True, timeout=120
    )
    ours = [line for line in found.stderr.splitlines() if file.name in line or str(file) in line]
    assert ours == []
    assert found.returncode == 0 or "bus" in found.stderr.lower(), found.stderr
