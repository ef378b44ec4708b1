"""The version of this project, which is the tag of its images."""

import tomllib
from pathlib import Path

VERSION: str = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]
"""Read where ``launch`` lives, in a checkout: an installation's metadata would still say what was once installed."""
