"""Train, host and batch-transform in local mode, written as a user of the SageMaker Python SDK v2 writes it.

Usage: v2_estimator.py IMAGE FOLDER PORT. FOLDER holds a job description, job.yaml, hyperparameters in Python's own
types, spelled.json, and the rows to predict, batch/rows.csv; what the SDK gave back is written to FOLDER/result.json.
Needs an engine, a compose command, and neither region nor credentials that are worth anything.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.local import LocalSession
from sagemaker.model import Model
from sagemaker.serializers import CSVSerializer, JSONSerializer

from launch import sdk_v2
from launch.description import Job, read
from launch.local_mode import this_machine


def local_session(folder: Path, port: int) -> LocalSession:
    """A session whose containers keep their files in `folder` and publish `port`, so that runs do not collide."""
    (folder / "containers").mkdir()
    session = LocalSession()
    session.config = {"local": {"local_code": True, "serving_port": port, "container_root": str(folder / "containers")}}
    return session


def fit(job: Job, image: str, folder: Path, session: LocalSession) -> Estimator:
    """One training job. A user's own hyperparameters keep their Python types: v2 sends `True` and `None`."""
    estimator = sdk_v2.estimator(job, replace(this_machine(job), image=image), session, local=True)
    estimator.set_hyperparameters(**json.loads((folder / "spelled.json").read_text()))
    estimator.output_path = f"file://{folder}/output"
    estimator.fit(sdk_v2.inputs(job, local=True))
    return estimator


def model(job: Job, estimator: Estimator, image: str) -> Model:
    at = replace(this_machine(job), image=image)
    return sdk_v2.model(job, estimator.model_data, at, estimator.sagemaker_session, local=True)


def predict(job: Job, hosted: Model, rows: list[list[float]]) -> dict[str, object]:
    """The answers of a local endpoint for the same rows sent as CSV and as JSON."""
    predictor = hosted.deploy(**sdk_v2.deployment(job, local=True))
    try:
        predictor.serializer, predictor.deserializer = CSVSerializer(), CSVDeserializer()
        csv_answer = predictor.predict(rows)
        predictor.serializer, predictor.deserializer = JSONSerializer(), JSONDeserializer()
        json_answer = predictor.predict({"instances": [{"features": row} for row in rows]})
    finally:
        predictor.delete_endpoint()
    return {"csv": csv_answer, "json": json_answer}


def transform(job: Job, hosted: Model, folder: Path) -> list[str]:
    """The files that a batch transform wrote for those of FOLDER/batch."""
    transformer = sdk_v2.transformer(job, hosted, local=True)
    transformer.output_path = f"file://{folder}/transformed"
    # without logs=False the SDK would ask CloudWatch for the lines that it has just shown
    transformer.transform(f"file://{folder}/batch", **sdk_v2.records(job, local=True), logs=False)
    return [path.read_text() for path in sorted((folder / "transformed").rglob("*.out"))]


def rows_of(folder: Path) -> list[list[float]]:
    lines = (folder / "batch" / "rows.csv").read_text().splitlines()
    return [[float(cell) for cell in line.split(",")] for line in lines]


def main(image: str, folder: Path, port: int) -> None:
    job = read(folder / "job.yaml")
    estimator = fit(job, image, folder, local_session(folder, port))
    hosted = model(job, estimator, image)
    result = {"model_data": estimator.model_data, **predict(job, hosted, rows_of(folder))}
    result["batch"] = transform(job, hosted, folder)
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
