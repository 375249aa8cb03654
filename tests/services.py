"""Servers that tests start for themselves: PostgreSQL and NATS, each in its own folder, gone with the run."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NATS_SERVER = Path(sys.executable).parent / "nats-server"
# The address bar's popups are pages that each window loads, unseen: a second of CPU. The rest is what Playwright turns off: Chromium
# takes the last such flag alone.
CHROMIUM_WITHOUT = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying",
    "OptimizationHints", "PaintHolding", "PreconnectToSearch", "TcpPortRandomizationWin", "ThirdPartyStoragePartitioning",
)  # fmt: skip
# What headless Chromium needs to play, and to offer a camera, without a person who clicks. Without a sandbox,
# because a machine of tests often has no other user than root.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(CHROMIUM_WITHOUT)}",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
# Flushing to disk is PostgreSQL's business, not what our tests are about; JetStream's is, so NATS keeps it.
POSTGRES_OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class Postgres:
    """PostgreSQL on a Unix socket, without a port that another run could hold."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        # PostgreSQL refuses to run as root.
        self._user: dict[str, Any] = (
            {"user": "nobody", "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        if self._user:
            shutil.chown(folder, 65534, 65534)
        self.binaries = self._reachable(binaries)

    def _reachable(self, binaries: Path) -> Path:
        """The binaries, or a copy when nobody may read them: a wheel below a home folder closed to others."""
        try:
            subprocess.run(
                [binaries / "postgres", "--version"], check=True, capture_output=True, **self._user
            )
        except PermissionError:
            install, package = binaries.parent, binaries.parent.parent
            copy = self.folder / "wheel" / package.name / install.name
            shutil.copytree(install, copy)
            # Where a wheel keeps the shared libraries that its programs look for beside their package.
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, self.folder / "wheel" / libraries.name)
            return copy / binaries.name
        return binaries

    def _run(self, program: str, *words: str | Path) -> None:
        # A file and no pipe: the server that pg_ctl leaves behind would hold the pipe open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self.binaries / program, *words],
                check=False,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **self._user,
            )
            output.seek(0)
            assert done.returncode == 0, f"{program}: {output.read().decode()}"

    def start(self) -> None:
        """Makes the cluster and waits until it answers."""
        self._run(
            "initdb",
            "-D",
            self._data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        )
        options = f"{POSTGRES_OPTIONS} -k {self.folder}"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """Ends the server without waiting for its clients."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def create(self, name: str) -> str:
        """A new empty database; gives its DATABASE_URL."""
        self._run("createdb", "-h", self.folder, "-U", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self.folder}"


@contextmanager
def postgres(binaries: Path) -> Iterator[Postgres]:
    """A server for as long as the block lasts."""
    # Not below pytest's folders, which are closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="oncue-postgres-") as folder:
        server = Postgres(binaries, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def nats(folder: Path) -> Iterator[str]:
    """A nats-server with JetStream that flushes each write, on a port that it chose; gives its NATS_URL."""
    config = folder / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:-1"\njetstream {{ store_dir: "{folder}", sync_interval: always }}\n'
    )
    command = [NATS_SERVER, "-c", config]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said: list[str] = []
        for line in server.stderr:
            said.append(line)
            if "Server is ready" in line:
                break
        port = re.search(r"client connections on 127\.0\.0\.1:(\d+)", "".join(said))
        assert port, "".join(said)
        # Read on, or the server stops when the pipe is full.
        drain = threading.Thread(target=server.stderr.read, daemon=True)
        drain.start()
        try:
            yield f"nats://127.0.0.1:{port[1]}"
        finally:
            server.terminate()
            server.wait()
            drain.join()
