#!/usr/bin/env bash
# skops 0.16.0 with scikit-learn 1.9.1: a file that holds nothing but numpy arrays is read with the whole of scikit-learn and scipy in memory.
#
# Guess beforehand: `skops.io.load` imports what the types in a file come from, so that a dict of two numpy arrays costs
# little more than numpy itself; scikit-learn would come with the first estimator.
# Seen: `import skops.io` imports scikit-learn and scipy, whatever is read afterwards.
#
#   loaded beside numpy: scipy sklearn
#   modules: 1511, with numpy alone 173
#
# So a server that keeps its models in such files starts as slowly as one that predicts with scikit-learn.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  skops==0.16.0 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'WRITE'
import numpy
import skops.io

skops.io.dump({"centers": numpy.eye(3), "sizes": numpy.arange(3)}, "arrays.skops")
assert skops.io.get_untrusted_types(file="arrays.skops") == []
WRITE
venv/bin/python - <<'READ'
import sys

import numpy

before = len(sys.modules)
import skops.io

arrays = skops.io.load("arrays.skops")
assert (arrays["centers"] == numpy.eye(3)).all()
found = sorted({"sklearn", "scipy"} & set(sys.modules))
print("loaded beside numpy:", *found)
print(f"modules: {len(sys.modules)}, with numpy alone {before}")
assert found == ["scipy", "sklearn"], "skops reads arrays without scikit-learn now"
READ
