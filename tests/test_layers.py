"""What the layers in ``pyproject.toml`` cannot say: what is imported when, and what the programs load."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED_IN_CONTRACT = {"contract", "numpy"} | set(sys.stdlib_module_names)


def imported_at_once(path: Path) -> set[str]:
    """The packages that a file imports as it is imported itself."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_the_contract_stands_on_the_standard_library_and_numpy() -> None:
    imported = {path: imported_at_once(path) - ALLOWED_IN_CONTRACT for path in (ROOT / "contract").rglob("*.py")}
    assert imported
    assert {path.relative_to(ROOT).as_posix(): names for path, names in imported.items() if names} == {}


def test_a_job_description_is_read_without_aws_and_without_any_algorithm() -> None:
    script = "import json, sys, launch.description; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT).stdout
    )
    assert not {"boto3", "botocore", "sagemaker", "numpy"} & set(loaded)


def test_nothing_reads_the_environment_while_it_is_imported() -> None:
    for folder in ("contract", "containers", "train", "serve", "local_test", "launch"):
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
