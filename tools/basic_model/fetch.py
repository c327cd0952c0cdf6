"""Stage "fetch": every input of the build, by package name through pip, apt-get and npm.

Standard library only: it runs before the build's environment exists.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tools.basic_model.workspace import Workspace

# Debian serves one version at a time: another one than this is used, with a notice.
DEBIAN_PACKAGES = {
    "openclipart-png": "1:0.18+dfsg-19",
    "openclipart-svg": "1:0.18+dfsg-19",
    "wordnet-base": "1:3.0-37",
    "tuxpaint-stamps-default": "2022.06.04-1",
}
NPM_PACKAGES = {
    "emoji-datasource-google": "16.0.0",
    "emoji-datasource-twitter": "16.0.0",
    "emojibase-data": "17.0.0",
}
_ADVICE = "Run `apt-get update` once before, and see that the package registries can be reached."
_HERE = Path(__file__).parent


def run(work: Workspace) -> None:
    """Fill ``downloads`` and ``venv``; what is there already is kept."""
    fetch_debian(work)
    fetch_npm(work)
    make_environment(work)


def make_environment(work: Workspace) -> None:
    """A virtual environment with the build's pinned packages."""
    ready = work.root / "venv" / "ready"
    if ready.exists():
        return
    _call(sys.executable, "-m", "venv", str(work.root / "venv"))
    install = (str(work.python), "-m", "pip", "install", "--quiet")
    _call(*install, "-r", str(_HERE / "requirements.txt"))
    _call(*install, "--no-deps", "-r", str(_HERE / "requirements-data.txt"))
    ready.touch()


def fetch_debian(work: Workspace) -> None:
    """Debian packages, unpacked without being installed. Needs ``apt-get update`` once before."""
    for package, version in DEBIAN_PACKAGES.items():
        target = work.downloads / "deb" / package
        if target.exists():
            continue
        unpacked = _empty(target.with_name(f"{package}.part"))
        _call("apt-get", "download", "-q", package, folder=unpacked)
        archive = next(unpacked.glob("*.deb"))
        if f"_{version.replace(':', '%3a')}_" not in archive.name:
            print(f"note: the figures are for {package} {version}, this is {archive.name}")
        _call("dpkg-deb", "-x", str(archive), str(unpacked))
        archive.unlink()
        unpacked.rename(target)


def fetch_npm(work: Workspace) -> None:
    """npm packages, unpacked without being installed."""
    for package, version in NPM_PACKAGES.items():
        target = work.downloads / "npm" / package
        if target.exists():
            continue
        unpacked = _empty(target.with_name(f"{package}.part"))
        _call("npm", "pack", "--silent", f"{package}@{version}", folder=unpacked)
        archive = unpacked / f"{package}-{version}.tgz"
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
        archive.unlink()
        unpacked.rename(target)


def _empty(folder: Path) -> Path:
    """The folder, without what an interrupted run left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _call(*command: str, folder: Path | None = None) -> None:
    print("+", *command, file=sys.stderr, flush=True)
    try:
        # npm and apt-get report on stdout, where only the figures belong.
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
    except FileNotFoundError:
        sys.exit(f"{command[0]} is not installed. The build needs npm, apt-get and dpkg-deb.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{command[0]} ended with status {error.returncode}. {_ADVICE}")
