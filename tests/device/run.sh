#!/usr/bin/env bash
# What only a GPU can show, in one command of at most ten minutes: ops, four-bit weights and AdamW on the device; a random model
# of Qwen3-0.6B's shape trained whole, with LoRA, with dropout, with Q-LoRA, in fp16, and with all that can be offloaded, evaluated
# and gone on with from a checkpoint; its first losses against the CPU's; tokens a second, share of the peak, memory. OUTPUT is
# written anew after each part; parts that no time is left for are listed there as skipped.
# Needs what tests/device/pack.sh packed, and a Python with the PyTorch that Hone was built with; no MPI, HDF5 or network.
# Usage: tests/device/run.sh [PACK [OUTPUT.json]]      PACK: build/device; OUTPUT: bench/results/device.json
# PYTHON names the interpreter (python3).
# Ends with 0: all passed; 1: something did not, or was skipped; 2: pack or PyTorch are missing; 77: no device, nothing was run.
set -euo pipefail
cd "$(dirname "$0")/../.."
pack=${1:-build/device}
output=${2:-bench/results/device.json}
python=${PYTHON:-python3}

fail() {
  echo "device: error: $1" >&2
  exit 2
}

[[ -x $pack/bundle/bin/hone-train ]] || fail "no bundle in $pack; run tests/device/pack.sh where Hone is built, and bring its folder along"
HONE_TORCH=$("$python" -c 'import torch; print(torch.__path__[0])' 2>/dev/null) ||
  fail "$python has no PyTorch; name the interpreter that has it: PYTHON=... $0"
export HONE_TORCH
"$pack/bundle/bin/hone-train" --version || exit 2
if ! reason=$("$python" -c 'import torch; torch.cuda.init(); torch.cuda.current_device()' 2>&1); then
  echo "device: no CUDA device (${reason##*$'\n'}): nothing was run on one" >&2
  exit 77
fi
exec "$python" tests/device/measure.py "$pack" "$output"
