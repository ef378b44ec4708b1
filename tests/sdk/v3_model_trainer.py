"""Train in local mode, written as a user of the SageMaker Python SDK v3 writes it.

Usage: v3_model_trainer.py IMAGE FOLDER. FOLDER holds train/ and validation/ with CSV files; where the SDK left the
artefacts is written to FOLDER/result.json. Needs an engine and a compose command; no session, no credentials.
"""

import json
import sys
from pathlib import Path

from sagemaker.core.training.configs import Compute, InputData
from sagemaker.train.model_trainer import Mode, ModelTrainer


def trainer(image: str, folder: Path) -> ModelTrainer:
    """A trainer whose hyperparameters keep their Python types: v3 sends strings as they are, the rest as JSON."""
    container_root = folder / "container"
    container_root.mkdir()
    return ModelTrainer(
        training_mode=Mode.LOCAL_CONTAINER,
        training_image=image,
        compute=Compute(instance_type="local_cpu", instance_count=1),
        local_container_root=str(container_root),
        hyperparameters={
            "objective": "reg:squarederror",
            "num_round": 10,
            "eta": 0.3,
            "save_model_on_termination": True,
            "base_score": None,
        },
    )


def main(image: str, folder: Path) -> None:
    """Train with no command argument (v3 gives none, so the image's own CMD runs) and report the archives."""
    model_trainer = trainer(image, folder)
    model_trainer.train(
        input_data_config=[
            InputData(channel_name=name, data_source=str(folder / name), content_type="text/csv")
            for name in ("train", "validation")
        ]
    )
    archives = sorted(str(path) for path in (folder / "container" / "compressed_artifacts").iterdir())
    (folder / "result.json").write_text(json.dumps({"archives": archives}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
