#!/usr/bin/env python3
"""Pre-tokenizing side by side: hone-preprocess (jsonl to HDF5) against Hugging Face tokenizers (encoding the texts alone).

Usage: bench/preprocess.py TOKENIZER_DIR ROWS.jsonl... [--megabytes 256] [--cores 1 2] [--changed 0.01] [--rounds 3]
                           [--output bench/results/preprocess.json]

Each file is a case of its own, measured on each number of cores. Its rows are repeated up to that size, and each time that share
of the letters is drawn anew, so that words don't just come back. Megabytes are those of the jsonl for both; peak memory is of the
whole process; start-up counts for Hone, not for its peer.
"""
import argparse
import json
import os
import pathlib
import random
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


def on_cores(count):
    cores = sorted(os.sched_getaffinity(0))[:count]
    return lambda: os.sched_setaffinity(0, cores)


def write_rows(path, megabytes, changed, target):
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    letters = [c for row in rows for turn in row["messages"] for c in turn["content"] if c.isalpha()]
    draw = random.Random(5)

    def varied(text):
        return "".join(draw.choice(letters) if c.isalpha() and draw.random() < changed else c for c in text)

    with open(target, "w", encoding="utf-8") as file:
        while file.tell() < megabytes * 1e6:
            for row in rows:
                turns = [turn if turn["role"] == "system" else {**turn, "content": varied(turn["content"])} for turn in row["messages"]]
                file.write(json.dumps({**row, "messages": turns}, ensure_ascii=False) + "\n")


def hone(tokenizer_dir, source, threads):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as log:
        start = time.perf_counter()
        child = subprocess.Popen([str(BIN / "hone-preprocess"), "--tokenizer", tokenizer_dir, "--input", source, "--output",
                                  f"{folder}/out", "--threads", str(threads)], stdout=log, stderr=log,
                                 preexec_fn=on_cores(threads))
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start  # start-up and the tokenizer's loading included
        if status != 0:
            log.seek(0)
            sys.exit(log.read())
    return {"seconds": seconds, "peak_bytes": usage.ru_maxrss * 1024}


def case(arguments, source, cores):
    megabytes = os.path.getsize(source) / 1e6
    environment = {**os.environ, "RAYON_NUM_THREADS": str(cores), "TOKENIZERS_PARALLELISM": "true"}
    results = {"hone": [], "tokenizers": []}
    for _ in range(arguments.rounds):
        results["hone"].append(hone(arguments.tokenizer, source, cores))
        out = subprocess.run([sys.executable, __file__, "--peer", arguments.tokenizer, source], env=environment, check=True,
                             capture_output=True, text=True, preexec_fn=on_cores(cores)).stdout
        results["tokenizers"].append(json.loads(out))
    for name, runs in results.items():
        print(f"  {name:10} {statistics.median(megabytes / r['seconds'] for r in runs):7.1f} MB/s  "
              f"peak {max(r['peak_bytes'] for r in runs) / 1e6:.0f} MB", flush=True)
    ratio = statistics.median(t["seconds"] / h["seconds"] for h, t in zip(results["hone"], results["tokenizers"]))
    print(f"  ratio      {ratio:7.1f}")
    return {"cores": cores, "megabytes": megabytes, "results": results, "ratio": ratio}


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(sys.argv[2], sys.argv[3])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("rows", nargs="+", type=pathlib.Path)
    parser.add_argument("--megabytes", type=float, default=256)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--changed", type=float, default=0.01)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "bench" / "results" / "preprocess.json")
    arguments = parser.parse_args()
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/rows.jsonl"
        for path in arguments.rows:
            write_rows(path, arguments.megabytes, arguments.changed, source)
            for cores in arguments.cores:
                print(f"{path.name}, {os.path.getsize(source) / 1e6:.0f} MB, {cores} core{'s' if cores > 1 else ''}")
                cases.append({"rows": path.name, **case(arguments, source, cores)})
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps({"changed": arguments.changed, "cases": cases}, indent=2) + "\n")


if __name__ == "__main__":
    main()
