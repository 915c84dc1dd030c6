"""The page of the API in Debian's Chromium: it renders whole, runs nothing and asks nobody else."""

import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from api.http.app import create_app
from tests.support.worlds import World

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--v=0",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; .ci/run installs Debian's where it may")
def test_the_page_renders_whole_and_breaks_no_policy_of_its_own(world: World, tmp_path: Path) -> None:
    server = uvicorn.Server(uvicorn.Config(create_app(world.settings), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/docs"
    shot = tmp_path / "docs.png"
    common = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
    try:
        told = subprocess.run([*common, "--dump-dom", address], capture_output=True, text=True, timeout=120, check=True)
        subprocess.run(
            [*common, f"--screenshot={shot}", "--window-size=1200,1600", address],
            capture_output=True,
            timeout=120,
            check=True,
        )
    finally:
        server.should_exit = True
        thread.join(timeout=30)
    assert "/releases/awaiting/{match_id}/release" in told.stdout
    assert told.stdout.count("<h3>") > 60
    # What the page's own policy refuses Chromium tells on its console.
    assert "Content Security Policy" not in told.stderr
    assert "Refused to" not in told.stderr
    assert shot.stat().st_size > 20_000
