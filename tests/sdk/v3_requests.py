"""Asks AWS, or what stands there, for all that job descriptions describe, by the SageMaker Python SDK v3.

Usage: v3_requests.py FOLDER ANSWER. FOLDER holds descriptions, *.yaml; the requests are written to the file ANSWER.
"""

import sys
from functools import cache
from pathlib import Path

from launch import sdk_v3
from launch.description import Job
from launch.sdk_v3.sessions import aws_session
from tests.sdk.capture import ARCHIVE, AT, MODELS, capture

session = cache(aws_session)  # its clients take longer to make than all requests


def ask(job: Job) -> None:
    if job.tuning:
        sdk_v3.tuner(job, AT, session(AT)).tune(sdk_v3.input_data(job), wait=False)
    elif job.endpoint:
        sdk_v3.endpoint(job, sdk_v3.model(job, MODELS if job.endpoint.multi_model else ARCHIVE, AT, session(AT)), AT)
    elif job.transform:
        transformer = sdk_v3.transformer(job, sdk_v3.model(job, ARCHIVE, AT, session(AT)), session(AT))
        transformer.transform(job.transform.data, **sdk_v3.records(job), wait=False)
    else:
        sdk_v3.model_trainer(job, AT, session(AT)).train(sdk_v3.input_data(job), wait=False, logs=False)


if __name__ == "__main__":
    capture(Path(sys.argv[1]), Path(sys.argv[2]), ask)
