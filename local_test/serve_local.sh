#!/usr/bin/env bash
# Hosts the model in test_dir/model as SageMaker would, until Ctrl-C: serve_local.sh IMAGE
set -euo pipefail

image=${1:?usage: serve_local.sh IMAGE, for example serve_local.sh open-algorithms/xgboost:latest}
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/test_dir
[ -d "$tree/model" ] || { echo "no model in $tree: run train_local.sh $image first" >&2; exit 2; }

exec docker run --rm --stop-timeout 30 -p "127.0.0.1:${PORT:-8080}:8080" \
  -v "$tree/model:/opt/ml/model:ro" --read-only --tmpfs /tmp \
  "$image" serve
