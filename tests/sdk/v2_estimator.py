"""Train, host and batch-transform in local mode, written as a user of the SageMaker Python SDK v2 writes it.

Usage: v2_estimator.py IMAGE FOLDER PORT. FOLDER holds job.json (hyperparameters, content types of the channels, rows to
predict), a folder for each channel and batch/rows.csv; what the SDK gave back is written to FOLDER/result.json. Needs
an engine, a compose command, a region and any credentials.
"""

import json
import sys
from pathlib import Path
from typing import Any

from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.local import LocalSession
from sagemaker.serializers import CSVSerializer, JSONSerializer

ROLE = "arn:aws:iam::000000000000:role/local-mode"  # a full ARN is taken as it is, a bare name would be looked up

Job = dict[str, Any]


def local_session(folder: Path, port: int) -> LocalSession:
    """A session whose containers keep their files in `folder` and publish `port`, so that runs do not collide."""
    (folder / "containers").mkdir()
    session = LocalSession()
    session.config = {"local": {"local_code": True, "serving_port": port, "container_root": str(folder / "containers")}}
    return session


def fit(image: str, folder: Path, job: Job, session: LocalSession) -> Estimator:
    """One training job. The hyperparameters keep their Python types: v2 sends `10`, `0.3`, `True`, `None`."""
    estimator = Estimator(
        image_uri=image,
        role=ROLE,
        instance_count=1,
        instance_type="local",
        output_path=f"file://{folder}/output",
        sagemaker_session=session,
        hyperparameters=job["hyperparameters"],
    )
    channels = job["content_types"].items()
    estimator.fit({name: TrainingInput(f"file://{folder}/{name}", content_type=kind) for name, kind in channels})
    return estimator


def predict(estimator: Estimator, rows: list[list[float]]) -> dict[str, object]:
    """The answers of a local endpoint for the same rows sent as CSV and as JSON."""
    predictor = estimator.deploy(initial_instance_count=1, instance_type="local")
    try:
        predictor.serializer, predictor.deserializer = CSVSerializer(), CSVDeserializer()
        csv_answer = predictor.predict(rows)
        predictor.serializer, predictor.deserializer = JSONSerializer(), JSONDeserializer()
        json_answer = predictor.predict({"instances": [{"features": row} for row in rows]})
    finally:
        predictor.delete_endpoint()
    return {"csv": csv_answer, "json": json_answer}


def transform(estimator: Estimator, folder: Path) -> list[str]:
    """The lines that a batch transform wrote for the rows of FOLDER/batch, blank ones left out."""
    transformer = estimator.transformer(
        instance_count=1,
        instance_type="local",
        strategy="MultiRecord",  # local mode misreads the strategy a container proposes, so it has to be given
        assemble_with="Line",
        accept="text/csv",
        output_path=f"file://{folder}/transformed",
    )
    # without logs=False the SDK would ask CloudWatch for the lines that it has just shown
    transformer.transform(f"file://{folder}/batch", content_type="text/csv", split_type="Line", logs=False)
    written = (folder / "transformed" / "rows.csv.out").read_text()
    return [line for line in written.splitlines() if line]


def main(image: str, folder: Path, port: int) -> None:
    job: Job = json.loads((folder / "job.json").read_text())
    estimator = fit(image, folder, job, local_session(folder, port))
    result = {"model_data": estimator.model_data}
    result |= predict(estimator, job["rows"])
    result["batch"] = transform(estimator, folder)
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
