"""One thing has one name, and a docstring has a subject and a verb."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("contract", "containers", "train", "serve", "local_test", "launch", "examples")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

MOST_SHARED_NAMES = 5
SHARED_NAMES = {"Model"}
"""Public class names that several modules may have; ``Model`` is what each algorithm fits, in its own module."""

DANGLING = re.compile(r"(Of|Whom|Whose|What it is that)\b")
"""First words that leave a sentence without its subject."""


def module_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def shared_names() -> dict[str, list[str]]:
    """The public classes that stand in several modules, with these."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module_name(path))
    return {name: modules for name, modules in places.items() if len(modules) > 1}


def test_a_class_name_stands_in_one_module() -> None:
    found = {name: modules for name, modules in shared_names().items() if name not in SHARED_NAMES}
    assert not found, "give each thing a name of its own, a word of the field (CONTRIBUTING.md, Words)"


def test_the_names_that_modules_share_are_few_and_in_use() -> None:
    assert len(SHARED_NAMES) <= MOST_SHARED_NAMES
    assert set(shared_names()) >= SHARED_NAMES, "take names that one module alone has now off the list"


def test_a_docstring_begins_with_its_subject_or_its_verb() -> None:
    trees = ((module_name(path), ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES)
    texts = ((name, text.lstrip()) for name, tree in trees for text in public_docstrings(tree))
    assert not [f"{name}: {text.splitlines()[0]}" for name, text in texts if DANGLING.match(text)]


def public_docstrings(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    """The docstrings of a module or class, of its public classes and functions, and those below its public values."""
    yield from _text(node.body[0]) if node.body else ()
    for before, statement in zip([None, *node.body], node.body, strict=False):
        if isinstance(before, ast.Assign | ast.AnnAssign) and _is_public(before):
            yield from _text(statement)
        if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
            yield from public_docstrings(statement)
        if isinstance(statement, ast.FunctionDef) and not statement.name.startswith("_"):
            yield from _text(statement.body[0])


def _text(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        yield str(statement.value.value)


def _is_public(statement: ast.Assign | ast.AnnAssign) -> bool:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    return isinstance(target, ast.Name) and not target.id.startswith("_")
