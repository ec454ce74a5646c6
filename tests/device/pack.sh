#!/usr/bin/env bash
# Packs what tests/device/run.sh needs on a machine that has a GPU and PyTorch, but no MPI, no HDF5 and no network: the
# bundle with the op suite, a tokenizer and prepared rows. It runs where Hone was built.
# Usage: tests/device/pack.sh [OUT [BUILD]]      OUT: build/device by default, made anew
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-build/device}
build=${2:-build}
[[ -x $build/tests/ops_test ]] || { echo "pack: error: no $build/tests/ops_test; build with the tests first" >&2; exit 2; }
# Only what an earlier call made is removed.
if [[ -e $out ]]; then
  [[ -e $out/bundle ]] || { echo "pack: error: $out exists and is no pack; name another folder" >&2; exit 2; }
  rm -r "$out"
fi
mkdir -p "$out"
scripts/bundle.sh "$out/bundle" "$build"
cp "$build/tests/ops_test" "$out/bundle/libexec/hone/hone-ops-test"
cp "$out/bundle/bin/hone-train" "$out/bundle/bin/hone-ops-test"
HONE_BIN=$build/bin .venv/bin/python tests/device/make_rows.py "$out"
echo "pack: $out, $(du -sm "$out" | cut -f1) MB; carry it to the machine with the device, and start tests/device/run.sh there"
