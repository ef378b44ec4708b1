"""Commands and lines of Python, ready to copy, that send a request to an endpoint."""

from __future__ import annotations

from launch.declaration import Declared
from launch.description import Job
from launch.description.hosting import Endpoint
from launch.requests.hosting import endpoint_name


def examples(job: Job, declared: Declared, region: str) -> list[str]:
    """A line for the shell and one for Python."""
    endpoint, name = job.endpoint or Endpoint(), endpoint_name(job)
    kind = _content_type(job, declared)
    if endpoint.asynchronous:
        address = "s3://BUCKET/records"
        return [
            f"aws sagemaker-runtime invoke-endpoint-async --region {region} --endpoint-name {name} "
            f"--content-type {kind} --input-location {address}",
            f'boto3.client("sagemaker-runtime", "{region}").invoke_endpoint_async(EndpointName="{name}", '
            f'ContentType="{kind}", InputLocation="{address}")["OutputLocation"]',
        ]
    shell, python = (
        ("--target-model MODEL.tar.gz ", 'TargetModel="MODEL.tar.gz", ') if endpoint.multi_model else ("", "")
    )
    return [
        f"aws sagemaker-runtime invoke-endpoint --region {region} --endpoint-name {name} {shell}"
        f"--content-type {kind} --body fileb://records answer",
        f'boto3.client("sagemaker-runtime", "{region}").invoke_endpoint(EndpointName="{name}", {python}'
        f'ContentType="{kind}", Body=records)["Body"].read()',
    ]


def _content_type(job: Job, declared: Declared) -> str:
    first = job.endpoint.pipeline.before if job.endpoint and job.endpoint.pipeline else ()
    types = () if first else declared.request_types  # what another container takes is not known here
    return "text/csv" if "text/csv" in types or not types else types[0]
