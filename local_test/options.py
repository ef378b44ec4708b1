"""The command line: what may be given, and how its texts become values."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path

from local_test.docker_runtime import DockerRuntime, image_of
from local_test.endpoint import STARTUP_SECONDS
from local_test.errors import UsageError
from local_test.process_runtime import ProcessRuntime
from local_test.request import MAX_RUNTIME_SECONDS, Channel, TrainingRequest
from local_test.runtime import Runtime

_CHANNEL_OPTIONS = ("content_type", "input_mode")
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".jsonlines": "application/jsonlines",
    ".libsvm": "text/libsvm",
    ".svm": "text/libsvm",
    ".parquet": "application/x-parquet",
    ".npy": "application/x-npy",
    ".rec": "application/x-recordio-protobuf",
    ".recordio": "application/x-recordio-protobuf",
    ".pbr": "application/x-recordio-protobuf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".txt": "text/plain",
}


def parser() -> argparse.ArgumentParser:
    """The parser of ``python -m local_test``; the chosen verb is in ``verb``."""
    main = argparse.ArgumentParser(
        prog="local_test", description="Runs train and serve as Amazon SageMaker runs them.", allow_abbrev=False
    )
    verbs = main.add_subparsers(dest="verb", required=True, metavar="train|serve|predict|demo")
    _add_train(verbs.add_parser("train", help="run a training job", allow_abbrev=False))
    _add_serve(verbs.add_parser("serve", help="host a model until Ctrl-C", allow_abbrev=False))
    _add_predict(verbs.add_parser("predict", help="send one request to a hosted model", allow_abbrev=False))
    _add_demo(verbs.add_parser("demo", help="train, serve and predict on real data", allow_abbrev=False))
    return main


def _add_train(train: argparse.ArgumentParser) -> None:
    _add_runtime(train)
    add = train.add_argument
    add("--channel", action="append", default=[], metavar="NAME=PATH[,content_type=TYPE][,input_mode=MODE]",
        help="an input, for example train=data/train.csv,content_type=text/csv (repeat it for each channel); "
             "MODE is File, FastFile or Pipe")  # fmt: skip
    add("--hyperparameter", action="append", default=[], metavar="NAME=VALUE", help="repeat it for each one")
    add("--hyperparameters", type=Path, metavar="FILE.json", help="an object of names and values")
    add("--output", type=Path, default=Path("build/job"), metavar="DIR", help="where results go (default: %(default)s)")
    add("--checkpoints", type=Path, metavar="DIR", help="turns checkpoints on; they are kept in DIR")
    add("--max-runtime", type=float, default=MAX_RUNTIME_SECONDS, metavar="SECONDS",
        help="then the job is stopped: SIGTERM, SIGKILL 120 s later (default: a day)")  # fmt: skip
    add("--instance-type", default=TrainingRequest.instance_type, metavar="TYPE",
        help="what resourceconfig.json tells; this machine stays what it is (default: %(default)s)")  # fmt: skip
    add("--network", action=argparse.BooleanOptionalAction, default=False,
        help="Docker: let the job reach the network")  # fmt: skip


def _add_serve(serve: argparse.ArgumentParser) -> None:
    _add_runtime(serve)
    add = serve.add_argument
    add("--model", type=Path, required=True, metavar="PATH", help="model.tar.gz, or a folder with its content")
    add("--port", type=int, default=0, help="local port (default: a free one, which is printed)")
    add("--startup-timeout", type=float, default=STARTUP_SECONDS, metavar="SECONDS",
        help="the first good ping has to come within this time (default: %(default)g)")  # fmt: skip
    add("--user", default="", metavar="UID", help="Docker: run as this user, as serverless endpoints do (try 1051)")
    add("--faithful", action=argparse.BooleanOptionalAction, default=True,
        help="model (and in Docker the whole root file system, except /tmp) read-only")  # fmt: skip


def _add_predict(predict: argparse.ArgumentParser) -> None:
    add = predict.add_argument
    add("payload", metavar="PAYLOAD", help="a file, or - for standard input")
    add("--url", required=True, help="http://127.0.0.1:PORT, as serve printed it")
    add("--content-type", default="", metavar="TYPE", help="default: from the payload's suffix")
    add("--accept", default="", metavar="TYPE", help="default: the header is not sent")


def _add_demo(demo: argparse.ArgumentParser) -> None:
    add = demo.add_argument
    add("--family", default="xgboost", help="default: %(default)s")
    add("--runtime", choices=("process", "docker"), default="process", help="default: %(default)s")
    add("--data", type=Path, metavar="DIR", help="a folder that holds seoul-bike/SeoulBikeData.csv")
    add("--output", type=Path, default=Path("build/demo"), metavar="DIR", help="default: %(default)s")


def _add_runtime(verb: argparse.ArgumentParser) -> None:
    what = verb.add_mutually_exclusive_group(required=True)
    what.add_argument("--family", default="", help="an image family, for example xgboost")
    what.add_argument("--image", default="", help="an image, for example open-algorithms/xgboost:latest")
    verb.add_argument("--runtime", choices=("process", "docker"), help="default: docker for --image, else process")
    verb.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="repeat it for each variable")


def runtime_of(options: argparse.Namespace) -> Runtime:
    """The runtime that the options ask for."""
    kind = options.runtime or ("docker" if options.image else "process")
    if kind == "process" and options.image:
        raise UsageError("--image needs Docker: leave --runtime process out, or give --family instead")
    faithful = getattr(options, "faithful", True)
    user = getattr(options, "user", "")
    if kind == "docker":
        image = options.image or image_of(options.family)
        return DockerRuntime(image, network=getattr(options, "network", False), user=user, faithful=faithful)
    if user:
        raise UsageError("--user needs Docker: give --runtime docker")
    return ProcessRuntime(options.family, faithful=faithful)


def request_of(options: argparse.Namespace) -> TrainingRequest:
    """The training job that the options describe."""
    values = hyperparameters_in(options.hyperparameters) if options.hyperparameters else {}
    return TrainingRequest(
        channels=tuple(channel_of(text) for text in options.channel),
        hyperparameters=values | pairs_of(options.hyperparameter, "--hyperparameter"),
        environment=pairs_of(options.env, "--env"),
        instance_type=options.instance_type,
        checkpoints=options.checkpoints,
        max_runtime=options.max_runtime,
    )


def channel_of(text: str) -> Channel:
    """``train=data/train.csv,content_type=text/csv`` as a channel; a comma in a path is no trouble."""
    name, equals, rest = text.partition("=")
    path, *extras = re.split(r",(?=\w+=)", rest)
    if not equals or not path:
        raise UsageError(f"--channel {text!r}: write NAME=PATH, for example train=data/train.csv")
    options = dict(extra.split("=", 1) for extra in extras)
    unknown = sorted(options.keys() - set(_CHANNEL_OPTIONS))
    if unknown:
        raise UsageError(f"--channel {text!r}: {unknown[0]!r} is none of {', '.join(_CHANNEL_OPTIONS)}")
    return Channel(name, Path(path).expanduser(), **options)


def pairs_of(texts: Iterable[str], option: str) -> dict[str, str]:
    """``["a=1", "b=x=y"]`` as ``{"a": "1", "b": "x=y"}``; of a name given twice the last one counts."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {text!r}: write NAME=VALUE")
        pairs[name] = value
    return pairs


def hyperparameters_in(file: Path) -> dict[str, str]:
    """A JSON object of hyperparameters; what is not a string is written as JSON, as the SDK does."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"--hyperparameters {file}: {error}") from error
    if not isinstance(content, dict):
        raise UsageError(f"--hyperparameters {file}: one JSON object of names and values is needed")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in content.items()}


def content_type_of(payload: str) -> str:
    """The media type that a payload's suffix stands for."""
    suffix = Path(payload).suffix.lower()
    if suffix not in _MEDIA_TYPES:
        raise UsageError(f"no media type is known for {payload!r}: give --content-type, for example text/csv")
    return _MEDIA_TYPES[suffix]
