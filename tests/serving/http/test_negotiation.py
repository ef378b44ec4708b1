from __future__ import annotations

from dataclasses import replace

import pytest

from contract.errors import NotAcceptable, UnsupportedContentType, UserError
from serve.http.negotiation import Agreement, Negotiator
from serve.settings import Settings

SETTINGS = Settings(family="toy")
REQUEST_TYPES = ("text/csv", "application/json")
ACCEPTS = ("text/csv", "application/json", "application/jsonlines")


def usual_accept(content_type: str) -> str:
    return ACCEPTS[0]


def negotiate(content_type: str | None = None, accept: str | None = None, settings: Settings = SETTINGS) -> Agreement:
    return Negotiator(REQUEST_TYPES, ACCEPTS, usual_accept, settings).agree(content_type, accept)


@pytest.mark.parametrize("content_type", [None, "", "  "])
def test_V06_an_absent_content_type_is_the_first_that_the_algorithm_reads(content_type: str | None) -> None:
    assert negotiate(content_type).content_type.name == "text/csv"


def test_V04_a_content_type_is_known_in_any_case_and_keeps_its_parameters() -> None:
    agreed = negotiate("Application/JSON; Charset=UTF-8").content_type
    assert agreed.name == "application/json"
    assert agreed.parameters == {"charset": "UTF-8"}


@pytest.mark.parametrize(
    "content_type", ["application/octet-stream", "text/plain", "csv,json", "text/*", ";", "é" * 2000]
)
def test_V06_an_unknown_content_type_is_refused_with_the_known_ones_and_a_serializer(content_type: str) -> None:
    with pytest.raises(UnsupportedContentType) as caught:
        negotiate(content_type)
    assert "text/csv, application/json" in str(caught.value)
    assert "CSVSerializer()" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("length", "told"), [(100, "x" * 100), (101, "x" * 99 + "…")])
def test_a_long_header_is_cut_in_a_refusal(length: int, told: str) -> None:
    with pytest.raises(UnsupportedContentType, match=f"Content-Type '{told}' is not read here"):
        negotiate("x" * length)
    with pytest.raises(NotAcceptable, match=f"Accept '{told}' cannot be answered"):
        negotiate(accept="x" * length)


@pytest.mark.parametrize("accept", [None, "", " ", "*/*", "text/html, */*", "*/*;q=0.1"])
def test_V05_no_wish_gets_the_default(accept: str | None) -> None:
    assert negotiate(accept=accept).accept == "text/csv"


@pytest.mark.parametrize("accept", [None, "", "*/*"])
def test_V05_the_default_can_be_set(accept: str | None) -> None:
    settings = replace(SETTINGS, default_accept="Application/JSON")
    assert negotiate(accept=accept, settings=settings).accept == "application/json"


def test_V05_where_several_may_be_answered_the_default_is() -> None:
    settings = replace(SETTINGS, default_accept="application/jsonlines")
    assert negotiate(accept="text/html, */*;q=0.5", settings=settings).accept == "application/jsonlines"
    assert negotiate(accept="application/*", settings=settings).accept == "application/jsonlines"


def test_a_default_that_the_model_does_not_answer_is_refused_at_the_start() -> None:
    with pytest.raises(UserError, match="SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT is 'image/png', this model answers"):
        Negotiator(
            REQUEST_TYPES, ACCEPTS, lambda content_type: ACCEPTS[0], replace(SETTINGS, default_accept="image/png")
        )


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/json", "application/json"),
        ("APPLICATION/JSON; charset=utf-8", "application/json"),
        ("text/html, application/json", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("application/json;q=0.5, text/csv;q=0.9", "text/csv"),
        ("application/json;q=0.5,application/jsonlines;q=0.6", "application/jsonlines"),
        ("application/*", "application/json"),
        ("*/*, application/jsonlines", "application/jsonlines"),
        ("text/csv;q=0, */*", "application/json"),
        ("*/*;q=0.9, text/*;q=0.1", "application/json"),
        ("text/*;q=0.9, text/csv;q=0.1, */*;q=0.5", "application/json"),
        ("application/json;q=often", "application/json"),
        ("text/csv, application/json;q=often", "text/csv"),
        ("application/json;q=often, text/csv;q=0.9", "application/json"),
        ("*/*;q=0.8, application/json;q=0.2", "text/csv"),
    ],
)
def test_V05_lists_wildcards_and_weights_are_honoured(accept: str, chosen: str) -> None:
    assert negotiate(accept=accept).accept == chosen


@pytest.mark.parametrize("accept", ["image/png", "text/html,image/*", "text/csv;q=0", "csv", ",", ";q=1", "a" * 5000])
def test_V06_a_wish_that_cannot_be_met_is_refused_with_the_choices(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        negotiate(accept=accept)
    assert "text/csv, application/json, application/jsonlines" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "accept",
    [
        "text/csv; output=predicted_label,probability",
        'text/csv;output="Predicted_Label, probability"',
        "image/png, text/csv; output=predicted_label,probability;q=0.9",
    ],
)
def test_the_content_of_an_answer_is_selected_in_accept(accept: str) -> None:
    agreed = negotiate(accept=accept)
    assert (agreed.accept, agreed.options.wanted) == ("text/csv", ("predicted_label", "probability"))


def test_accept_wins_over_the_environment_in_selecting_the_content() -> None:
    settings = replace(SETTINGS, wanted=("probability",))
    assert negotiate(accept="text/csv", settings=settings).options.wanted == ("probability",)
    assert negotiate(accept="text/csv; output=labels", settings=settings).options.wanted == ("labels",)


@pytest.mark.parametrize(
    ("accept", "verbose"),
    [
        ("application/json; verbose", True),
        ("application/json;verbose=true", True),
        ("application/json; verbose=False", False),
        ("application/json", False),
    ],
)
def test_a_verbose_answer_is_asked_for_in_accept(accept: str, verbose: bool) -> None:
    assert negotiate(accept=accept).options.verbose is verbose


def test_what_the_headers_say_beside_the_media_types_reaches_the_algorithm() -> None:
    options = negotiate("text/csv; charset=latin-1", "image/png; a=1, application/json; annotation=1").options
    assert options.content_type == {"charset": "latin-1"}
    assert options.accept == {"annotation": "1"}


def test_nobody_can_change_what_other_requests_with_the_same_headers_ask() -> None:
    options = negotiate("text/csv; charset=latin-1", "application/json; annotation=1").options
    for parameters in (options.accept, options.content_type):
        with pytest.raises(TypeError):
            parameters["more"] = "1"  # type: ignore[index]


def test_an_algorithm_may_answer_in_the_type_of_the_request() -> None:
    negotiator = Negotiator(REQUEST_TYPES, ACCEPTS, lambda content_type: content_type, SETTINGS)
    for name in ("text/csv", "application/json"):
        assert negotiator.agree(name, None).accept == negotiator.agree(name, "*/*").accept == name
    assert negotiator.agree("application/json", "text/csv").accept == "text/csv"


def test_the_parameters_of_the_entry_that_won_count() -> None:
    assert not negotiate(accept="application/json;verbose;q=0.1, text/csv").options.verbose


def test_B02_a_transform_job_is_told_to_the_algorithm() -> None:
    assert negotiate(settings=replace(SETTINGS, batch=True)).options.batch
