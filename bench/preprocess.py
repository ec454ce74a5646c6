#!/usr/bin/env python3
"""Pre-tokenizing side by side: hone-preprocess (jsonl to HDF5) against Hugging Face tokenizers (encoding the texts alone).

Usage: bench/preprocess.py TOKENIZER_DIR ROWS.jsonl... [--megabytes 32] [--threads 1] [--rounds 3]
                           [--output bench/results/preprocess.json]

The rows are repeated up to that size. Megabytes are those of the jsonl for both; peak memory is of the whole process.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("HONE_BIN", ROOT / "build" / "bin"))


def peer(tokenizer_dir, source):
    """Runs in its own process: reads, parses and encodes in blocks, and keeps nothing."""
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(f"{tokenizer_dir}/tokenizer.json")
    start = time.perf_counter()
    block = []
    with open(source, encoding="utf-8", newline="\n") as file:
        for line in file:
            block += [turn["content"] for turn in json.loads(line)["messages"]]
            if len(block) > 2000:
                tokenizer.encode_batch(block, add_special_tokens=False)
                block.clear()
        tokenizer.encode_batch(block, add_special_tokens=False)
    print(json.dumps({"seconds": time.perf_counter() - start,
                      "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def hone(tokenizer_dir, source, threads):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as log:
        start = time.perf_counter()
        child = subprocess.Popen([str(BIN / "hone-preprocess"), "--tokenizer", tokenizer_dir, "--input", source, "--output",
                                  f"{folder}/out", "--threads", str(threads)], stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start  # start-up and the tokenizer's loading included
        if status != 0:
            log.seek(0)
            sys.exit(log.read())
    return {"seconds": seconds, "peak_bytes": usage.ru_maxrss * 1024}


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(sys.argv[2], sys.argv[3])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("rows", nargs="+", type=pathlib.Path)
    parser.add_argument("--megabytes", type=float, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "bench" / "results" / "preprocess.json")
    arguments = parser.parse_args()
    results = {"hone": [], "tokenizers": []}
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/rows.jsonl"
        text = b"".join(path.read_bytes().rstrip(b"\n") + b"\n" for path in arguments.rows)
        with open(source, "wb") as file:
            while file.tell() < arguments.megabytes * 1e6:
                file.write(text)
        megabytes = os.path.getsize(source) / 1e6
        environment = {**os.environ, "RAYON_NUM_THREADS": str(arguments.threads), "TOKENIZERS_PARALLELISM": "true"}
        for _ in range(arguments.rounds):
            results["hone"].append(hone(arguments.tokenizer, source, arguments.threads))
            out = subprocess.run([sys.executable, __file__, "--peer", arguments.tokenizer, source], env=environment, check=True,
                                 capture_output=True, text=True).stdout
            results["tokenizers"].append(json.loads(out))
    for name, runs in results.items():
        print(f"{name:10} {statistics.median(megabytes / r['seconds'] for r in runs):7.1f} MB/s  "
              f"peak {max(r['peak_bytes'] for r in runs) / 1e6:.0f} MB")
    ratio = statistics.median(t["seconds"] / h["seconds"] for h, t in zip(results["hone"], results["tokenizers"]))
    print(f"ratio      {ratio:7.1f}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps({"cores": os.cpu_count(), "threads": arguments.threads, "megabytes": megabytes,
                                            "results": results, "ratio": ratio}, indent=2) + "\n")


if __name__ == "__main__":
    main()
