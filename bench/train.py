#!/usr/bin/env python3
"""Training side by side on the same rows: hone-train against its peers, in turn, in one run.

Usage: bench/train.py MODEL_DIR ROWS.jsonl [--pairs full,lora,qlora,deepspeed] [--rows 64] [--rounds 3]
                      [--output bench/results/train.json]

full: transformers' Trainer. lora: PEFT and Trainer. qlora: PEFT, bitsandbytes (NF4, double quantisation) and Trainer.
deepspeed: ZeRO-3 on two ranks of one core each, both sides; the peer lives in .venv-bench (see bench/requirements.txt).

All train in fp32 with 16 rows a step in micro-batches of 2 and take every row once; but for deepspeed, one process has all
cores. Tokens are the rows' own (no padding is counted); times are those of the training steps, without loading and saving.
Peak memory is that of the largest process. Who begins alternates from round to round, and the ratio is taken in each round.
Of the adapters' pairs Hone runs once more on two ranks under ZeRO-3, for the bytes that a step gathers.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
BIN = pathlib.Path(os.environ.get("HONE_BIN", ROOT / "build" / "bin"))
sys.path.insert(0, str(PEERS))
from rows import BATCH, LEARNING_RATE, LORA, ROWS_PER_STEP  # noqa: E402


@dataclass
class Pair:
    peer: str  # its name in the table
    script: str
    ranks: int = 1
    flags: tuple = ()  # of hone-train
    gathers_apart: bool = False  # whether Hone runs on two ranks too


ADAPTER = ("--use_lora", "--lora_r", LORA["r"], "--lora_alpha", LORA["lora_alpha"], "--lora_dropout", LORA["lora_dropout"],
           "--lora_target_modules", *LORA["target_modules"])
PAIRS = {"full": Pair("transformers", "transformers_full.py"),
         "lora": Pair("PEFT", "peft_lora.py", flags=ADAPTER, gathers_apart=True),
         "qlora": Pair("PEFT+bitsandbytes", "peft_qlora.py", flags=(*ADAPTER, "--q_lora"), gathers_apart=True),
         "deepspeed": Pair("DeepSpeed ZeRO-3", "deepspeed_zero3.py", ranks=2)}


def measured(command):
    """Standard output of a command and the peak resident bytes of its largest process."""
    command = list(map(str, command))
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(command, stdout=out, stderr=err, text=True, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        out.seek(0)
        err.seek(0)
        if status != 0:
            sys.exit(f"{' '.join(command)} failed:\n{out.read()}\n{err.read()}")
        return out.read(), usage.ru_maxrss * 1024


def run_hone(pair, ranks, model_dir, dataset):
    launch = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", ranks] if ranks > 1 else []
    with tempfile.TemporaryDirectory() as output:
        _, peak = measured([*launch, BIN / "hone-train", "--model_name_or_path", model_dir, "--data_path", dataset, "--output_dir",
                            output + "/out", "--per_device_train_batch_size", BATCH, "--gradient_accumulation_steps",
                            ROWS_PER_STEP // BATCH // ranks, "--num_train_epochs", 1, "--learning_rate", LEARNING_RATE,
                            "--logging_steps", 1, "--save_strategy", "no", *pair.flags])
        steps = [json.loads(line) for line in pathlib.Path(output, "out", "metrics.jsonl").read_text().splitlines()]
    run = {"seconds": sum(s["tokens"] / s["tokens_per_second"] for s in steps), "tokens": sum(s["tokens"] for s in steps),
           "peak_bytes": peak, "peak_share": statistics.mean(s["peak_share"] for s in steps)}
    if ranks > 1:
        run["gathered_bytes_per_step"] = statistics.mean(s["all_gather_bytes"] for s in steps)
        run["quantised_gathered_bytes_per_step"] = statistics.mean(s["quantised_all_gather_bytes"] for s in steps)
    return run


def run_peer(pair, python, model_dir, dataset):
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", pair.ranks] if pair.ranks > 1 else []
    out, peak = measured([python, *launch, PEERS / pair.script, model_dir, dataset])
    report = [line for line in out.splitlines() if line.startswith('{"seconds"')][-1]  # libraries print too
    return {**json.loads(report), "peak_bytes": peak}


def rate(run):
    return run["tokens"] / run["seconds"]


def compare(pair, python, model_dir, dataset, rounds):
    sides = {"hone": lambda: run_hone(pair, pair.ranks, model_dir, dataset),
             pair.peer: lambda: run_peer(pair, python, model_dir, dataset)}
    runs = {name: [] for name in sides}
    for round_number in range(rounds):
        for name in list(sides) if round_number % 2 == 0 else reversed(sides):
            runs[name].append(sides[name]())
    ratios = [rate(h) / rate(p) for h, p in zip(runs["hone"], runs[pair.peer])]
    if pair.gathers_apart:
        runs["hone, 2 ranks"] = [run_hone(pair, 2, model_dir, dataset)]
    return {"results": runs, "ratios": ratios}


def print_table(name, comparison):
    for side, runs in comparison["results"].items():
        rates = [rate(run) for run in runs]
        line = (f"{name:9} {side:18} {statistics.median(rates):7.1f} tokens/s (of {min(rates):.1f} to {max(rates):.1f})  "
                f"peak {max(run['peak_bytes'] for run in runs) / 1e9:.2f} GB")
        if "gathered_bytes_per_step" in runs[0]:
            line += f"  gathers {runs[0]['gathered_bytes_per_step'] / 1e9:.2f} GB a step"
        if runs[0].get("quantised_gathered_bytes_per_step"):
            line += f", {runs[0]['quantised_gathered_bytes_per_step'] / 1e9:.2f} of it in 4 bits"
        print(line)
    ratios = comparison["ratios"]
    print(f"{name:9} {'ratio':18} {statistics.median(ratios):7.2f} (of {min(ratios):.2f} to {max(ratios):.2f})", flush=True)


def pair_names(text):
    names = text.split(",")
    for name in names:
        if name not in PAIRS:
            raise argparse.ArgumentTypeError(f"no pair '{name}' (choose from {', '.join(PAIRS)})")
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("rows_file", type=pathlib.Path)
    parser.add_argument("--pairs", type=pair_names, default=["full", "lora", "qlora"])
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deepspeed_python", type=pathlib.Path, default=ROOT / ".venv-bench" / "bin" / "python")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "bench" / "results" / "train.json")
    options = parser.parse_args()
    if options.rows % ROWS_PER_STEP:
        parser.error(f"--rows {options.rows} (a step takes {ROWS_PER_STEP}); give a multiple of it")
    if "deepspeed" in options.pairs and not options.deepspeed_python.exists():
        parser.error(f"{options.deepspeed_python} is missing (DeepSpeed needs its own environment); see bench/requirements.txt")
    comparisons = {}
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "rows.jsonl")
        lines = options.rows_file.read_text(encoding="utf-8").split("\n")[:options.rows]
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        dataset = f"{folder}/dataset"
        measured([BIN / "hone-preprocess", "--tokenizer", options.model, "--input", source, "--output", dataset])
        for name in options.pairs:
            python = options.deepspeed_python if name == "deepspeed" else sys.executable
            comparisons[name] = compare(PAIRS[name], python, options.model, dataset, options.rounds)
            print_table(name, comparisons[name])
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps({"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(),
                                          "rows": options.rows, "pairs": comparisons}, indent=2) + "\n")


if __name__ == "__main__":
    main()
