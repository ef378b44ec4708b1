"""Texts of hyperparameters.json in every spelling that callers send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from contract.documentation import table
from contract.errors import HyperparameterError
from contract.hyperparameters import (
    Hyperparameters,
    chosen,
    given_texts,
    hyperparameter,
    parse,
    problems_of,
    rule,
)


@dataclass(frozen=True, kw_only=True)
class Declared(Hyperparameters):
    removed: ClassVar[Mapping[str, str]] = {"old": "gone since 2; use count"}

    count: int = hyperparameter(bounds="[1, inf)", aliases=("number",), help="how many")
    rate: float = hyperparameter(0.5, bounds="(0, 1]", help="how fast")
    kind: str | None = hyperparameter(None, choices=("a", "b"), removed={"c": "it broke"}, help="which")
    flag: bool = hyperparameter(False, help="whether")
    names: tuple[str, ...] = hyperparameter((), choices=("x", "y", "z"), help="some")
    signs: tuple[int, ...] = hyperparameter((), bounds="[-1, 1]", help="directions")
    groups: tuple[tuple[int, ...], ...] = hyperparameter((), help="groups")
    lambda_: float | None = hyperparameter(None, help="a keyword of Python")
    wd: float | str = hyperparameter(
        "auto", bounds="[0, 1]", words=("auto", "balanced"), tunable=(1e-7, 1), scale="log", help="decay"
    )
    below: float | None = hyperparameter(None, bounds="[0, 1)", help="a share")
    start: str = hyperparameter("random", choices=("random", "far"), tunable=("random", "far"), help="start")
    both: tuple[str, ...] = hyperparameter(("x", "y"), choices=("x", "y"), help="metrics")

    @rule("count", "rate")
    def _fit(self) -> Iterator[str]:
        if self.count * self.rate > 50:
            yield "count: times rate is above 50"


def declared(**given: Any) -> Declared:
    return parse(Declared, {"count": "3", **given})


@pytest.mark.parametrize("text", ["True", "true", '"true"', "1", " TRUE "])
def test_C04_spellings_of_true(text: str) -> None:
    assert declared(flag=text).flag is True


@pytest.mark.parametrize("text", ["False", "false", '"False"', "0"])
def test_C04_spellings_of_false(text: str) -> None:
    assert declared(flag=text).flag is False


@pytest.mark.parametrize("text", ["yes", "2", "1.0", "on"])
def test_C04_anything_else_is_no_boolean(text: str) -> None:
    with pytest.raises(HyperparameterError, match="flag"):
        declared(flag=text)


@pytest.mark.parametrize("text", ["None", "null", "", " ", '""', '"null"', "none"])
def test_C05_spellings_of_nothing_unset_an_optional_value(text: str) -> None:
    assert declared(kind=text, rate=text).kind is None
    assert declared(kind=text, rate=text).rate == 0.5


@pytest.mark.parametrize("text", ["10", "10.0", '"10"', "1e1", "+10", 10, 10.0])
def test_C05_spellings_of_an_integer(text: Any) -> None:
    assert declared(count=text).count == 10


@pytest.mark.parametrize("text", ["10.5", "ten", "0x10", "inf", "nan", "[10]", "--1"])
def test_C05_anything_else_is_no_integer(text: str) -> None:
    with pytest.raises(HyperparameterError, match="count"):
        declared(count=text)


@pytest.mark.parametrize("text", ["2147483647", "-2147483647"])
def test_C05_an_integer_of_32_bits_is_taken_and_a_longer_one_is_not(text: str) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Seeded(Hyperparameters):
        seed: int = hyperparameter(0, help="any")

    assert parse(Seeded, {"seed": text}).seed == int(text)
    with pytest.raises(HyperparameterError, match=r"seed: '-?2147483648' cannot be read, expected an integer"):
        parse(Seeded, {"seed": text[:-1] + "8"})


def test_C03_a_text_in_quotes_that_are_no_json_stays_as_it_is() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Named(Hyperparameters):
        name: str = hyperparameter(help="any")

    assert parse(Named, {"name": '"a\\"'}).name == '"a\\"'


def test_C03_a_quoted_text_is_the_text() -> None:
    assert declared(kind='"a"').kind == "a"


@pytest.mark.parametrize("text", ["x,z", "[x, z]", '["x", "z"]', "['x', 'z']", "('x','z')", " x , z ", '"x,z"'])
def test_spellings_of_a_list_of_texts(text: str) -> None:
    assert declared(names=text).names == ("x", "z")


@pytest.mark.parametrize("text", ["1,0,-1", "(1,0,-1)", "[1, 0, -1]", "(1, 0, -1,)"])
def test_spellings_of_a_list_of_integers(text: str) -> None:
    assert declared(signs=text).signs == (1, 0, -1)


@pytest.mark.parametrize("text", ["[[1,2],[3,4]]", "((1,2),(3,4))", "[(1, 2), [3, 4]]"])
def test_spellings_of_a_list_of_lists(text: str) -> None:
    assert declared(groups=text).groups == ((1, 2), (3, 4))


@pytest.mark.parametrize("text", ["[1,2]", "[[1,2]", "[[1],2]", "__import__('os')", "[[[1]]]"])
def test_anything_else_is_no_list_of_lists_and_is_never_run(text: str) -> None:
    with pytest.raises(HyperparameterError, match="groups"):
        declared(groups=text)


@pytest.mark.parametrize(("name", "text"), [("rate", "0"), ("rate", "1.01"), ("signs", "(2,0)"), ("count", "0")])
def test_C08_bounds_are_open_or_closed_as_written(name: str, text: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: .*out of range"):
        declared(**{name: text})


def test_the_closed_end_of_a_bound_is_allowed() -> None:
    assert declared(rate="1").rate == 1


def test_the_open_end_of_a_bound_is_not_allowed() -> None:
    assert declared(below="0.999").below == 0.999
    with pytest.raises(HyperparameterError, match=r"below: 1 is out of range, expected a float in \[0, 1\)"):
        declared(below="1")


def test_a_number_is_chosen_and_a_word_leaves_the_choice_to_the_algorithm() -> None:
    assert chosen(declared(wd="0.25").wd, 0.75) == 0.25
    assert chosen(declared(wd="auto").wd, 0.75) == 0.75


def test_problems_are_told_one_by_one_to_a_caller_that_wants_no_error() -> None:
    assert problems_of(Declared, {"count": "3"}) == []
    assert [text.partition(":")[0] for text in problems_of(Declared, {"rate": "2"})] == ["count", "rate"]


def test_an_alias_means_its_name_and_both_together_are_refused() -> None:
    assert parse(Declared, {"number": "4"}).count == 4
    with pytest.raises(HyperparameterError, match="number: is another name of count"):
        declared(number="4")


def test_a_trailing_underscore_is_no_part_of_the_name() -> None:
    assert declared(**{"lambda": "2"}).settings()["lambda"] == 2
    with pytest.raises(HyperparameterError, match="lambda_: unknown"):
        declared(lambda_="2")


def test_what_is_gone_says_why() -> None:
    with pytest.raises(HyperparameterError, match="old: gone since 2"):
        declared(old="1")
    with pytest.raises(HyperparameterError, match="'c' is gone: it broke"):
        declared(kind="c")


def test_C06_names_of_the_platform_are_ignored_and_not_kept() -> None:
    given = {
        "count": "3",
        "sagemaker_program": "x.py",
        "_tuning_objective_metric": "validation:rmse",
        "_kvstore": "auto",
    }
    assert parse(Declared, given) == declared()
    assert given_texts(Declared, given) == {"count": "3"}


def test_C07_an_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(HyperparameterError, match=r"cuont: unknown hyperparameter, did you mean count\?"):
        declared(cuont="3")


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(HyperparameterError) as caught:
        parse(Declared, {"rate": "9", "kind": "q", "what": "1"})
    text = str(caught.value)
    assert text.startswith("4 hyperparameter problems")
    assert all(name in text for name in ("count", "rate", "kind", "what"))
    assert "Known names: count, rate" in text


def test_a_rule_speaks_only_when_its_fields_could_be_read() -> None:
    with pytest.raises(HyperparameterError, match="above 50"):
        declared(count="100", rate="1")
    with pytest.raises(HyperparameterError, match="1 hyperparameter problem:") as caught:
        declared(count="100", rate="fast")
    assert "above 50" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["[x, z", "[x, z)", "(x, z]", "(x", '["x", "z"', "['x', 'z'", "[", "[x, [z]]", "[[x, z]", '[x, z"]']
)
def test_a_list_that_is_not_closed_is_refused_and_nothing_of_it_taken(text: str) -> None:
    with pytest.raises(HyperparameterError, match=r"names: .*not a list"):
        declared(names=text)


@dataclass(frozen=True, kw_only=True)
class Narrower(Declared):
    """Rules are inherited, and may be replaced under their name."""

    @rule("flag", "rate")
    def _flag_fits(self) -> Iterator[str]:
        if self.flag and self.rate == 1:
            yield "flag: not with rate 1"


@dataclass(frozen=True, kw_only=True)
class Freer(Declared):
    @rule("count")
    def _fit(self) -> Iterator[str]:
        yield from ()


def test_the_rules_of_a_base_class_hold_until_they_are_replaced() -> None:
    given = {"count": "100", "rate": "1", "flag": "true"}
    with pytest.raises(HyperparameterError, match="2 hyperparameter problems"):
        parse(Narrower, given)
    assert parse(Freer, given).count == 100


def test_settings_hold_what_is_set_by_its_public_name() -> None:
    assert declared(kind="a").settings() == {
        "count": 3, "rate": 0.5, "kind": "a", "flag": False, "names": (), "signs": (), "groups": (), "wd": "auto",
        "start": "random", "both": ("x", "y"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"), [("auto", "auto"), ("Balanced", "balanced"), ('"auto"', "auto"), ("0.5", 0.5)]
)
def test_a_word_may_stand_in_place_of_a_number(text: str, value: object) -> None:
    assert declared(wd=text).wd == value
    assert declared().wd == "auto"


@pytest.mark.parametrize("text", ["automatic", "2"])
def test_the_words_are_named_where_a_value_is_neither_word_nor_number_in_range(text: str) -> None:
    with pytest.raises(HyperparameterError, match=r"wd: .* a float in \[0, 1\] or auto or balanced"):
        declared(wd=text)


def test_the_table_for_users_shows_words_scales_and_lists() -> None:
    rows = {line.split("`")[1]: line for line in table(Declared).splitlines() if "`" in line}
    assert rows["wd"] == "| `wd` | float | [0, 1], auto, balanced | auto | 1e-07 to 1 (log) | decay |"
    assert rows["start"] == "| `start` | string | random, far | random | random, far | start |"
    assert rows["both"] == "| `both` | list of string | x, y | x, y |  | metrics |"
    assert rows["rate"].endswith("| 0.5 |  | how fast |")
