#!/usr/bin/env bash
# Builds Hone with warnings as errors and runs every test. Ends with 0 only when all ran and passed.
set -euo pipefail
cd "$(dirname "$0")"
./setup.sh ci

if [[ -d ../shared/data ]]; then
  echo "test: real inputs under ../shared/data are used too"
else
  echo "test: no ../shared/data beside this checkout: the real Qwen3 tokenizer and instruction rows are not part of this run"
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 HF_HUB_OFFLINE=1
export HONE_BIN="$PWD/build/bin" HONE_TESTS="$PWD/build/tests"
not_run=()
PATH=$PATH:/usr/sbin:/sbin
if command -v shellcheck >/dev/null; then
  shellcheck --external-sources ./*.sh slurm/*.sh slurm/*.sbatch scripts/*.sh tests/device/*.sh tests/fuzz/*.sh build/generated/launcher.sh
else
  not_run+=("shellcheck: not installed")
fi
.venv/bin/python -m pytest -q -rs tests/parity tests/e2e
if command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null; then
  .venv/bin/python -m pytest -q -rs tests/slurm
else
  not_run+=("tests/slurm: Slurm is not installed (packages slurm-wlm and munge)")
fi
ctest --preset ci
for line in "${not_run[@]}"; do
  echo "test: NOT RUN: $line"
done
((${#not_run[@]} == 0))
