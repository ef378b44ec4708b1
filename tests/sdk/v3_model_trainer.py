"""Train, host and batch-transform in local mode, written as a user of the SageMaker Python SDK v3 writes it.

Usage: v3_model_trainer.py IMAGE FOLDER PORT. FOLDER holds a job description, job.yaml, hyperparameters in Python's own
types, spelled.json, and the rows to predict, batch/rows.csv; what the SDK gave back is written to FOLDER/result.json.
Needs an engine and a compose command.
"""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

from sagemaker.core.local import LocalSession

from launch import sdk_v3
from launch.description import Job, read
from launch.local_mode import this_machine
from launch.requests.destination import Destination


def train(job: Job, at: Destination, folder: Path, port: int) -> list[Path]:
    """The archives of a job with no command argument: v3 gives none, so the image's own CMD runs.

    A user's own hyperparameters keep their Python types: v3 sends strings as they are, the rest as JSON. The folder's
    name is that of the compose project too; two runs with one name would end each other's containers.
    """
    trainer = sdk_v3.model_trainer(job, at, local=True)
    trainer.hyperparameters |= json.loads((folder / "spelled.json").read_text())
    root = folder / f"container-{port}"
    root.mkdir()
    trainer.local_container_root = str(root)
    trainer.train(sdk_v3.input_data(job, local=True))
    return sorted((root / "compressed_artifacts").iterdir())


def local_session(folder: Path, port: int) -> LocalSession:
    """A session whose containers keep their files in `folder` and publish `port`, so that runs do not collide."""
    (folder / "containers").mkdir()
    session = LocalSession()
    session.config = {"local": {"local_code": True, "serving_port": port, "container_root": str(folder / "containers")}}
    return session


def predict(job: Job, model_name: str, session: LocalSession, body: bytes) -> list[list[str]]:
    """The answer of a local endpoint to rows of CSV."""
    name = sdk_v3.endpoint(job, model_name, session=session, local=True)
    try:
        answer = session.sagemaker_runtime_client.invoke_endpoint(
            EndpointName=name, Body=body, ContentType="text/csv", Accept="text/csv"
        )
        return list(csv.reader(answer["Body"].read().decode().splitlines()))
    finally:
        session.sagemaker_client.delete_endpoint(EndpointName=name)


def transform(job: Job, model_name: str, session: LocalSession, folder: Path) -> list[str]:
    """The files that a batch transform wrote for those of FOLDER/batch."""
    transformer = sdk_v3.transformer(job, model_name, session, local=True)
    transformer.output_path = f"file://{folder}/transformed"
    transformer.transform(f"file://{folder}/batch", **sdk_v3.records(job, local=True), logs=False)
    return [path.read_text() for path in sorted((folder / "transformed").rglob("*.out"))]


def main(image: str, folder: Path, port: int) -> None:
    job = read(folder / "job.yaml")
    at = replace(this_machine(job), image=image)
    archives = train(job, at, folder, port)
    session = local_session(folder, port)
    model_name = sdk_v3.model(job, f"file://{archives[0]}", at, session, local=True)
    result = {
        "archives": [str(archive) for archive in archives],
        "csv": predict(job, model_name, session, (folder / "batch" / "rows.csv").read_bytes()),
        "batch": transform(job, model_name, session, folder),
    }
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
