from __future__ import annotations

from pathlib import Path

import pytest

from contract.errors import UserError
from serve.settings import MEBIBYTE, Settings

FAMILY = {"ALGORITHM_FAMILY": "xgboost"}


def test_only_the_family_has_to_be_named() -> None:
    settings = Settings.read(FAMILY)
    assert (settings.family, settings.port, settings.model) == ("xgboost", 8080, Path("/opt/ml/model"))
    assert settings.max_bytes == 100 * MEBIBYTE
    assert (settings.timeout, settings.batch, settings.workers, settings.wanted) == (58, False, None, ())


def test_a_missing_family_is_named_with_a_remedy() -> None:
    with pytest.raises(UserError, match="ALGORITHM_FAMILY is not set: set it to"):
        Settings.read({"ALGORITHM_FAMILY": ""})


def test_empty_variables_count_as_unset() -> None:
    empty = dict.fromkeys(("SAGEMAKER_BASE_DIR", "SAGEMAKER_BIND_TO_PORT", "SAGEMAKER_BATCH", "ALGORITHM"), "")
    assert Settings.read({**FAMILY, **empty}) == Settings.read(FAMILY)


@pytest.mark.parametrize("text", ["true", "True", "1"])
def test_B02_every_spelling_of_batch_counts_and_gives_more_time(text: str) -> None:
    settings = Settings.read({**FAMILY, "SAGEMAKER_BATCH": text})
    assert settings.batch
    assert settings.timeout == 600


def test_A02_a_timeout_that_is_set_wins_over_every_default() -> None:
    assert Settings.read({**FAMILY, "SAGEMAKER_MODEL_SERVER_TIMEOUT": "3600"}).timeout == 3600


@pytest.mark.parametrize(
    ("environ", "limit"),
    [
        ({"MAX_CONTENT_LENGTH": "1000"}, 1000),
        ({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "6"}, 100 * MEBIBYTE),
        ({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "50", "MAX_CONTENT_LENGTH": "1000"}, 50 * MEBIBYTE),
        ({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}, None),
    ],
)
def test_B06_the_payload_of_a_transform_job_is_never_refused(environ: dict[str, str], limit: int | None) -> None:
    assert Settings.read({**FAMILY, **environ}).max_bytes == limit


def test_selectable_output_ignores_case_and_blanks() -> None:
    settings = Settings.read({**FAMILY, "SAGEMAKER_INFERENCE_OUTPUT": " Predicted_Label , probability,"})
    assert settings.wanted == ("predicted_label", "probability")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SAGEMAKER_BIND_TO_PORT", "http", "a whole number from 1 to 65535"),
        ("SAGEMAKER_BIND_TO_PORT", "70000", "a whole number from 1 to 65535"),
        ("SAGEMAKER_MODEL_SERVER_WORKERS", "0", "a whole number from 1 to 1024"),
        ("SAGEMAKER_MODEL_SERVER_WORKERS", "1.5", "a whole number"),
        ("SAGEMAKER_MODEL_SERVER_TIMEOUT", "-1", "a whole number from 1 to 3600"),
        ("MAX_CONTENT_LENGTH", "6mb", "a whole number"),
        ("MAX_CONTENT_LENGTH", "٣", "a whole number"),
        ("SAGEMAKER_BATCH", "yes", "true or false"),
        ("OMP_NUM_THREADS", "all", "a whole number"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(name: str, value: str, allowed: str) -> None:
    with pytest.raises(UserError) as caught:
        Settings.read({**FAMILY, name: value})
    assert str(caught.value).startswith(f"{name} is {value!r}, expected {allowed}")


def test_many_models_are_asked_for_by_a_variable() -> None:
    assert Settings.read({**FAMILY, "SAGEMAKER_MULTI_MODEL": "true"}).multi_model
    assert not Settings.read({**FAMILY, "SAGEMAKER_MULTI_MODEL": "false"}).multi_model
    assert not Settings.read(FAMILY).multi_model


def test_one_of_many_models_has_its_own_directory_and_the_code_that_is_in_it(tmp_path: Path) -> None:
    sdk = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    one = Settings.read({**FAMILY, **sdk}).of_model(tmp_path)
    assert (one.model, one.code, one.program) == (tmp_path, None, "inference.py")
    shared = Settings.read({**FAMILY, **sdk, "SAGEMAKER_SUBMIT_DIRECTORY": str(tmp_path)})
    assert shared.of_model(tmp_path / "model").code == tmp_path
