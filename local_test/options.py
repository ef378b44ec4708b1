"""The parser of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from local_test.batch.request import SPLITS, STRATEGIES
from local_test.hosted import STARTUP_SECONDS
from local_test.request import TrainingRequest


def parser() -> argparse.ArgumentParser:
    """The parser of ``python -m local_test``; the chosen verb is in ``verb``."""
    main = argparse.ArgumentParser(
        prog="local_test", description="Runs train and serve as Amazon SageMaker runs them.", allow_abbrev=False
    )
    verbs = main.add_subparsers(dest="verb", required=True, metavar="train|serve|predict|transform|demo|example")
    _add_train(verbs.add_parser("train", help="run a training job", allow_abbrev=False))
    _add_serve(verbs.add_parser("serve", help="host a model until Ctrl-C", allow_abbrev=False))
    _add_predict(verbs.add_parser("predict", help="send one request to a hosted model", allow_abbrev=False))
    _add_transform(verbs.add_parser("transform", help="predict all records of some files", allow_abbrev=False))
    _add_demo(verbs.add_parser("demo", help="train, serve and predict on real data", allow_abbrev=False))
    _add_example(verbs.add_parser("example", help="write an algorithm's example job", allow_abbrev=False))
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
    add("--max-runtime", type=float, metavar="SECONDS",
        help="then the job is stopped: SIGTERM, SIGKILL 120 s later "
             "(default: the description's, else a day)")  # fmt: skip
    add("--instance-type", metavar="TYPE",
        help="what resourceconfig.json tells; this machine stays what it is "
             f"(default: the description's, else {TrainingRequest.instance_type})")  # fmt: skip
    add("--network", action=argparse.BooleanOptionalAction, default=None,
        help="Docker: let the job reach the network (default: a program of your own as the description says, "
             "an algorithm not)")  # fmt: skip


def _add_serve(serve: argparse.ArgumentParser) -> None:
    _add_runtime(serve)
    add = serve.add_argument
    add("--model", type=Path, required=True, metavar="PATH", help="model.tar.gz, or a folder with its content")
    add("--port", type=_port, default=0, help="local port (default: a free one, which is printed)")
    add("--startup-timeout", type=float, metavar="SECONDS",
        help="the first good ping has to come within this time "
             f"(default: the description's, else {STARTUP_SECONDS:g})")  # fmt: skip
    add("--user", default="", metavar="UID", help="Docker: run as this user, as serverless endpoints do (try 1051)")
    add("--faithful", action=argparse.BooleanOptionalAction, default=True,
        help="model (and in Docker the whole root file system, except /tmp) read-only")  # fmt: skip


def _add_predict(predict: argparse.ArgumentParser) -> None:
    add = predict.add_argument
    add("payload", metavar="PAYLOAD", help="a file, or - for standard input")
    add("--url", required=True, help="http://127.0.0.1:PORT, as serve printed it")
    add("--content-type", default="", metavar="TYPE", help="default: from the payload's suffix")
    add("--accept", default="", metavar="TYPE", help="default: the header is not sent")


def _add_transform(transform: argparse.ArgumentParser) -> None:
    _add_runtime(transform)
    add = transform.add_argument
    add("--model", type=Path, required=True, metavar="PATH", help="model.tar.gz, or a folder with its content")
    add("--data", type=Path, metavar="PATH",
        help="a file, or a folder of which every file is read (default: what the description calls local)")  # fmt: skip
    add("--output", type=Path, default=Path("build/transform"), metavar="DIR",
        help="where each file becomes one with .out at its end (default: %(default)s)")  # fmt: skip
    add("--content-type", metavar="TYPE", help="of the data; default: the description's, else from their suffix")
    add("--accept", metavar="TYPE", help="of the answers; default: the description's, else the algorithm's own")
    add("--split", choices=SPLITS, help="how files are cut into records; default: the description's, else None")
    add("--strategy", choices=tuple(STRATEGIES), help="how many records a request holds; default: the container's")
    add("--assemble", choices=("None", "Line"), help="what stands behind each answer")
    add("--compression", choices=("None", "Gzip"), help="whether the files are compressed")
    add("--max-payload-mb", type=int, metavar="MB", help="of a request; default: the container's; 0 sends in chunks")
    add("--max-concurrent", type=int, metavar="N", help="requests at once; default: the container's")
    add("--input-filter", metavar="JSONPATH", help="what of a record is sent, for example $[1:]")
    add("--output-filter", metavar="JSONPATH", help="what of a record and its answer is written, for example $[0,-1]")
    add("--join", action="store_true", default=None, help="write the answers beside their records")


def _add_demo(demo: argparse.ArgumentParser) -> None:
    add = demo.add_argument
    add("--family", default="xgboost", help="default: %(default)s")
    add("--runtime", choices=("process", "docker"), default="process", help="default: %(default)s")
    add("--data", type=Path, metavar="DIR", help="a folder that holds seoul-bike/SeoulBikeData.csv")
    add("--output", type=Path, default=Path("build/demo"), metavar="DIR", help="default: %(default)s")


def _add_example(example: argparse.ArgumentParser) -> None:
    add = example.add_argument
    add("job", type=Path, metavar="JOB.yaml", help="a job description, whose job it is")
    add("--output", type=Path, required=True, metavar="DIR", help="for example mine/family/example/ALGORITHM")
    add("--records", type=int, default=60, metavar="N", help="of each channel, where they are lines (default: 60)")
    example.set_defaults(
        channel=[], hyperparameter=[], hyperparameters=None, env=[], instance_type=None, checkpoints=None,
        max_runtime=None,
    )  # fmt: skip


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number up to 65535, 0 for a free one")
    return int(text)


def _add_runtime(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("job", type=Path, nargs="?", metavar="JOB.yaml",
        help="a job description (launch/README.md); the options go before what it says")  # fmt: skip
    what = verb.add_mutually_exclusive_group()
    what.add_argument("--family", default="", help="an image family, for example xgboost")
    what.add_argument("--image", default="", help="an image, for example open-algorithms/xgboost:latest")
    verb.add_argument("--runtime", choices=("process", "docker"), help="default: docker for --image, else process")
    verb.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="repeat it for each variable")
