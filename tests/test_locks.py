"""Every lock file pins, with hashes, all that its source file asks for, and names no place to get it from."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FAMILIES = sorted(ROOT.glob("containers/*/requirements.in"))
OVERRIDES = sorted(ROOT.glob("containers/*/overrides.in"))
SOURCES = sorted([*FAMILIES, ROOT / "containers" / "build-requirements.in"])

source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))


def asked(source: Path) -> list[Requirement]:
    """The direct requirements, without comments."""
    lines = (line.split("#")[0].strip() for line in source.read_text().splitlines())
    return [Requirement(line) for line in lines if line]


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
    for requirement in asked(source):
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


@pytest.mark.parametrize("overrides", OVERRIDES, ids=lambda path: path.parent.name)
def test_what_overrides_take_out_is_not_locked(overrides: Path) -> None:
    taken_out = {canonicalize_name(requirement.name) for requirement in asked(overrides)}
    assert taken_out
    assert taken_out.isdisjoint(pins(overrides.with_name("requirements.txt")))


def test_families_agree_on_versions_so_that_one_environment_holds_them_all() -> None:
    versions: dict[str, set[str]] = {}
    for family in FAMILIES:
        for name, requirement in pins(family.with_suffix(".txt")).items():
            versions.setdefault(name, set()).add(str(requirement.specifier))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
