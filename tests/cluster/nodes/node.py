"""A running node that may be killed, paused and started again."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from .configuration import LOOPBACK
from .endpoint import Endpoint
from .java import Java
from .kinds import NodeKind
from .places import IS_ROOT
from .processes import wait_for_group_ends, write_pid
from .users import User

_START_TIMEOUT_S = 120
_END_TIMEOUT_S = 30
_POLL_S = 0.1
_LOG_LINES = 40


class NodeFailedError(Exception):
    """The node did not do what was asked; the message ends with its log."""


class Node(Endpoint):
    """A process group of our own, its folder and its address."""

    def __init__(
        self,
        kind: NodeKind,
        folder: Path,
        installation: Path,
        java: Java,
        http_port: int,
        user: User | None = None,
        ca_file: str | None = None,
    ) -> None:
        scheme = "https" if ca_file else "http"
        super().__init__(kind.engine, f"{scheme}://{LOOPBACK}:{http_port}", kind, user, ca_file)
        self.folder = folder
        self._program = installation / "bin" / kind.engine
        self._environment = _environment(kind, folder, java)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    @property
    def pid(self) -> int:
        """The leader of the process group, which has the same number."""
        if self._process is None:
            raise NodeFailedError("the node was not started")
        return self._process.pid

    def start(self) -> None:
        """Start the process; `wait_until_ready` tells when it answers."""
        # These programs refuse to run as root.
        as_nobody: dict[str, Any] = {}
        if IS_ROOT:
            nobody = pwd.getpwnam("nobody")
            _give(self.folder, nobody.pw_uid, nobody.pw_gid)
            as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        with (self.folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                [self._program],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **as_nobody,
            )
        try:
            write_pid(self.folder, self._process.pid)
        except OSError:
            # The run is over and its folder gone: nobody would end this node.
            self.kill()
            raise

    def wait_until_ready(self, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Wait until the node answers and its indices can be searched."""
        deadline = time.monotonic() + timeout_s
        path = "/_cluster/health?wait_for_status=yellow&timeout=1s"
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise NodeFailedError(f"the node ended while it started:\n{self.logs()}")
            with contextlib.suppress(OSError):
                if self.request("GET", path, timeout_s=5).status == 200:
                    return
            time.sleep(_POLL_S)
        raise NodeFailedError(f"the node was not ready in {timeout_s} s:\n{self.logs()}")

    def kill(self) -> None:
        """End the node at once, as a power cut would."""
        self._signal(signal.SIGKILL)
        self._wait_for_end()

    def stop(self) -> None:
        """Ask the node to end, and wait for it."""
        self._signal(signal.SIGTERM)
        self._wait_for_end()

    def pause(self) -> None:
        """Stop the node in its tracks: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused node go on."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """Start the node again on the same port and data, killing it if it runs."""
        self.kill()
        self.start()
        self.wait_until_ready()

    def remove(self) -> None:
        """Kill the node and delete what it wrote."""
        self.kill()
        shutil.rmtree(self.folder)

    def logs(self, lines: int = _LOG_LINES) -> str:
        """The end of what the node printed."""
        try:
            printed = (self.folder / "output.txt").read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(printed.splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _wait_for_end(self) -> None:
        if self._process is not None:
            self._process.wait(_END_TIMEOUT_S)
            # Elasticsearch 8 and 9 start their server as a child, which has the ports.
            wait_for_group_ends([self._process.pid])


def _environment(kind: NodeKind, folder: Path, java: Java) -> dict[str, str]:
    prefix = "OPENSEARCH" if kind.engine == "opensearch" else "ES"
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        f"{prefix}_JAVA_HOME": str(java.home),
        f"{prefix}_PATH_CONF": str(folder / "config"),
        f"{prefix}_TMPDIR": str(folder / "tmp"),
        # The launcher of Elasticsearch 8 and 9 leaves folders behind when it is killed.
        "CLI_JAVA_OPTS": f"-Djava.io.tmpdir={folder / 'tmp'}",
    }


def _give(folder: Path, uid: int, gid: int) -> None:
    for place in (folder, *folder.rglob("*")):
        os.chown(place, uid, gid, follow_symlinks=False)
