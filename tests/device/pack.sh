#!/usr/bin/env bash
# Packs what tests/device/run.sh needs on a machine that has a GPU and PyTorch, but no MPI, no HDF5 and no network: the
# bundle with the suites of what computes, a tokenizer and prepared rows. It runs where Hone was built.
# Usage: tests/device/pack.sh [OUT [BUILD]]      OUT: build/device by default, made anew
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-build/device}
build=${2:-build}
suites=(ops restore_weights adamw)
for suite in "${suites[@]}"; do
  [[ -x $build/tests/${suite}_test ]] || { echo "pack: error: no $build/tests/${suite}_test; build with the tests first" >&2; exit 2; }
done
# Only what an earlier call made is removed.
if [[ -e $out ]]; then
  [[ -e $out/bundle ]] || { echo "pack: error: $out exists and is no pack; name another folder" >&2; exit 2; }
  rm -r "$out"
fi
mkdir -p "$out"
scripts/bundle.sh "$out/bundle" "$build"
for suite in "${suites[@]}"; do
  name=hone-${suite//_/-}-test
  install -s "$build/tests/${suite}_test" "$out/bundle/libexec/hone/$name"
  cp "$out/bundle/bin/hone-train" "$out/bundle/bin/$name"
done
HONE_BIN=$build/bin .venv/bin/python tests/device/make_rows.py "$out"
echo "pack: $out, $(du -sm "$out" | cut -f1) MB; carry it to the machine with the device, and start tests/device/run.sh there"
