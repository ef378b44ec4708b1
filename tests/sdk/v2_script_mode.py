"""Train with a program of one's own in local mode, written as a user of the SageMaker Python SDK v2 writes it.

Usage: v2_script_mode.py IMAGE FOLDER PORT. FOLDER holds script.json (entry point, hyperparameters, whether the source
directory has requirements), the source directory `source` and the channel `train`; where the SDK left the model is
written to FOLDER/result.json.
"""

import json
import sys
from pathlib import Path

from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.local import LocalSession

ROLE = "arn:aws:iam::000000000000:role/local-mode"  # a full ARN is taken as it is, a bare name would be looked up


def main(image: str, folder: Path) -> None:
    script = json.loads((folder / "script.json").read_text())
    (folder / "containers").mkdir()
    session = LocalSession()
    session.config = {"local": {"local_code": True, "container_root": str(folder / "containers")}}
    estimator = Estimator(
        image_uri=image,
        role=ROLE,
        instance_count=1,
        instance_type="local",
        entry_point=script["entry_point"],
        source_dir=str(folder / "source"),
        hyperparameters=script["hyperparameters"],
        output_path=f"file://{folder}/output",
        sagemaker_session=session,
    )
    estimator.fit({"train": TrainingInput(f"file://{folder}/train")})
    (folder / "result.json").write_text(json.dumps({"model": estimator.model_data}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
