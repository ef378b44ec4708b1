"""A model asked as an endpoint asks it, without a server, files or a job."""

from __future__ import annotations

from typing import Any

from contract.algorithm import Algorithm
from contract.answer import RequestOptions
from contract.media_type import MediaType


def respond(
    algorithm: Algorithm[Any, Any, Any], model: Any, features: int, body: bytes, content_type: str, accept: str
) -> bytes:
    """The answer to a request; ``features`` is the number that the model learned from."""
    signature = {"feature_count": features, "feature_names": []}
    batch = algorithm.input.decode(body, MediaType.parse(content_type), signature)
    output = algorithm.output(model)
    return output.encode(output.answer(algorithm.predict(model, batch), batch, RequestOptions()), accept)
