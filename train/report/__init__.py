"""The training report: one HTML page that explains a model to whoever did not train it."""

from __future__ import annotations

from train.report.page import Report, render

__all__ = ["Report", "render"]
