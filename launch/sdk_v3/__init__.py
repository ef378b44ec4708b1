"""The objects of SageMaker's Python SDK v3 that a job description stands for.

    job = description.read(Path("job.yaml"))
    trainer = sdk_v3.model_trainer(job)
    trainer.train(sdk_v3.input_data(job))

They are made from the plain requests (``launch.requests``), so that the SDK asks for the same jobs. ``at`` says where a
job goes, and is found by the credentials where it is not given; ``local=True`` means containers of this machine.
"""

from launch.sdk_v3.hosting import endpoint, model
from launch.sdk_v3.training import input_data, model_trainer
from launch.sdk_v3.transform import records, transformer
from launch.sdk_v3.tuning import tuner

__all__ = ["endpoint", "input_data", "model", "model_trainer", "records", "transformer", "tuner"]
