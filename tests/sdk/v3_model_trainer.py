"""Train in local mode, written as a user of the SageMaker Python SDK v3 writes it.

Usage: v3_model_trainer.py IMAGE FOLDER. FOLDER holds job.json (hyperparameters, content types of the channels) and a
folder for each channel; where the SDK left the artefacts is written to FOLDER/result.json. Needs an engine and a
compose command; no session, no credentials.
"""

import json
import sys
from pathlib import Path
from typing import Any

from sagemaker.core.training.configs import Compute, InputData
from sagemaker.train.model_trainer import Mode, ModelTrainer


def trainer(image: str, folder: Path, hyperparameters: dict[str, Any]) -> ModelTrainer:
    """A trainer whose hyperparameters keep their Python types: v3 sends strings as they are, the rest as JSON."""
    container_root = folder / "container"
    container_root.mkdir()
    return ModelTrainer(
        training_mode=Mode.LOCAL_CONTAINER,
        training_image=image,
        compute=Compute(instance_type="local_cpu", instance_count=1),
        local_container_root=str(container_root),
        hyperparameters=hyperparameters,
    )


def main(image: str, folder: Path) -> None:
    """Train with no command argument (v3 gives none, so the image's own CMD runs) and report the archives."""
    job = json.loads((folder / "job.json").read_text())
    model_trainer = trainer(image, folder, job["hyperparameters"])
    model_trainer.train(
        input_data_config=[
            InputData(channel_name=name, data_source=str(folder / name), content_type=content_type)
            for name, content_type in job["content_types"].items()
        ]
    )
    archives = sorted(str(path) for path in (folder / "container" / "compressed_artifacts").iterdir())
    (folder / "result.json").write_text(json.dumps({"archives": archives}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
