"""mlp on two hosts, each with other files: whole jobs, joined by TensorFlow."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.training.jobs_of_hosts import Job, address

MLP = Subject("tensorflow", "mlp")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    made = Job(tmp_path_factory.mktemp("hosts"), [address(), "127.0.0.1"], MLP)
    for rank, (name, tree) in enumerate(made.trees.items()):
        shutil.rmtree(tree.base)
        Tree.copy(MLP.example, tree.base).set(algorithm="mlp", mini_batch_size="4", epochs="6", learning_rate="0.05")
        tree.write_config("resourceconfig", {"current_host": name, "hosts": made.names})
        channels = tree.read_config("inputdataconfig")
        channels["train"]["S3DistributionType"] = "ShardedByS3Key"
        tree.write_config("inputdataconfig", channels)
        file = tree.channel_file()
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:25] if rank == 0 else lines[25:]))
    try:
        made.run()
    finally:
        made.kill()
    return made


def test_D04_the_first_host_keeps_a_model_of_the_records_of_both(job: Job) -> None:
    plan = json.loads((job.leader.model / "mlp.json").read_text())
    rows = [line.split(",") for tree in job.trees.values() for line in tree.channel_file().read_text().splitlines()]
    assert len(rows) == 60
    assert plan["label_mean"] == pytest.approx(sum(float(row[0]) for row in rows) / 60, rel=1e-5)
    assert job.trees["127.0.0.1"].model_files() == set()
    manifest = json.loads((job.leader.model / "manifest.json").read_text())
    assert manifest["metrics"]["validation"]["r2"] > 0.9


def test_metrics_are_told_by_the_first_host_only(job: Job) -> None:
    told = {name: job.log(name).count("\nEpoch 0: ") for name in job.names}
    assert told == {job.names[0]: 1, "127.0.0.1": 0}
