"""The names of a request as the SDK's objects spell them."""

from __future__ import annotations

from typing import Any

from sagemaker.core.utils.utils import pascal_to_snake


def spelled(value: Any) -> Any:
    """``{"S3Uri": …}`` as ``{"s3_uri": …}``, all the way down; not for maps whose keys are the user's."""
    if isinstance(value, dict):
        return {pascal_to_snake(name): spelled(part) for name, part in value.items()}
    return [spelled(part) for part in value] if isinstance(value, list) else value
