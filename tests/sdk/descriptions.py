"""Job descriptions that use, between them, everything that a description can say of AWS."""

from pathlib import Path
from typing import Any

import yaml

BASE = {
    "family": "tensorflow",
    "algorithm": "mlp",
    "region": "eu-west-1",
    "role": "open-algorithms-execution",
    "output": "s3://my-bucket/models/",
    "hyperparameters": {"problem_type": "regression", "epochs": 20, "batch_norm": True, "hidden_layers": [32, 16]},
    "channels": {
        "train": {"s3": "s3://my-bucket/train/", "content_type": "text/csv"},
        "validation": {"s3": "s3://my-bucket/validation/", "content_type": "text/csv"},
    },
}
VPC = {"subnets": ["subnet-0a", "subnet-0b"], "security_groups": ["sg-0a"]}
FILE_SYSTEM = {"id": "fs-0123456789abcdef0", "path": "/fsx/train", "access": "ro"}
RANGES = {
    "learning_rate": {"from": 0.0003, "to": 0.03, "scale": "log"},
    "mini_batch_size": {"from": 32, "to": 512},
    "activation": ["relu", "gelu"],
}
SEARCH = {"metric": "validation:rmse", "jobs": 8, "parallel": 4, "ranges": RANGES}
BATCH = {"data": "s3://my-bucket/new/", "output": "s3://my-bucket/predicted/"}

TRAINING: dict[str, dict[str, Any]] = {
    "smallest": {},
    "safeguards": {
        "training": {
            "instance_type": "ml.m5.2xlarge",
            "instances": 2,
            "volume_gb": 100,
            "max_runtime": 3600,
            "spot": {"max_wait": 7200},
            "checkpoints": "s3://my-bucket/checkpoints/",
            "retries": 3,
        },
        "network": {"isolation": True, "encrypt_traffic": True, "vpc": VPC},
        "keys": {"volume": "alias/volumes", "output": "alias/outputs"},
        "tags": {"team": "bikes", "cost-centre": "42"},
        "environment": {"OMP_NUM_THREADS": "4"},
    },
    "warm": {"training": {"keep_alive": 600}},
    "streamed": {
        "channels": {
            "train": {
                "s3": "s3://my-bucket/train/",
                "content_type": "text/csv",
                "input_mode": "FastFile",
                "distribution": "ShardedByS3Key",
                "shuffle_seed": 7,
            },
            "validation": {
                "s3": "s3://my-bucket/validation.manifest",
                "data_type": "ManifestFile",
                "content_type": "text/csv",
            },
        }
    },
    "file-systems": {
        "channels": {
            "train": {"fsx": FILE_SYSTEM, "content_type": "text/csv"},
            "validation": {"efs": FILE_SYSTEM | {"path": "/validation"}, "input_mode": "File"},
        },
        "network": {"vpc": VPC},
    },
}
TUNING: dict[str, dict[str, Any]] = {
    "search-of-what-single-jobs-fix": {
        "tuning": SEARCH,
        "hyperparameters": BASE["hyperparameters"] | {"batch_size": 64, "learning_rate": 0.01},
    },
    "search": {"tuning": SEARCH | {"seed": 5, "max_runtime": 7200, "early_stopping": False}},
    "search-grid": {
        "tuning": {"metric": "validation:rmse", "strategy": "Grid", "ranges": {"optimizer": ["adam", "sgd"]}}
    },
    "search-hyperband": {"tuning": SEARCH | {"strategy": "Hyperband", "min_resource": 2, "max_resource": 20}},
    "search-spot": {
        "tuning": SEARCH,
        "training": {
            "spot": {"max_wait": 90_000},
            "checkpoints": "s3://my-bucket/checkpoints/",
            "retries": 2,
        },
        "network": {"vpc": VPC},
        "keys": {"output": "alias/outputs"},
        "tags": {"team": "bikes"},
        "environment": {"OMP_NUM_THREADS": "4"},
    },
    "search-warm": {"tuning": SEARCH, "training": {"keep_alive": 600}},
}
REFUSED: dict[str, dict[str, Any]] = {
    "search-in-secret": {
        "tuning": SEARCH | {"seed": 0},
        "network": {"isolation": True, "encrypt_traffic": True, "vpc": VPC},
        "keys": {"volume": "alias/volumes"},
    },
    "endpoint-of-many-uncached": {"endpoint": {"multi_model": {"models": "s3://my-bucket/models/", "cache": False}}},
}
"""What one of the SDKs would leave out without a word."""
TRANSFORM: dict[str, dict[str, Any]] = {
    "batch": {"transform": BATCH},
    "batch-joined": {
        "transform": BATCH
        | {
            "instances": 2,
            "input_filter": "$[1:]",
            "output_filter": "$[0,-1]",
            "join": True,
            "compression": "Gzip",
            "max_payload_mb": 6,
            "max_concurrent": 4,
            "timeout_seconds": 60,
            "retries": 2,
            "environment": {"OMP_NUM_THREADS": "4"},
        },
        "keys": {"volume": "alias/volumes", "output": "alias/outputs"},
        "tags": {"team": "bikes"},
    },
}
HOSTING: dict[str, dict[str, Any]] = {
    "endpoint": {"endpoint": {}},
    "endpoint-watched": {
        "endpoint": {
            "name": "bikes",
            "instances": 3,
            "environment": {"OMP_NUM_THREADS": "4"},
            "startup_seconds": 300,
            "data_capture": {"output": "s3://my-bucket/captured/", "percentage": 20, "what": ["Input"]},
        },
        "network": {"isolation": True, "vpc": VPC},
        "keys": {"volume": "alias/volumes", "output": "alias/outputs"},
        "tags": {"team": "bikes"},
    },
    "endpoint-asynchronous": {
        "endpoint": {
            "asynchronous": {
                "output": "s3://my-bucket/answers/",
                "failures": "s3://my-bucket/failures/",
                "max_concurrent": 2,
                "success_topic": "arn:aws:sns:eu-west-1:123456789012:done",
            }
        }
    },
    "endpoint-serverless": {"endpoint": {"serverless": {"memory_mb": 4096, "concurrency": 10, "provisioned": 2}}},
    "endpoint-of-many": {"endpoint": {"multi_model": {"models": "s3://my-bucket/models/", "cache": True}}},
    "endpoint-pipeline": {
        "endpoint": {
            "pipeline": {
                "before": [
                    {
                        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/sklearn:0.1.0",
                        "model": "s3://my-bucket/columns/output/model.tar.gz",
                        "environment": {"OMP_NUM_THREADS": "2"},
                    }
                ]
            }
        }
    },
}


def described(name: str, change: dict[str, Any]) -> dict[str, Any]:
    """A whole description, as YAML has it."""
    return {"name": name, **BASE, **change}


def notebooks() -> dict[str, dict[str, Any]]:
    """What the notebooks train, by the name of the description: their lines for the SDKs ask for a training job."""
    files = sorted((Path(__file__).parents[2] / "examples").glob("*/*.yaml"))
    return {f"{file.parent.name}-{file.stem}".replace("_", "-"): _training(file) for file in files}


def _training(file: Path) -> dict[str, Any]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    others = ("tuning", "endpoint", "transform")
    return {"region": BASE["region"]} | {key: value for key, value in content.items() if key not in others}
