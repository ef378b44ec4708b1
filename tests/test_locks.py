"""Every lock file pins, with hashes, all that its source file asks for, and names no place to get it from."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FAMILIES = sorted(ROOT.glob("containers/*/requirements.in"))
OVERRIDES = sorted([*ROOT.glob("containers/*overrides.in"), *ROOT.glob("containers/*/*overrides.in")])
FOR_GPUS = sorted(ROOT.glob("containers/*/gpu-requirements.in"))
SCRIPT_MODE = ROOT / "containers" / "script-mode-requirements.in"
SOURCES = sorted([*FAMILIES, *FOR_GPUS, SCRIPT_MODE, ROOT / "containers" / "build-requirements.in"])

source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
overrides = pytest.mark.parametrize("overrides", OVERRIDES, ids=lambda path: str(path.relative_to(ROOT)))


def asked(source: Path) -> list[Requirement]:
    """The direct requirements, without comments and with those of a file that it names by -r."""
    lines = [line.split("#")[0].strip() for line in source.read_text().splitlines()]
    others = [source.with_name(line.removeprefix("-r ")) for line in lines if line.startswith("-r ")]
    own = [Requirement(line) for line in lines if line and line[0] != "-"]
    return own + [requirement for other in others for requirement in asked(other)]


def taken_out(overrides: Path) -> set[str]:
    """The packages that the overrides take out of the lock."""
    return {canonicalize_name(requirement.name) for requirement in asked(overrides)} if overrides.is_file() else set()


def overrides_of(source: Path) -> Path:
    return source.with_name(source.name.replace("requirements.in", "overrides.in"))


def entries(lock: Path) -> list[str]:
    """The entries of a lock, each with its continuation lines joined."""
    text = "\n".join(line for line in lock.read_text().splitlines() if not line.startswith("#"))
    return text.replace("\\\n", " ").splitlines()


def pins(lock: Path) -> dict[str, Requirement]:
    """Name to pinned requirement."""
    pinned = (Requirement(entry.split(" --hash=")[0].strip()) for entry in entries(lock))
    return {canonicalize_name(requirement.name): requirement for requirement in pinned}


@source
def test_the_lock_satisfies_every_direct_requirement(source: Path) -> None:
    pinned = pins(source.with_suffix(".txt"))
    left_out = taken_out(overrides_of(source))
    for requirement in (one for one in asked(source) if canonicalize_name(one.name) not in left_out):
        version = str(pinned[canonicalize_name(requirement.name)].specifier).removeprefix("==")
        assert requirement.specifier.contains(version), requirement


@source
def test_each_entry_of_the_lock_is_one_exact_version_with_hashes(source: Path) -> None:
    for entry in entries(source.with_suffix(".txt")):
        assert re.match(r"[\w.-]+==[\w.]+ ", entry), entry
        assert re.search(r" --hash=sha256:[0-9a-f]{64}\b", entry), entry


@source
def test_a_package_has_the_same_version_on_every_python(source: Path) -> None:
    locked = entries(source.with_suffix(".txt"))
    assert len(pins(source.with_suffix(".txt"))) == len(locked), "one package has several versions"


@source
def test_the_lock_names_no_index_and_no_path(source: Path) -> None:
    lock = source.with_suffix(".txt").read_text()
    assert "/" not in lock
    assert [line for line in lock.splitlines() if line.startswith("-")] == [], "an option such as --index-url"


@overrides
def test_what_overrides_take_out_is_not_locked(overrides: Path) -> None:
    left_out = taken_out(overrides)
    assert left_out
    assert left_out.isdisjoint(pins(overrides.with_name(overrides.name.replace("overrides.in", "requirements.txt"))))


@pytest.mark.parametrize("source", FOR_GPUS, ids=lambda path: path.parent.name)
def test_the_image_for_gpus_differs_in_what_runs_on_gpus_alone(source: Path) -> None:
    usual, accelerated = (pins(lock) for lock in (source.with_name("requirements.txt"), source.with_suffix(".txt")))
    versions = {
        name: (str(usual[name].specifier), str(accelerated[name].specifier))
        for name in usual.keys() & accelerated.keys()
    }
    assert {name: both for name, both in versions.items() if len(set(both)) > 1} == {}
    assert usual.keys() - accelerated.keys() == {"tensorflow-cpu"}
    assert {name for name in accelerated.keys() - usual.keys() if not name.startswith("nvidia-")} == set()


def test_families_agree_on_versions_so_that_one_environment_holds_them_all() -> None:
    versions: dict[str, set[str]] = {}
    for family in FAMILIES:
        for name, requirement in pins(family.with_suffix(".txt")).items():
            versions.setdefault(name, set()).add(str(requirement.specifier))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_no_installed_package_misses_another_but_for_what_overrides_take_out() -> None:
    left_out = set().union(*map(taken_out, OVERRIDES))
    installed = {canonicalize_name(found.name): found.version for found in distributions()}
    missed = {
        f"{found.name} {found.version} needs {requirement}"
        for found in distributions()
        for requirement in map(Requirement, found.requires or ())
        if not requirement.marker or requirement.marker.evaluate({"extra": ""})
        if (name := canonicalize_name(requirement.name)) not in left_out or name in installed
        if name not in installed or not requirement.specifier.contains(installed[name], prereleases=True)
    }
    assert missed == set()
