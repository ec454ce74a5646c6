#!/usr/bin/env python3
"""Four-bit weights side by side on one thread: Hone's kernels against bitsandbytes' CPU backend.

Usage: bench/quantization.py [--type nf4] [--weights 16777216] [--rounds 3] [--output bench/results/quantization.json]

Both quantise with compressed scales. bitsandbytes restores into a fresh tensor each time, which costs a page fault per
4 KiB; Hone is timed so as well, and into memory that is already there, as it trains. Gigabytes are those of the restored
weights.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = pathlib.Path(os.environ.get("HONE_TESTS", ROOT / "build" / "tests"))
REPEATS = 5  # per process; the fastest counts
OPERATIONS = {"quantise": 4, "dequantise fp32": 4, "dequantise fp32, fresh memory": 4, "dequantise bf16": 2,
              "dequantise bf16, fresh memory": 2}  # bytes of a weight outside


def least_seconds(function):
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def peer(type, count):
    """Runs in its own process."""
    import bitsandbytes.functional as bnb
    import torch
    torch.set_num_threads(1)
    torch.manual_seed(1)
    weights = torch.randn(1, count) * 0.02
    seconds = {}
    for name, source in (("fp32", weights), ("bf16", weights.bfloat16())):
        codes, state = bnb.quantize_4bit(source, blocksize=64, compress_statistics=True, quant_type=type)
        seconds[f"dequantise {name}, fresh memory"] = least_seconds(lambda: bnb.dequantize_4bit(codes, state))
    seconds["quantise"] = least_seconds(
        lambda: bnb.quantize_4bit(weights, blocksize=64, compress_statistics=True, quant_type=type))
    print(json.dumps(seconds))


def measure(command):
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if result.returncode != 0:
        sys.exit(result.stderr)
    return json.loads(result.stdout)


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(sys.argv[2], int(sys.argv[3]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--type", choices=["nf4", "fp4"], default="nf4")
    parser.add_argument("--weights", type=int, default=1 << 24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    commands = {"hone": [TESTS / "time_quantization", options.type, str(options.weights), str(REPEATS)],
                "bitsandbytes": [sys.executable, __file__, "--peer", options.type, str(options.weights)]}
    runs = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
    rates = {name: {operation: statistics.median(options.weights / run[operation] for run in results)
                    for operation in results[0]} for name, results in runs.items()}
    for operation, width in OPERATIONS.items():
        for name, rate in rates.items():
            if operation in rate:
                print(f"{operation:30} {name:13} {rate[operation] / 1e6:6.0f} million weights/s "
                      f"{rate[operation] * width / 1e9:6.2f} GB/s")
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps({"type": options.type, "weights": options.weights, "weights_per_second": rates},
                                             indent=1) + "\n")


if __name__ == "__main__":
    main()
