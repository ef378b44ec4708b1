#!/usr/bin/env bash
# Trains an image on test_dir/ as SageMaker would: train_local.sh IMAGE
set -euo pipefail

image=${1:?usage: train_local.sh IMAGE, for example train_local.sh open-algorithms/xgboost:latest}
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/test_dir

rm -rf "$tree/model" "$tree/output"
mkdir "$tree/model" "$tree/output"

# images run as root, and so their files are root's until this has run
hand_over() {
  docker run --rm --pull never --network none -v "$tree:/opt/ml" --user 0:0 --entrypoint chown "$image" \
    -R -h "$(id -u):$(id -g)" /opt/ml/model /opt/ml/output
}
trap hand_over EXIT

status=0
docker run --rm --network none \
  -v "$tree/input:/opt/ml/input:ro" -v "$tree/model:/opt/ml/model" -v "$tree/output:/opt/ml/output" \
  "$image" train || status=$?

if [ "$status" -ne 0 ]; then
  printf 'Failed: AlgorithmError: %s, exit code: %s\n' "$(head -c 900 "$tree/output/failure" 2>/dev/null)" "$status" >&2
  exit "$status"
fi
printf 'Completed: the model is in %s\n' "$tree/model"
