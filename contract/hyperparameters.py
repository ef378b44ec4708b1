"""Hyperparameters declared once: the declaration parses, checks, documents and bounds the tuner.

A family writes a frozen dataclass::

    @dataclass(frozen=True, kw_only=True)
    class Params(Hyperparameters):
        num_round: int = hyperparameter(bounds="[1, inf)", tunable=(1, 4000), help="Boosting rounds.")
        eta: float | None = hyperparameter(None, bounds="[0, 1]", aliases=("learning_rate",), help="Shrinkage.")

A field without a default is required. ``None`` as the default means that the library's own default applies;
``shown`` says what that is. A trailing underscore (``lambda_``) is no part of the name that users write.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, get_type_hints

from contract.errors import HyperparameterError
from contract.hyperparameter_values import Declaration, Interval, Scale, Unreadable, read_value, unquote

P = TypeVar("P", bound="Hyperparameters")
Number = TypeVar("Number", int, float)
Rule = Callable[[Any], Iterable[str]]

# Names that the platform, the SDKs and the built-in algorithms send besides the algorithm's own.
PLATFORM_PREFIX = "sagemaker_"
PLATFORM_NAMES = frozenset(
    "algorithm default_user_module_name force_dense _tuning_objective_metric _kvstore _num_gpus _num_kv_servers "
    "_log_level _enable_profiler _num_slices _disable_wait_to_read _ftp_port".split()
)


def hyperparameter(
    default: Any = dataclasses.MISSING,
    *,
    help: str,
    name: str = "",
    bounds: str = "",
    choices: Sequence[str] = (),
    removed: Mapping[str, str] | None = None,
    aliases: Sequence[str] = (),
    words: Sequence[str] = (),
    tunable: tuple[float, float] | tuple[str, ...] = (),
    scale: Scale = "linear",
    shown: str = "",
) -> Any:
    """Returns a dataclass field with its declaration.

    ``bounds`` is an interval such as ``"(0, 1]"`` for numbers (every number of a list); ``choices`` are the texts
    allowed (every text of a list); ``removed`` maps a former choice to the reason why it is gone; ``words`` are texts
    that may stand in place of a number (``auto``), and are the value then; ``tunable`` is the range that a tuner may
    search, on a linear or logarithmic ``scale``, or the texts that it may choose from.
    """
    declaration = Declaration(
        help=help,
        name=name,
        bounds=Interval.parse(bounds) if bounds else None,
        choices=tuple(choices),
        removed=removed or {},
        aliases=tuple(aliases),
        words=tuple(words),
        tunable=tunable,
        scale=scale,
        shown=shown,
    )
    return dataclasses.field(default=default, metadata={"declaration": declaration})


def chosen(value: Number | str, otherwise: Number) -> Number:
    """Returns the number that a user gave, or ``otherwise`` where it is a word such as ``auto``."""
    return otherwise if isinstance(value, str) else value


def rule(*fields: str) -> Callable[[Rule], Rule]:
    """Marks a method of a ``Hyperparameters`` class that yields what is wrong between several fields.

    It runs only when all of ``fields`` could be read, so one mistake is reported once.
    """

    def mark(check: Rule) -> Rule:
        check.rule_fields = fields  # type: ignore[attr-defined]
        return check

    return mark


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """Base of every algorithm's hyperparameters. ``removed`` names former hyperparameters and why they are gone."""

    removed: ClassVar[Mapping[str, str]] = {}

    def settings(self) -> dict[str, Any]:
        """Returns the values that are set by the names that users write, as a library is called with them."""
        values = {spec.name: getattr(self, spec.field) for spec in specs(type(self))}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Spec:
    """One declared hyperparameter: ``field`` in Python, ``name`` for users, ``type`` as annotated."""

    field: str
    name: str
    type: Any
    default: Any
    declaration: Declaration

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING


def specs(cls: type[Hyperparameters]) -> list[Spec]:
    """Lists the declared hyperparameters of a class, in their order."""
    hints = get_type_hints(cls)
    found = []
    for field in dataclasses.fields(cls):
        declaration: Declaration = field.metadata["declaration"]
        name = declaration.name or field.name.rstrip("_")
        found.append(Spec(field.name, name, hints[field.name], field.default, declaration))
    return found


def parse(cls: type[P], raw: Mapping[str, Any]) -> P:
    """Turns the strings of hyperparameters.json into a checked, frozen object.

    Raises ``HyperparameterError`` that lists every problem at once, and the known names.
    """
    values, problems = _read_all(cls, raw)
    if problems:
        raise HyperparameterError(_complaint(problems, [spec.name for spec in specs(cls)]))
    return cls(**values)


def problems_of(cls: type[Hyperparameters], raw: Mapping[str, Any]) -> list[str]:
    """Lists what ``parse`` would complain about, each as ``name: what is wrong``."""
    return _read_all(cls, raw)[1]


def _read_all(cls: type[Hyperparameters], raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Returns the values by field, and what is wrong with the others."""
    known = {spec.name: spec for spec in specs(cls)}
    given, problems = _rename(cls, known, raw)
    values: dict[str, Any] = {}
    broken: set[str] = set()
    for spec in known.values():
        try:
            values[spec.field] = _read(spec, given.get(spec.name))
        except Unreadable as error:
            problems.append(str(error))
            broken.add(spec.field)
    return values, problems + list(_broken_rules(cls, values, broken))


def given_texts(cls: type[Hyperparameters], raw: Mapping[str, Any]) -> dict[str, str]:
    """Returns what the user set, as text by canonical name, without the platform's own keys."""
    given, _ = _rename(cls, {spec.name: spec for spec in specs(cls)}, raw)
    return {name: str(unquote(value)) for name, value in given.items()}


def _rename(
    cls: type[Hyperparameters], known: Mapping[str, Spec], raw: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Resolves aliases and drops the platform's keys; the second part is what is wrong with the names."""
    aliases = {alias: spec.name for spec in known.values() for alias in spec.declaration.aliases}
    given: dict[str, Any] = {}
    problems = []
    for key, value in raw.items():
        name = aliases.get(key, key)
        if name in given:
            problems.append(f"{key}: is another name of {name}, which is given too; keep one of them")
        elif name in known:
            given[name] = value
        elif key in cls.removed:
            problems.append(f"{key}: {cls.removed[key]}")
        elif key not in PLATFORM_NAMES and not key.startswith(PLATFORM_PREFIX):
            problems.append(f"{key}: unknown hyperparameter{_suggestion(key, [*known, *aliases])}")
    return given, problems


def _suggestion(key: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, names, n=1)
    return f", did you mean {close[0]}?" if close else ""


def _read(spec: Spec, raw: Any) -> Any:
    text = "" if raw is None else unquote(raw)
    if text.lower() not in ("", "none", "null"):
        return read_value(spec.name, text, spec.type, spec.declaration)
    if spec.required:
        raise Unreadable(f"{spec.name}: is required and not given ({spec.declaration.help})")
    return spec.default


def _broken_rules(cls: type[Hyperparameters], values: dict[str, Any], broken: set[str]) -> Iterator[str]:
    stand_in = object.__new__(cls)
    for field, value in values.items():
        object.__setattr__(stand_in, field, value)
    members = {name: value for kind in reversed(cls.__mro__) for name, value in vars(kind).items()}
    for check in members.values():
        fields = getattr(check, "rule_fields", None)
        if fields is not None and not broken.intersection(fields):
            yield from check(stand_in)


def _complaint(problems: Sequence[str], known: Sequence[str]) -> str:
    count = "1 hyperparameter problem" if len(problems) == 1 else f"{len(problems)} hyperparameter problems"
    return "\n".join([f"{count}:", *(f"- {problem}" for problem in problems), f"Known names: {', '.join(known)}"])
