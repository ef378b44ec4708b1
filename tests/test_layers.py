"""Who may import whom, and what the programs load."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FAMILIES = sorted(path.parent.name for path in ROOT.glob("containers/*/requirements.txt"))
CONTRACT = [
    path
    for path in (ROOT / "containers").rglob("*.py")
    if path.relative_to(ROOT / "containers").parts[0] not in FAMILIES
]
ALLOWED_IN_CONTRACT = {"containers", "numpy"} | set(sys.stdlib_module_names)


def imports(path: Path, *, at_module_level: bool = False) -> set[str]:
    """The modules that a file imports, dotted."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if at_module_level else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return names


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", CONTRACT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_contract_stands_on_the_standard_library_and_numpy(path: Path) -> None:
    assert tops(imports(path, at_module_level=True)) <= ALLOWED_IN_CONTRACT
    assert not {f"containers.{family}" for family in FAMILIES} & imports(path)


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("containers", {"train", "serve", "local_test", "launch", "examples"}),
        ("train", {"serve", "local_test", "launch", "examples"}),
        ("serve", {"train", "local_test", "launch", "examples"}),
        ("local_test", {"train", "serve", "containers", "examples"}),
        ("launch", {"train", "serve", "local_test", "examples"}),
        ("examples", {"train", "serve"}),
    ],
)
def test_a_package_keeps_to_its_layer(package: str, forbidden: set[str]) -> None:
    families = {f"containers.{family}" for family in FAMILIES}
    for path in (ROOT / package).rglob("*.py"):
        names = imports(path)
        assert not tops(names) & forbidden, path
        assert package == "containers" or not names & families, path


@pytest.mark.parametrize(
    ("package", "other", "allowed"),
    [
        ("local_test", "launch", ("launch.description", "launch.errors")),
        ("launch", "containers", ("containers.hyperparameters",)),
    ],
)
def test_a_package_meets_another_in_its_declarations_only(package: str, other: str, allowed: tuple[str, ...]) -> None:
    for path in (ROOT / package).rglob("*.py"):
        met = {name for name in imports(path) if name.startswith(f"{other}.")}
        assert not {name for name in met if not name.startswith(allowed)}, path


@pytest.mark.parametrize(
    ("library", "owners"),
    [
        ("boto3", ("aws", "sdk_v2", "sdk_v3")),
        ("sagemaker", ("sdk_v2", "sdk_v3")),
        ("pydantic", ("description",)),
        ("yaml", ("description",)),
    ],
)
def test_launch_meets_a_library_in_its_own_place(library: str, owners: tuple[str, ...]) -> None:
    users = [path for path in (ROOT / "launch").rglob("*.py") if library in tops(imports(path))]
    assert users
    for path in users:
        assert path.relative_to(ROOT / "launch").parts[0] in owners, path


def test_a_job_description_is_read_without_aws_and_without_any_algorithm() -> None:
    script = "import json, sys, launch.description; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT).stdout
    )
    assert not {"boto3", "botocore", "sagemaker", "numpy"} & set(loaded)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_knows_no_other_family(family: str) -> None:
    others = {f"containers.{name}" for name in FAMILIES if name != family}
    for path in (ROOT / "containers" / family).rglob("*.py"):
        assert not imports(path) & others, path


@pytest.mark.parametrize(("library", "owner"), [("flask", "app.py"), ("gunicorn", "server.py")])
def test_a_web_library_is_imported_in_one_module(library: str, owner: str) -> None:
    users = {path.name for path in (ROOT / "serve").rglob("*.py") if library in tops(imports(path))}
    assert users == {owner}


def test_nothing_reads_the_environment_while_it_is_imported() -> None:
    for folder in ("containers", "train", "serve", "local_test", "launch"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            statements = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If)]
            read = [node for statement in statements for node in ast.walk(statement) if _reads_environment(node)]
            assert not read, path


def _reads_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")


@pytest.mark.parametrize(("program", "unwanted"), [("serve", {"train"}), ("train", {"serve", "flask", "gunicorn"})])
def test_a_program_loads_nothing_of_the_other(program: str, unwanted: set[str]) -> None:
    script = f"import json, sys, {program}.__main__; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT).stdout
    )
    assert not unwanted & {name.partition(".")[0] for name in loaded}
    assert not {"pandas", "sklearn", "xgboost"} & set(loaded), "libraries are loaded when an algorithm is found"
