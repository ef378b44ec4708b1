"""Train, host and batch-transform with pictures, written as a user of the SageMaker Python SDK v2 writes it.

Usage: v2_pictures.py IMAGE FOLDER PORT. FOLDER holds a job description, job.yaml, and pictures in the folder batch;
what the SDK gave back is written to FOLDER/result.json.
"""

import json
import sys
from pathlib import Path
from typing import Any

from sagemaker.deserializers import JSONDeserializer
from sagemaker.model import Model
from sagemaker.serializers import IdentitySerializer
from v2_estimator import fit, local_session, model, transform

from launch import sdk_v2
from launch.description import Job, read


def predict(job: Job, hosted: Model, folder: Path) -> list[Any]:
    """The answers of a local endpoint to the pictures of FOLDER/batch, one request each."""
    predictor = hosted.deploy(**sdk_v2.deployment(job, local=True))
    try:
        predictor.serializer, predictor.deserializer = IdentitySerializer("application/x-image"), JSONDeserializer()
        return [predictor.predict(picture.read_bytes()) for picture in sorted((folder / "batch").iterdir())]
    finally:
        predictor.delete_endpoint()


def main(image: str, folder: Path, port: int) -> None:
    job = read(folder / "job.yaml")
    estimator = fit(job, image, folder, local_session(folder, port))
    hosted = model(job, estimator, image)
    result = {"model_data": estimator.model_data, "answers": predict(job, hosted, folder)}
    result["batch"] = [json.loads(text) for text in transform(job, hosted, folder)]
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
