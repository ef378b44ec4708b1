"""Train, host and batch-transform with pictures, written as a user of the SageMaker Python SDK v2 writes it.

Usage: v2_pictures.py IMAGE FOLDER PORT. FOLDER holds job.json (hyperparameters, content types of the channels), a
folder for each channel and pictures in the folder batch; what the SDK gave back is written to FOLDER/result.json.
"""

import json
import sys
from pathlib import Path
from typing import Any

from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.serializers import IdentitySerializer
from v2_estimator import fit, local_session


def predict(estimator: Estimator, folder: Path) -> list[Any]:
    """The answers of a local endpoint to the pictures of FOLDER/batch, one request each."""
    predictor = estimator.deploy(initial_instance_count=1, instance_type="local")
    try:
        predictor.serializer, predictor.deserializer = IdentitySerializer("application/x-image"), JSONDeserializer()
        return [predictor.predict(picture.read_bytes()) for picture in sorted((folder / "batch").iterdir())]
    finally:
        predictor.delete_endpoint()


def transform(estimator: Estimator, folder: Path) -> list[Any]:
    """What a batch transform wrote for the same pictures, a file each."""
    transformer = estimator.transformer(
        instance_count=1,
        instance_type="local",
        strategy="SingleRecord",
        accept="application/jsonlines",
        output_path=f"file://{folder}/transformed",
    )
    transformer.transform(f"file://{folder}/batch", content_type="application/x-image", logs=False)
    return [json.loads(path.read_text()) for path in sorted((folder / "transformed").rglob("*.out"))]


def main(image: str, folder: Path, port: int) -> None:
    job = json.loads((folder / "job.json").read_text())
    estimator = fit(image, folder, job, local_session(folder, port))
    answers = predict(estimator, folder)
    result = {"model_data": estimator.model_data, "answers": answers, "batch": transform(estimator, folder)}
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
