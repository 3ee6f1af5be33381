"""`make dist` builds wheels and sdists, and pip installs them, and the SDK of a checkout, without an index."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from tests.fresh_venv import FreshVenv

ROOT = Path(__file__).resolve().parents[3]
MEMBERS = {
    "creatorflow": "services/sdk",
    "creatorflow-contracts": "contracts",
    "creatorflow-orchestrator": "services/orchestrator",
    "creatorflow-specialists": "services/specialists",
}
VERSION = "1.0.0"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files that `make dist` builds."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run([ROOT / "ops/local/dist", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2 * len(MEMBERS), "twine has checked every file"
    return folder


@pytest.fixture(scope="module")
def with_third_parties(tmp_path_factory: pytest.TempPathFactory) -> FreshVenv:
    made = FreshVenv(tmp_path_factory.mktemp("fresh") / "venv")
    made.add_third_parties()
    return made


@pytest.fixture
def fresh(with_third_parties: FreshVenv) -> Iterator[FreshVenv]:
    """An environment with all third-party packages and none of this project."""
    yield with_third_parties
    with_third_parties.run("pip", "uninstall", "--yes", *MEMBERS)


def in_wheel(dist: Path, name: str) -> dict[str, bytes]:
    """The files of a wheel's `.dist-info`, by path."""
    file = f"{name.replace('-', '_')}-{VERSION}"
    with zipfile.ZipFile(dist / f"{file}-py3-none-any.whl") as archive:
        return {
            path.removeprefix(f"{file}.dist-info/"): archive.read(path)
            for path in archive.namelist()
            if path.startswith(f"{file}.dist-info/")
        }


def in_sdist(dist: Path, name: str) -> dict[str, bytes]:
    """The files of an sdist, by path."""
    file = f"{name.replace('-', '_')}-{VERSION}"
    with tarfile.open(dist / f"{file}.tar.gz") as archive:
        return {
            member.name.removeprefix(f"{file}/"): opened.read()
            for member in archive.getmembers()
            if (opened := archive.extractfile(member)) is not None
        }


def test_dist_builds_a_wheel_and_an_sdist_of_each_distribution(dist: Path) -> None:
    stems = [f"{name.replace('-', '_')}-{VERSION}" for name in MEMBERS]
    built = {path.name for path in dist.glob("creatorflow*")}
    assert built == {f"{stem}{end}" for stem in stems for end in ("-py3-none-any.whl", ".tar.gz")}


@pytest.mark.parametrize("name", MEMBERS)
def test_metadata_contain_name_version_licence_and_readme(dist: Path, name: str) -> None:
    wheel, sdist = in_wheel(dist, name), in_sdist(dist, name)
    for metadata in (wheel["METADATA"], sdist["PKG-INFO"]):
        read: Message = message_from_bytes(metadata)
        assert (read["Name"], read["Version"]) == (name, VERSION)
        assert (read["License-Expression"], read["License-File"]) == ("Apache-2.0", "LICENSE")
        assert read["Summary"] and read["Requires-Python"] == ">=3.11"
        assert read["Description-Content-Type"] == "text/markdown"
        assert metadata.decode().endswith((ROOT / MEMBERS[name] / "README.md").read_text())
    licence = (ROOT / "LICENSE").read_bytes()
    assert wheel["licenses/LICENSE"] == sdist["LICENSE"] == licence


@pytest.mark.parametrize("name", MEMBERS)
def test_distributions_require_each_other_by_version_and_not_by_path(dist: Path, name: str) -> None:
    requirements = message_from_bytes(in_wheel(dist, name)["METADATA"]).get_all("Requires-Dist", [])
    ours = [requirement for requirement in requirements if requirement.startswith("creatorflow")]
    assert [requirement for requirement in ours if not requirement.endswith(f"=={VERSION}")] == []
    assert [requirement for requirement in requirements if "@" in requirement] == []
    assert name == "creatorflow-contracts" or ours


def test_a_wheel_built_of_an_sdist_unpacked_in_a_checkout_names_no_path(
    dist: Path, fresh: FreshVenv, tmp_path: Path
) -> None:
    (tmp_path / "contracts").symlink_to(ROOT / "contracts")
    with tarfile.open(dist / f"creatorflow-{VERSION}.tar.gz") as archive:
        archive.extractall(tmp_path / "dist", filter="data")
    source = str(tmp_path / "dist" / f"creatorflow-{VERSION}")
    command = ("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), source)
    fresh.run("pip", *command)
    assert in_wheel(tmp_path, "creatorflow") == in_wheel(dist, "creatorflow")


def test_pip_installs_the_wheel_set_and_its_commands_run(dist: Path, fresh: FreshVenv) -> None:
    fresh.run("pip", "install", "--no-index", "--find-links", str(dist), "creatorflow-orchestrator==1.0.0")
    fresh.run("pip", "install", "--no-index", "--find-links", str(dist), "creatorflow-specialists==1.0.0")
    assert fresh.run("creatorflow", "--version") == f"creatorflow {VERSION}\n"
    assert VERSION in fresh.run("creatorflow-orchestrator", "--version")
    assert VERSION in fresh.run("creatorflow-specialist", "--version")


@pytest.mark.parametrize("editable", [[], ["--editable"]], ids=["wheel", "editable"])
def test_pip_installs_the_sdk_of_a_checkout_with_its_contracts(fresh: FreshVenv, editable: list[str]) -> None:
    sdk = str(ROOT / "services/sdk")
    fresh.run("pip", "install", "--no-index", "--no-build-isolation", *editable, sdk)
    assert fresh.run("creatorflow", "--version") == f"creatorflow {VERSION}\n"
    assert f"creatorflow-contracts @ {(ROOT / 'contracts').as_uri()}" in fresh.run("pip", "freeze", "--all")


def test_pip_installs_the_sdk_and_the_contracts_of_a_checkout_together(fresh: FreshVenv) -> None:
    folders = [str(ROOT / folder) for folder in ("contracts", "services/sdk", "services/specialists")]
    fresh.run("pip", "install", "--no-index", "--no-build-isolation", *folders)
    assert VERSION in fresh.run("creatorflow-specialist", "--version")
