"""One job description: a small YAML file, checked as a whole before anything is paid for."""

from launch.description.job import Job
from launch.description.reading import read

__all__ = ["Job", "read"]
