"""The part of tests/device/run.sh that knows there is a device. PyTorch is the one library it needs."""
import ctypes
import datetime
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import torch

QWEN3_06B = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "vocab_size": 151936, "hidden_size": 1024,
             "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
             "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 1e6, "tie_word_embeddings": True, "attention_bias": False,
             "max_position_embeddings": 40960, "torch_dtype": "bfloat16"}
LORA = ["--use_lora", "--lora_r", 16, "--lora_alpha", 32, "--lora_dropout", 0]
KINDS = {"full": [], "lora": LORA, "qlora": [*LORA, "--q_lora"]}
LOSS_STEPS, SPEED_STEPS, WARM_UP = 10, 12, 4
TOLERANCE = 1e-2  # relative, of a bf16 run's losses to those of fp32


def tensors(config):
    """Names and shapes of a tied Qwen3."""
    hidden, inner, dim = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * dim, config["num_key_value_heads"] * dim
    yield "model.embed_tokens.weight", (config["vocab_size"], hidden)
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        yield at + "input_layernorm.weight", (hidden,)
        yield at + "post_attention_layernorm.weight", (hidden,)
        for name, shape in {"q_proj": (queries, hidden), "k_proj": (keys, hidden), "v_proj": (keys, hidden), "o_proj": (hidden, queries),
                            "q_norm": (dim,), "k_norm": (dim,)}.items():
            yield f"{at}self_attn.{name}.weight", shape
        for name, shape in {"gate_proj": (inner, hidden), "up_proj": (inner, hidden), "down_proj": (hidden, inner)}.items():
            yield f"{at}mlp.{name}.weight", shape
    yield "model.norm.weight", (hidden,)


def write_model(folder, tokenizer, config):
    """A random bf16 model as a Hugging Face folder; the machine may have no safetensors package."""
    shutil.copytree(tokenizer, folder)
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(1)
    header, end = {}, 0
    for name, shape in tensors(config):
        begin, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in tensors(config):
            values = torch.ones(shape) if len(shape) == 1 else torch.empty(shape).normal_(std=0.02)
            values = values.bfloat16()
            file.write(ctypes.string_at(values.data_ptr(), 2 * values.numel()))


class DeviceMemory(threading.Thread):
    """The most that nvidia-smi sees used, in MiB; None where it can't be asked."""

    def __init__(self):
        super().__init__(daemon=True)
        self.most, self.ended = None, threading.Event()

    def run(self):
        while not self.ended.wait(0.3):
            try:
                text = subprocess.run(["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"], capture_output=True,
                                      text=True, check=True).stdout
            except (OSError, subprocess.CalledProcessError):
                return
            self.most = max([self.most or 0, *map(int, text.split())])


def train(pack, model, rows, flags, device, steps, batch):
    """Metrics of each step, with what the program said about memory."""
    with tempfile.TemporaryDirectory() as output:
        command = [pack / "bundle/bin/hone-train", "--model_name_or_path", model, "--data_path", rows, "--output_dir", output + "/out",
                   "--device", device, "--max_steps", steps, "--logging_steps", 1, "--save_strategy", "no", "--learning_rate", "1e-4",
                   "--lr_scheduler_type", "constant", "--per_device_train_batch_size", batch, *flags]
        memory = DeviceMemory()
        memory.start()
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        memory.ended.set()
        memory.join()
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {result.returncode}: {result.stderr[-2000:]}")
        lines = pathlib.Path(output, "out", "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines], {"device_mib": memory.most,
                                                  "said": re.findall(r"memory +(.+)", result.stdout)}


def compare_losses(pack, model, flags, device):
    """The same steps on the device in bf16 and on the CPU in fp32."""
    losses = {}
    for where, precision in [(device, ["--bf16", "True"]), ("cpu", [])]:
        metrics, _ = train(pack, model, pack / "short", [*flags, *precision], where, LOSS_STEPS, 4)
        losses[f"{where} {'bf16' if precision else 'fp32'}"] = [m["loss"] for m in metrics]
    ours, reference = losses.values()
    difference = max(abs(a - b) / b for a, b in zip(ours, reference))
    return {"losses": losses, "largest_relative_difference": difference, "tolerance": TOLERANCE,
            "passed": len(ours) == len(reference) == LOSS_STEPS and difference <= TOLERANCE}


def measure_speed(pack, model, flags, device, batch):
    metrics, memory = train(pack, model, pack / "long", [*flags, "--bf16", "True", "--packing", "best_fit"], device, SPEED_STEPS, batch)
    timed = metrics[WARM_UP:]
    return {"tokens_per_second": statistics.median(m["tokens_per_second"] for m in timed),
            "peak_share": statistics.median(m["peak_share"] for m in timed), "packs_of_2048_a_step": batch, "steps_timed": len(timed),
            "memory": memory}


def op_suite(pack):
    result = subprocess.run([pack / "bundle/bin/hone-ops-test"], capture_output=True, text=True)
    counted = re.search(r"\[==========\] (\d+) tests? .* ran", result.stdout)
    return {"tests": int(counted[1]) if counted else 0, "failed": re.findall(r"\[  FAILED  \] (\S+)(?= \()", result.stdout),
            "passed": result.returncode == 0 and counted is not None}


def main():
    pack, output = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    begin = time.monotonic()
    version = subprocess.run([pack / "bundle/bin/hone-train", "--version"], capture_output=True, text=True).stdout.splitlines()
    report = {"date": datetime.date.today().isoformat(), "device": torch.cuda.get_device_name(), "torch": torch.__version__,
              "versions": version, "cpu_cores": os.cpu_count(), "ops": op_suite(pack), "losses": {}, "speed": {}, "failures": []}
    with tempfile.TemporaryDirectory() as scratch:
        model = pathlib.Path(scratch) / "model"
        write_model(model, pack / "tokenizer", QWEN3_06B)
        for kind, flags in KINDS.items():
            for part, run in [("speed", lambda: measure_speed(pack, model, flags, "cuda", 8)),
                              ("losses", lambda: compare_losses(pack, model, flags, "cuda"))]:
                try:
                    report[part][kind] = run()
                except RuntimeError as error:
                    report["failures"].append(f"{part} of {kind}: {error}")
    report["seconds"] = time.monotonic() - begin
    report["passed"] = (not report["failures"] and report["ops"]["passed"] and
                        all(losses["passed"] for losses in report["losses"].values()))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({key: report[key] for key in ["device", "ops", "speed", "failures", "passed"]}, indent=1))
    print(f"device: {'passed' if report['passed'] else 'FAILED'} in {report['seconds']:.0f} s; see {output}")
    return 0 if report["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
