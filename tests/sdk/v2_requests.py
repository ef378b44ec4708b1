"""Asks AWS, or what stands there, for all that job descriptions describe, by the SageMaker Python SDK v2.

Usage: v2_requests.py FOLDER ANSWER. FOLDER holds descriptions, *.yaml; the requests are written to the file ANSWER.
"""

import sys
from functools import cache
from pathlib import Path

from launch import sdk_v2
from launch.description import Job
from launch.sdk_v2.sessions import aws_session
from tests.sdk.capture import ARCHIVE, AT, MODELS, capture

session = cache(aws_session)  # its clients take longer to make than all requests


def ask(job: Job) -> None:
    if job.tuning:
        sdk_v2.tuner(job, AT, session(AT)).fit(sdk_v2.inputs(job), wait=False)
    elif job.endpoint:
        model = sdk_v2.model(job, MODELS if job.endpoint.multi_model else ARCHIVE, AT, session(AT))
        model.deploy(**sdk_v2.deployment(job), wait=False)
    elif job.transform:
        transformer = sdk_v2.transformer(job, sdk_v2.model(job, ARCHIVE, AT, session(AT)))
        transformer.transform(job.transform.data, **sdk_v2.records(job), wait=False)
    else:
        sdk_v2.estimator(job, AT, session(AT)).fit(sdk_v2.inputs(job), wait=False)


if __name__ == "__main__":
    capture(Path(sys.argv[1]), Path(sys.argv[2]), ask)
