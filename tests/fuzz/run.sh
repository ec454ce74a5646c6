#!/usr/bin/env bash
# Runs a fuzzer of the preset `fuzz` from its corpus on; what it comes upon goes to build/fuzz/found/NAME.
# Usage: tests/fuzz/run.sh NAME [SECONDS]      NAME: json, jinja, tokenizer; SECONDS: 600
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
found=build/fuzz/found/$name
mkdir -p "$found"
exec "build/fuzz/bin/${name}_fuzzer" -max_total_time="${2:-600}" -dict="tests/fuzz/$name.dict" -max_len=4096 -timeout=10 \
  -rss_limit_mb=2048 -artifact_prefix="$found-" -print_final_stats=1 "$found" "tests/fuzz/corpus/$name"
