#!/usr/bin/env python3
"""Full fine-tuning side by side on the same rows: hone-train against transformers' Trainer, in turn, in one run.

Usage: bench/train.py MODEL_DIR ROWS.jsonl [--rows 64] [--rounds 3] [--output bench/results/train.json]

Both train in fp32 on all cores with batch 2 x 8. Tokens are the rows' own (no padding is counted); times are those of the
training steps, without loading and saving. Peak memory is of the whole process.
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("HONE_BIN", ROOT / "build" / "bin"))
BATCH, ACCUMULATION = 2, 8


def peer(model_dir, dataset, steps):
    """Runs in its own process: transformers' Trainer on the dataset's rows; prints seconds, tokens, peak memory."""
    import time

    import h5py
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, DataCollatorForSeq2Seq, Trainer, TrainerCallback, TrainingArguments

    rows = []
    for part in sorted(pathlib.Path(dataset).glob("part-*.h5")):
        with h5py.File(part) as file:
            offsets, tokens, mask = file["offsets"][:], file["tokens"][:], file["loss_mask"][:]
            for a, b in zip(offsets[:-1], offsets[1:]):
                ids = tokens[a:b].tolist()
                rows.append({"input_ids": ids, "labels": [i if m else -100 for i, m in zip(ids, mask[a:b])],
                             "attention_mask": [1] * len(ids)})

    class Clock(TrainerCallback):
        def on_train_begin(self, *_, **__):
            self.start = time.perf_counter()

        def on_train_end(self, *_, **__):
            self.seconds = time.perf_counter() - self.start

    clock = Clock()
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    with tempfile.TemporaryDirectory() as output:
        arguments = TrainingArguments(output, per_device_train_batch_size=BATCH, gradient_accumulation_steps=ACCUMULATION,
                                      max_steps=steps, learning_rate=1e-5, save_strategy="no", report_to="none", use_cpu=True,
                                      logging_strategy="no", disable_tqdm=True, seed=42)
        trainer = Trainer(AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32), arguments, train_dataset=rows,
                          data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True), callbacks=[clock])
        trainer.train()
    print(json.dumps({"seconds": clock.seconds, "tokens": sum(len(r["input_ids"]) for r in rows),
                      "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def measured(command):
    """Standard output and peak resident bytes of a command."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(command, stdout=out, stderr=err, text=True)
        _, status, usage = os.wait4(child.pid, 0)
        out.seek(0)
        err.seek(0)
        if status != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{out.read()}\n{err.read()}")
        return out.read(), usage.ru_maxrss * 1024


def hone(model_dir, dataset, steps):
    with tempfile.TemporaryDirectory() as output:
        out, peak = measured([str(BIN / "hone-train"), "--model_name_or_path", model_dir, "--data_path", dataset, "--output_dir",
                              output + "/out", "--per_device_train_batch_size", str(BATCH), "--gradient_accumulation_steps",
                              str(ACCUMULATION), "--max_steps", str(steps), "--learning_rate", "1e-5", "--logging_steps", "1",
                              "--save_strategy", "no"])
        metrics = [json.loads(line) for line in pathlib.Path(output, "out", "metrics.jsonl").read_text().splitlines()]
    seconds = sum(m["tokens"] / m["tokens_per_second"] for m in metrics)
    return {"seconds": seconds, "tokens": sum(m["tokens"] for m in metrics), "peak_bytes": peak,
            "peak_share": statistics.mean(m["peak_share"] for m in metrics)}


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("rows_file")
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "bench" / "results" / "train.json")
    arguments = parser.parse_args()
    results = {"hone": [], "transformers": []}
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "rows.jsonl")
        source.write_text("\n".join(pathlib.Path(arguments.rows_file).read_text(encoding="utf-8").split("\n")[:arguments.rows]) + "\n",
                          encoding="utf-8")
        dataset = f"{folder}/dataset"
        measured([str(BIN / "hone-preprocess"), "--tokenizer", arguments.model, "--input", str(source), "--output", dataset])
        steps = -(-arguments.rows // (BATCH * ACCUMULATION))
        for _ in range(arguments.rounds):
            results["hone"].append(hone(arguments.model, dataset, steps))
            out, _ = measured([sys.executable, __file__, "--peer", arguments.model, dataset, str(steps)])
            results["transformers"].append(json.loads(out.strip().splitlines()[-1]))
    for name, runs in results.items():
        rates = [r["tokens"] / r["seconds"] for r in runs]
        print(f"{name:13} {statistics.median(rates):7.1f} tokens/s (of {min(rates):.1f} to {max(rates):.1f})  "
              f"peak {max(r['peak_bytes'] for r in runs) / 1e9:.2f} GB")
    ratios = [h["tokens"] / h["seconds"] / (t["tokens"] / t["seconds"]) for h, t in zip(results["hone"], results["transformers"])]
    print(f"ratio         {statistics.median(ratios):.2f} (of {min(ratios):.2f} to {max(ratios):.2f})")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps({"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(),
                                            "results": results, "ratios": ratios}, indent=2) + "\n")


if __name__ == "__main__":
    main()
