"""The objects of SageMaker's Python SDK v2 that a job description stands for.

    job = description.read(Path("job.yaml"))
    estimator = sdk_v2.estimator(job)
    estimator.fit(sdk_v2.inputs(job))

They are made from the plain requests (``launch.requests``), so that the SDK asks for the same jobs. ``at`` says where a
job goes, and is found by the credentials where it is not given; ``local=True`` means containers of this machine.
"""

from launch.sdk_v2.hosting import deployment, model
from launch.sdk_v2.training import estimator, inputs
from launch.sdk_v2.transform import records, transformer
from launch.sdk_v2.tuning import tuner

__all__ = ["deployment", "estimator", "inputs", "model", "records", "transformer", "tuner"]
