#!/usr/bin/env bash
# Sends a file to the hosted model and prints the answer: predict.sh PAYLOAD [content-type]
set -euo pipefail

payload=${1:?usage: predict.sh PAYLOAD [content-type], for example predict.sh payload.csv text/csv}
content_type=${2:-text/csv}
[ -r "$payload" ] || { echo "no readable file $payload: give the payload's path" >&2; exit 2; }

exec curl --silent --show-error --fail-with-body --noproxy '*' \
  --data-binary "@$payload" -H "Content-Type: $content_type" \
  "http://127.0.0.1:${PORT:-8080}/invocations"
