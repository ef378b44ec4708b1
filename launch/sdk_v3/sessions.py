"""Sessions of the SDK: of AWS, or of containers on this machine."""

from __future__ import annotations

import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.local import LocalSession

from launch.requests.destination import Destination


def aws_session(at: Destination) -> Session:
    """A session in the region of the job."""
    return Session(boto3.Session(region_name=at.region))


def local_session(at: Destination) -> LocalSession:
    """A session of local mode that keeps everything on this machine: no bucket, no credentials."""
    session = LocalSession(boto3.Session(region_name=at.region))
    session.config = {"local": {"local_code": True}}
    return session
