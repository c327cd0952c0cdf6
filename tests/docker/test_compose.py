"""The compose files under docker/: what they start, who can reach it, what it may do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
ENGINES = ("opensearch", "elasticsearch")
SERVERS = [
    ("opensearch", "opensearch"),
    ("opensearch", "dashboards"),
    ("elasticsearch", "elasticsearch"),
    ("elasticsearch", "kibana"),
]
PAGE = (ROOT / "docs" / "docker.md").read_text()


def read(path: Path) -> dict[str, Any]:
    """A compose file, with the services that it extends."""
    composed: dict[str, Any] = yaml.safe_load(path.read_text())
    for service in composed["services"].values():
        base = service.pop("extends", None)
        if base is not None:
            extended = read(path.parent / base["file"])["services"][base["service"]]
            environment = extended["environment"] | service["environment"]
            service.update(extended | service | {"environment": environment})
    return composed


COMPOSED = {engine: read(DOCKER / engine / "compose.yaml") for engine in ENGINES}
SERVICES = [(engine, name) for engine in ENGINES for name in COMPOSED[engine]["services"]]
each_engine = pytest.mark.parametrize("engine", ENGINES)
each_service = pytest.mark.parametrize(("engine", "name"), SERVICES)
each_server = pytest.mark.parametrize(("engine", "name"), SERVERS)


def service_of(engine: str, name: str) -> dict[str, Any]:
    service: dict[str, Any] = COMPOSED[engine]["services"][name]
    return service


def compose(engine: str, password: str | None) -> subprocess.CompletedProcess[str]:
    """``docker compose config`` for all profiles, where that is installed."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and not _fails([*command, "version"]):
            break
    else:
        pytest.skip("Docker Compose is not installed")
    environment = {name: text for name, text in os.environ.items() if "LSR_OS_" not in name}
    if password is not None:
        environment["LSR_OS_PASSWORD"] = password
    return subprocess.run(
        [*command, "--env-file", os.devnull, "--profile", "*", "config", "--quiet"],
        cwd=DOCKER / engine,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


@each_engine
def test_docker_compose_takes_it(engine: str) -> None:
    done = compose(engine, password="Long-enough-1")
    assert (done.returncode, done.stderr) == (0, "")


@each_engine
def test_it_does_not_start_without_a_password(engine: str) -> None:
    done = compose(engine, password=None)
    assert done.returncode != 0
    assert "Copy .env.example to .env and set LSR_OS_PASSWORD in it." in done.stderr


@each_service
def test_every_image_is_pinned(engine: str, name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+\.\d+\.\d+", service_of(engine, name)["image"])


@each_service
def test_every_port_is_open_to_this_machine_only(engine: str, name: str) -> None:
    service = service_of(engine, name)
    assert service.get("network_mode", "bridge") in ("bridge", f"service:{engine}")
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{LSR_OS_\w+:-\d+\}:\d+", port)


@each_service
def test_every_password_is_the_one_that_has_to_be_set(engine: str, name: str) -> None:
    environment = service_of(engine, name)["environment"]
    given = [text for key, text in environment.items() if "PASSWORD" in key]
    assert given
    assert all(text.startswith("${LSR_OS_PASSWORD:?") for text in given)


@each_service
def test_nothing_gets_more_rights_or_memory_than_it_needs(engine: str, name: str) -> None:
    service = service_of(engine, name)
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "user"} & set(service)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["memswap_limit"] == service["mem_limit"]
    assert service["pids_limit"] > 0
    assert service["restart"] in ("no", "unless-stopped")


@each_server
def test_every_server_tells_whether_it_is_well(engine: str, name: str) -> None:
    service = service_of(engine, name)
    assert service["ports"]
    assert "curl" in " ".join(service["healthcheck"]["test"])


@each_engine
def test_the_heap_leaves_half_of_the_memory(engine: str) -> None:
    service = service_of(engine, engine)
    (options,) = [text for key, text in service["environment"].items() if "JAVA_OPTS" in key]
    assert options == "-Xms1g -Xmx1g"
    assert int(service["mem_limit"].removesuffix("g")) >= 2


@each_engine
def test_what_waits_for_the_server_waits_until_it_is_well(engine: str) -> None:
    services = COMPOSED[engine]["services"]
    waiting = [service["depends_on"] for service in services.values() if "depends_on" in service]
    direct = [needed[engine]["condition"] for needed in waiting if engine in needed]
    assert set(direct) == {"service_healthy"}


@each_engine
def test_photos_are_only_read(engine: str) -> None:
    service = service_of(engine, "lsr-os")
    (photos,) = [mount for mount in service["volumes"] if "/photos" in mount["target"]]
    assert photos["read_only"] is True
    assert photos["bind"] == {"create_host_path": False}
    assert service["read_only"] is True
    default = re.fullmatch(r"\$\{LSR_OS_PHOTOS:-(.+)\}", photos["source"])
    assert default is not None
    assert (DOCKER / default[1]).is_dir()


@each_engine
def test_what_must_last_lies_in_volumes(engine: str) -> None:
    assert set(COMPOSED[engine]["volumes"]) == {"data", "state"}
    data = f"/usr/share/{engine}/data"
    assert {"type": "volume", "source": "data", "target": data} in _mounts(engine, engine)
    state = {"type": "volume", "source": "state", "target": "/var/lib/lsr-os"}
    assert state in _mounts(engine, "lsr-os")


def _mounts(engine: str, name: str) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = service_of(engine, name)["volumes"]
    return mounts


@each_engine
def test_it_is_called_by_the_engine_that_it_starts(engine: str) -> None:
    service = service_of(engine, "lsr-os")
    assert service["command"] == ["index", "/photos"]
    assert service["network_mode"] == f"service:{engine}"
    assert service["environment"]["LSR_OS_URL"] == f"{engine}+http://127.0.0.1:9200"
    assert service["environment"]["LSR_OS_INDEX"] == "photos"
    assert service["environment"]["LSR_OS_HOST"] == "lsr-os"


def test_the_page_of_a_server_has_the_version_of_the_server() -> None:
    for engine, interface in (("opensearch", "dashboards"), ("elasticsearch", "kibana")):
        images = {name: service_of(engine, name)["image"] for name in (engine, interface)}
        versions = {image.split(":")[1] for image in images.values()}
        assert len(versions) == 1


def test_the_documentation_names_the_same_images() -> None:
    images = {service_of(engine, name)["image"] for engine, name in SERVICES}
    assert {image for image in images if f"`{image}`" not in PAGE} == set()
    names = "|".join(sorted({re.escape(image.split(":")[0]) for image in images}))
    mentioned = set(re.findall(rf"(?<![\w/+-])(?:{names}):\d+\.\d+\.\d+", PAGE))
    assert mentioned == images


def test_the_image_of_the_tool_has_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    image = service_of("opensearch", "lsr-os")["image"]
    assert image == f"lsr-os:{version}"
    assert f"--tag {image} ." in (DOCKER / "Dockerfile").read_text()


@each_engine
def test_every_variable_is_explained(engine: str) -> None:
    texts = [(DOCKER / name).read_text() for name in (f"{engine}/compose.yaml", "lsr-os.yaml")]
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", "".join(texts)))
    explained = re.findall(r"^#?(\w+)=", (DOCKER / engine / ".env.example").read_text(), re.M)
    assert set(explained) == used
