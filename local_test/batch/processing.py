"""Filters records, joins them with their answers, and filters the result, as the platform does."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from local_test.batch import jsonpath
from local_test.batch.request import CSV, JSON, TransformRequest
from local_test.errors import RecordError


class Processing:
    """The filters and the join of a request.

    A CSV row is an array of its cells, to which those of its answer are appended; a JSON object gets its answer as
    ``SageMakerOutput``, and any other value becomes an object with both.
    """

    def __init__(self, request: TransformRequest) -> None:
        self._csv = request.kind == CSV
        self._one = request.kind == JSON and request.split == "None"
        self._join = request.join
        self._end = "\n" if request.assemble == "Line" else ""
        self._filters = request.input_filter not in ("", "$")
        self._input = jsonpath.parse(request.input_filter or "$")
        self._output = jsonpath.parse(request.output_filter or "$")

    def rows(self, body: bytes) -> list[Any]:
        """What a record or an answer holds: CSV rows or JSON values; blank lines are nothing."""
        try:
            text = body.decode("utf-8-sig")
            if self._csv:
                return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
            parts = [text] if self._one else text.split("\n")
            return [json.loads(part) for part in parts if part.strip()]
        except (ValueError, RecursionError, csv.Error) as error:
            kind = "CSV" if self._csv else "JSON"
            raise RecordError(f"what should be {kind} is none ({error}): {body[:80]!r}") from error

    def sent(self, body: bytes, rows: Sequence[Any]) -> bytes:
        """A record as the container gets it."""
        if not self._filters:
            return body
        end = "" if self._one else "\n"
        return "".join(self._written(self._input(row), end) for row in rows).encode()

    def assembled(self, rows: Sequence[Any], answer: bytes) -> bytes:
        """The answer to some rows as it is written. Raises RecordError where there is not one for each."""
        answers = self.rows(answer)
        if len(answers) != len(rows):
            raise RecordError(f"{len(rows)} records were sent, {len(answers)} answers came back: one each is needed")
        joined = map(self._joined, rows, answers) if self._join else answers
        return "".join(self._written(self._output(row), self._end) for row in joined).encode()

    def _joined(self, row: Any, answer: Any) -> Any:
        if self._csv:
            return [*row, *answer]
        if isinstance(row, dict):
            return row | {"SageMakerOutput": answer}
        return {"SageMakerInput": row, "SageMakerOutput": answer}

    def _written(self, row: Any, end: str) -> str:
        if not self._csv:
            return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + end
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row if isinstance(row, list) else [row])
        return line.getvalue()
