"""Section C of the checklist: what the files under input/config may look like, whatever the algorithm is."""

from __future__ import annotations

import json

import pytest

from contract.hyperparameter_values import Interval
from contract.hyperparameters import Spec, parse
from tests.contract.conftest import Case, Failing, Trained
from tests.contract.logs import expecting
from tests.contract.subject import Subject
from tests.contract.tree import Tree

pytestmark = pytest.mark.any_algorithm


def _first_integer(subject: Subject, tree: Tree) -> str:
    """An integer hyperparameter that the example sets."""
    given = tree.read_config("hyperparameters")
    for name, spec in subject.specs.items():
        if name in given and spec.type in (int, int | None):
            return name
    pytest.skip("the example sets no integer")


def _bounded(subject: Subject) -> tuple[Spec, Interval]:
    for spec in subject.specs.values():
        if spec.declaration.bounds is not None:
            return spec, spec.declaration.bounds
    pytest.skip("the algorithm has no hyperparameter with bounds")


def test_C02_an_empty_object_counts_as_no_hyperparameters(case: Case, subject: Subject, tree: Tree) -> None:
    tree.write_config("hyperparameters", {})
    exit_code, log = case.train(tree)
    assert (exit_code == 0) is not any(spec.required for spec in subject.specs.values()), log


def test_C03_json_quoted_texts_mean_the_same_as_plain_ones(case: Case, tree: Tree, trained: Trained) -> None:
    tree.write_config("hyperparameters", {k: json.dumps(v) for k, v in tree.read_config("hyperparameters").items()})
    exit_code, log = case.train(tree)
    assert exit_code == 0, log
    assert _metrics(tree) == _metrics(trained.tree)


def test_C05_a_whole_float_is_an_integer(case: Case, subject: Subject, tree: Tree) -> None:
    name = _first_integer(subject, tree)
    tree.set(**{name: f"{tree.read_config('hyperparameters')[name]}.0"})
    exit_code, log = case.train(tree)
    assert exit_code == 0, log


def test_C05_a_broken_float_is_no_integer(subject: Subject, tree: Tree, failing: Failing) -> None:
    name = _first_integer(subject, tree)
    failure = failing(tree.set(**{name: "10.5"}))
    assert name in failure
    assert "10.5" in failure


@pytest.mark.parametrize("unset", ["None", "null", ""])
def test_C05_none_null_and_empty_unset_an_optional_key(case: Case, subject: Subject, tree: Tree, unset: str) -> None:
    given = tree.read_config("hyperparameters")
    optional = [name for name, spec in subject.specs.items() if not spec.required]
    if not optional:
        pytest.skip("the algorithm has no optional hyperparameter")
    unused = next((name for name in optional if name not in given), optional[0])
    exit_code, log = case.train(tree.set(**{unused: unset}))
    assert exit_code == 0, log


def test_C06_keys_of_the_platform_and_the_sdks_are_ignored(case: Case, tree: Tree) -> None:
    tree.set(sagemaker_program="train.py", sagemaker_region='"eu-west-1"', sagemaker_job_name='"j"')
    tree.set(_kvstore="auto", _tuning_objective_metric="train:rmse")
    exit_code, log = case.train(tree)
    assert exit_code == 0, log


def test_T12_a_metric_of_a_channel_that_the_job_does_not_have_is_refused_before_training(
    subject: Subject, tree: Tree, failing: Failing
) -> None:
    channels = tree.read_config("inputdataconfig")
    params = parse(subject.algorithm.Hyperparameters, tree.read_config("hyperparameters"))
    absent = [each for each in subject.algorithm.channels if not each.required and not each.companion]
    absent = [each for each in absent if each.name not in subject.algorithm.scores_itself(params)]
    if not absent:
        pytest.skip("the algorithm scores every channel that it declares")
    for name in (absent[0].name, *absent[0].aliases):
        channels.pop(name, None)
    tree.write_config("inputdataconfig", channels)
    failure = failing(tree.set(_tuning_objective_metric=f"{absent[0].name}:rmse"))
    assert f"{absent[0].name}:rmse is of the channel {absent[0].name!r}" in failure


def test_C07_an_unknown_key_fails_cleanly_and_the_known_names_are_shown(
    subject: Subject, tree: Tree, failing: Failing
) -> None:
    failure = failing(tree.set(no_such_thing="1"))
    assert "no_such_thing" in failure
    assert all(name in failure for name in list(subject.specs)[:1])


def test_C08_a_value_out_of_range_names_key_value_and_range(subject: Subject, tree: Tree, failing: Failing) -> None:
    spec, bounds = _bounded(subject)
    beyond = bounds.low - 1 if bounds.low > float("-inf") else bounds.high + 1
    failure = failing(tree.set(**{spec.name: f"{beyond:g}"}))
    assert all(part in failure for part in (spec.name, f"{beyond:g}", bounds.text))


def test_C08_an_unreadable_value_names_key_and_value(subject: Subject, tree: Tree, failing: Failing) -> None:
    spec, _ = _bounded(subject)
    failure = failing(tree.set(**{spec.name: "twelve"}))
    assert spec.name in failure
    assert "twelve" in failure


def test_C08_all_problems_are_reported_at_once(subject: Subject, tree: Tree, failing: Failing) -> None:
    spec, _ = _bounded(subject)
    failure = failing(tree.set(**{spec.name: "twelve", "first_unknown": "1", "second_unknown": "2"}))
    assert all(name in failure for name in (spec.name, "first_unknown", "second_unknown"))


def test_C09_channels_in_the_short_form_of_local_mode_train(case: Case, tree: Tree) -> None:
    channels = tree.read_config("inputdataconfig")
    short = {
        name: {key: entry[key] for key in ("TrainingInputMode", "ContentType") if key in entry}
        for name, entry in channels.items()
    }
    tree.write_config("inputdataconfig", short)
    exit_code, log = case.train(tree)
    assert exit_code == 0, log


def test_C10_fastfile_is_read_like_file(case: Case, tree: Tree) -> None:
    exit_code, log = case.train(tree.set_channels(TrainingInputMode="FastFile"))
    assert exit_code == 0, log


RESOURCES = {
    "minimal": {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"},
    "full": {
        "current_host": "algo-1-x7k2p",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1-x7k2p"],
        "instance_groups": [
            {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": ["algo-1-x7k2p"]}
        ],
        "network_interface_name": "ethwe",
        "topology": None,
        "of_tomorrow": 1,
    },
    "topology": {"current_host": "algo-1", "hosts": ["algo-1"], "topology": [{"hostName": "algo-1"}]},
}


@pytest.mark.parametrize("resources", RESOURCES.values(), ids=RESOURCES.keys())
def test_C11_every_form_of_resourceconfig_is_read(case: Case, tree: Tree, resources: object) -> None:
    tree.write_config("resourceconfig", resources)
    exit_code, log = case.train(tree)
    assert exit_code == 0, log


def test_C12_unknown_files_beside_the_configuration_are_ignored(case: Case, tree: Tree) -> None:
    tree.write_config("init-config", "not even JSON")
    tree.write_config("upstreamoutputdataconfig", {"a": 1})
    exit_code, log = case.train(tree)
    assert exit_code == 0, log


def test_C13_files_win_over_contradicting_variables(case: Case, tree: Tree, trained: Trained) -> None:
    exit_code, log = case.train(tree, SM_HPS='{"num_round": 1}', SM_CHANNELS='["other"]', SM_CURRENT_HOST="algo-9")
    assert exit_code == 0, log
    assert _metrics(tree) == _metrics(trained.tree)


def test_C14_a_content_type_is_matched_in_any_case_and_with_parameters(
    case: Case, subject: Subject, tree: Tree
) -> None:
    if not subject.reads("text/csv"):
        pytest.skip("the algorithm does not read CSV")
    channels = tree.read_config("inputdataconfig")
    for name, entry in channels.items():
        entry["ContentType"] = f"Text/CSV; Label_Size={tree.label_size(name)};charset=utf-8"
    tree.write_config("inputdataconfig", channels)
    exit_code, log = case.train(tree)
    assert exit_code == 0, log


def test_C14_an_unsupported_content_type_names_channel_and_type(tree: Tree, failing: Failing) -> None:
    failure = failing(tree.set_channels(ContentType="application/x-unheard-of"))
    assert "train" in failure
    assert "application/x-unheard-of" in failure


def test_C15_channels_of_programs_and_models_are_not_read_as_data(case: Case, tree: Tree) -> None:
    channels = tree.read_config("inputdataconfig")
    for name in ("code", "sm_drivers") if case.subject.algorithm.continues else ("code", "sm_drivers", "model"):
        tree.channel_folder(name).mkdir()
        (tree.channel_folder(name) / "sourcedir.tar.gz").write_bytes(b"no data")
        channels[name] = {"TrainingInputMode": "File"}
    tree.write_config("inputdataconfig", channels)
    with expecting("channel model is not used"):
        exit_code, log = case.train(tree)
    assert exit_code == 0, log


def test_C15_a_channel_with_odd_characters_that_nobody_knows_is_named(tree: Tree, failing: Failing) -> None:
    channels = tree.read_config("inputdataconfig")
    tree.write_config("inputdataconfig", channels | {"my.data-set_2": {"TrainingInputMode": "File"}})
    assert "my.data-set_2" in failing(tree)


def test_a_broken_configuration_file_is_named(tree: Tree, failing: Failing) -> None:
    tree.write_config("inputdataconfig", "{")
    assert "inputdataconfig.json" in failing(tree)


def _metrics(tree: Tree) -> object:
    return json.loads((tree.output / "data" / "evaluation.json").read_text())["metrics"]
