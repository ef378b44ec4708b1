"""Train with a program of one's own in local mode, written as a user of the SageMaker Python SDK v3 writes it.

Usage: v3_script_mode.py IMAGE FOLDER PORT. FOLDER holds script.json (entry point, hyperparameters, whether the source
directory has requirements), the source directory `source` and the channel `train`; where the SDK left the model is
written to FOLDER/result.json.
"""

import json
import sys
from pathlib import Path

from sagemaker.core.training.configs import Compute, InputData, SourceCode
from sagemaker.train.model_trainer import Mode, ModelTrainer


def main(image: str, folder: Path, port: str) -> None:
    script = json.loads((folder / "script.json").read_text())
    container_root = folder / f"container-{port}"  # the compose project has its name, which no other run may have
    container_root.mkdir()
    trainer = ModelTrainer(
        training_mode=Mode.LOCAL_CONTAINER,
        training_image=image,
        source_code=SourceCode(
            source_dir=str(folder / "source"),
            entry_script=script["entry_point"],
            requirements="requirements.txt" if script["requirements"] else None,
        ),
        compute=Compute(instance_type="local_cpu", instance_count=1),
        local_container_root=str(container_root),
        hyperparameters=script["hyperparameters"],
    )
    trainer.train(input_data_config=[InputData(channel_name="train", data_source=str(folder / "train"))])
    model = container_root / "compressed_artifacts" / "model.tar.gz"
    (folder / "result.json").write_text(json.dumps({"model": str(model)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
