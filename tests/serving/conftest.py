"""Trained toys and running servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from serve.settings import Settings
from tests.multi_model import MultiModel
from tests.server_process import ServerProcess
from tests.serving.pipes import Pipes
from tests.serving.toy_models import write_model

StartServer = Callable[..., ServerProcess]


@pytest.fixture(scope="session")
def mean_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base directory with a model of the toy ``mean``. Only read it."""
    base = tmp_path_factory.mktemp("mean")
    write_model(base / "model")
    return base


@pytest.fixture(scope="session")
def mean_settings(mean_base: Path) -> Settings:
    return Settings(family="tests.toys.mean", base=mean_base)


@pytest.fixture(scope="session")
def server(mean_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running server of the toy ``mean`` that no test may stop or wound."""
    environ = {"ALGORITHM_FAMILY": "tests.toys.mean", "SAGEMAKER_MODEL_SERVER_WORKERS": "2"}
    with ServerProcess(mean_base, tmp_path_factory.mktemp("server"), environ) as running:
        yield running


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts a server of the model in ``tmp_path/model`` and waits until it is healthy; stops it after the test."""
    with ExitStack() as stack:

        def start(toy: str = "mean", environ: Mapping[str, str] | None = None) -> ServerProcess:
            family = {"ALGORITHM_FAMILY": f"tests.toys.{toy}", "SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
            return stack.enter_context(ServerProcess(tmp_path, tmp_path, {**family, **(environ or {})}))

        yield start


@pytest.fixture(scope="session")
def multi_model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of many models of the toy ``mean`` that no test may stop or wound."""
    folder = tmp_path_factory.mktemp("many")
    environ = {"ALGORITHM_FAMILY": "tests.toys.mean", "SAGEMAKER_MULTI_MODEL": "true"}
    with ServerProcess(folder, folder, environ) as running:
        yield running


@pytest.fixture
def many(multi_model_server: ServerProcess, tmp_path: Path) -> Iterator[MultiModel]:
    """That server, without models before and after the test, which may unpack some in its own folder."""
    models = MultiModel(multi_model_server.endpoint, tmp_path / "models")
    yield models
    for name in models.names():
        models.unload(name)


@pytest.fixture
def pipes(tmp_path: Path) -> Pipes:
    return Pipes(tmp_path)


@pytest.fixture
def run_serve(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs ``serve`` until it ends by itself: its exit code and what it printed."""

    def run(environ: Mapping[str, str], arguments: Sequence[str] = ()) -> tuple[int, str]:
        program = ServerProcess(tmp_path, tmp_path, environ, arguments).start()
        return program.wait(), program.log

    return run
