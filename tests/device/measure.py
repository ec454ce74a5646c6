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

from rewind import rewind

QWEN3_06B = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "vocab_size": 151936, "hidden_size": 1024,
             "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
             "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 1e6, "tie_word_embeddings": True, "attention_bias": False,
             "max_position_embeddings": 40960, "torch_dtype": "bfloat16"}
LORA = ["--use_lora", "--lora_r", 16, "--lora_alpha", 32]
KINDS = {"full": [], "lora": [*LORA, "--lora_dropout", 0], "qlora": [*LORA, "--lora_dropout", 0, "--q_lora"],
         "lora with dropout": [*LORA, "--lora_dropout", 0.05]}
BF16 = ["--bf16", "True"]
# Everything that a device leaves to its host; the scale of fp16 is low enough to skip no step.
OFFLOADED = {"bf16": {"enabled": True}, "zero_optimization": {
    "stage": 3, "offload_optimizer": {"device": "cpu", "pin_memory": True}, "offload_param": {"device": "cpu", "pin_memory": True}}}
FP16 = {"fp16": {"enabled": True, "initial_scale_power": 8}}
SUITES = ["ops", "restore-weights", "adamw"]
LOSS_STEPS, SPEED_STEPS, WARM_UP, SPEED_PACKS = 10, 12, 4, 8
TOLERANCE = 1e-2  # relative, of a 16-bit run's losses to those of fp32
# The whole is to end by itself before the ten minutes are over; one part that hangs must not take the others along.
LIMIT, PART_LIMIT, SHORTEST_PART = 560, 150, 15  # seconds


class Skipped(Exception):
    """A part that no time is left for, or that lacks what an earlier one was to bring."""


class Clock:
    """The seconds that are left of LIMIT."""

    def __init__(self):
        self.begin = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.begin

    def run(self, command):
        """Runs a program for as long as a part may take; throws what went wrong, with its last words."""
        left = min(LIMIT - self.seconds(), PART_LIMIT)
        if left < SHORTEST_PART:
            raise Skipped(f"{LIMIT} s are over")
        command = list(map(str, command))
        result = subprocess.run(command, capture_output=True, text=True, timeout=left)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {result.returncode}: {(result.stderr or result.stdout)[-2000:]}")
        return result.stdout


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
                                      text=True, check=True, timeout=10).stdout
            except (OSError, subprocess.SubprocessError):
                return
            self.most = max([self.most or 0, *map(int, text.split())])


class Runs:
    """What is measured of one model; each run in a folder of its own under `scratch`."""

    def __init__(self, pack, model, scratch, clock):
        self.pack, self.model, self.scratch, self.clock, self.count = pack, model, scratch, clock, 0

    def new_folder(self):
        self.count += 1
        return self.scratch / f"run-{self.count}"

    def train(self, rows, flags, device, steps, batch, output=None):
        """Metrics of each step, with what the program said about memory. A folder of its own is removed again."""
        folder = output or self.new_folder()
        save = [] if output else ["--save_strategy", "no"]
        memory = DeviceMemory()
        memory.start()
        try:
            said = self.clock.run([
                self.pack / "bundle/bin/hone-train", "--model_name_or_path", self.model, "--data_path", self.pack / rows, "--output_dir",
                folder, "--device", device, "--max_steps", steps, "--logging_steps", 1, "--learning_rate", "1e-4", "--lr_scheduler_type",
                "constant", "--per_device_train_batch_size", batch, *save, *flags])
            lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
            metrics = [line for line in lines if "loss" in line]
        finally:
            memory.ended.set()
            memory.join()
            if output is None:
                shutil.rmtree(folder, ignore_errors=True)
        return metrics, {"device_mib": memory.most, "said": re.findall(r"memory +(.+)", said)}

    def losses(self, flags, device):
        metrics, _ = self.train("short", flags, device, LOSS_STEPS, 4)
        return [float(m["loss"]) for m in metrics]

    def speed(self, flags, device):
        metrics, memory = self.train("long", [*flags, *BF16, "--packing", "best_fit"], device, SPEED_STEPS, SPEED_PACKS)
        timed = metrics[WARM_UP:]
        return {"tokens_per_second": statistics.median(m["tokens_per_second"] for m in timed),
                "peak_share": statistics.median(m["peak_share"] for m in timed), "packs_of_2048_a_step": SPEED_PACKS, "steps_timed": len(timed),
                "memory": memory}

    def settings(self, deepspeed):
        """Flags for a DeepSpeed JSON."""
        path = self.scratch / f"deepspeed-{self.count}.json"
        path.write_text(json.dumps(deepspeed))
        return ["--deepspeed", path]

    def resumed(self, device):
        """Losses of a run that offloads all, evaluates and is gone on with from its middle, and those of the second half then."""
        output, half = self.new_folder(), LOSS_STEPS // 2
        flags = [*self.settings(OFFLOADED), "--save_strategy", "steps", "--save_steps", half, "--eval_data_path", self.pack / "short",
                 "--eval_strategy", "steps", "--eval_steps", half]
        try:
            whole, _ = self.train("short", flags, device, LOSS_STEPS, 4, output)
            rewind(output, half)
            again, _ = self.train("short", flags, device, LOSS_STEPS, 4, output)
        finally:
            shutil.rmtree(output, ignore_errors=True)
        return [float(m["loss"]) for m in whole], [float(m["loss"]) for m in again if m["step"] > half]


def compared(losses, reference):
    difference = max((abs(a - b) / b for a, b in zip(losses, reference)), default=math.inf)
    return {"losses": losses, "reference": reference, "largest_relative_difference": difference, "tolerance": TOLERANCE,
            "passed": len(losses) == len(reference) > 0 and difference <= TOLERANCE}


def suite(pack, name, clock, device):
    """A test program, which must have seen the device."""
    text = clock.run([pack / f"bundle/bin/hone-{name}-test"])
    counted = re.search(r"\[==========\] (\d+) tests? .* ran", text)
    where = re.search(r"the suite runs on (.+)", text)
    return {"tests": int(counted[1]) if counted else 0, "on": where and where[1],
            "passed": bool(counted and where and (device == "cpu" or "CUDA" in where[1]))}


def known(losses, kind):
    if kind not in losses:
        raise Skipped("the run whose losses it compares did not end")
    return losses[kind]


def parts_of(runs, device):
    """Name and work of each part, in order: what needs the device before the references that the CPU takes its time for."""
    on_device, on_cpu = {}, {}

    def remember(losses, kind, flags, where):
        losses[kind] = runs.losses(flags, where)
        return losses[kind]

    def resume():
        on_device["full, offloaded"], again = runs.resumed(device)
        return compared(again, on_device["full, offloaded"][LOSS_STEPS // 2:])

    for name in SUITES:
        yield f"suite {name}", lambda name=name: suite(runs.pack, name, runs.clock, device)
    for kind, flags in KINDS.items():
        yield f"device losses {kind}", lambda kind=kind, flags=flags: remember(on_device, kind, [*flags, *BF16], device)
    yield "device losses full in fp16", lambda: remember(on_device, "full in fp16", runs.settings(FP16), device)
    yield "resume of full, offloaded", resume
    for kind, flags in KINDS.items():
        yield f"speed {kind}", lambda flags=flags: runs.speed(flags, device)
    for kind, flags in KINDS.items():
        yield f"reference {kind}", lambda kind=kind, flags=flags: remember(on_cpu, kind, flags, "cpu")
        for other in [kind, *([f"{kind} in fp16", f"{kind}, offloaded"] if kind == "full" else [])]:
            yield f"losses {other}", lambda other=other, kind=kind: compared(known(on_device, other), known(on_cpu, kind))


def write(report, output):
    """Anew after each part: what is known stays where a later part, or the machine, goes."""
    temporary = output.with_name(output.name + ".new")
    temporary.write_text(json.dumps(report, indent=1) + "\n")
    temporary.replace(output)


def measure(parts, report, clock, output):
    """Runs the parts one after the other, whatever becomes of each."""
    write(report, output)
    for name, work in parts:
        begin = clock.seconds()
        try:
            result = work()
            report["parts"][name] = result
            if isinstance(result, dict) and not result.get("passed", True):
                report["failures"].append(f"{name}: see its numbers")
        except Skipped as why:
            report["skipped"].append(f"{name}: {why}")
        except Exception as error:  # a timeout, a broken file, a missing reference: the rest goes on
            report["failures"].append(f"{name}: {type(error).__name__}: {error}")
        report["seconds"][name] = round(clock.seconds() - begin, 1)
        write(report, output)
    report["complete"] = True
    report["passed"] = not report["failures"] and not report["skipped"]
    write(report, output)


def main():
    pack, output = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    clock = Clock()
    output.parent.mkdir(parents=True, exist_ok=True)
    report = {"date": datetime.date.today().isoformat(), "device": torch.cuda.get_device_name(), "torch": torch.__version__,
              "versions": clock.run([pack / "bundle/bin/hone-train", "--version"]).splitlines(), "cpu_cores": os.cpu_count(),
              "complete": False, "passed": False, "failures": [], "skipped": [], "seconds": {}, "parts": {}}
    with tempfile.TemporaryDirectory() as scratch:
        model = pathlib.Path(scratch) / "model"
        write_model(model, pack / "tokenizer", QWEN3_06B)
        measure(parts_of(Runs(pack, model, pathlib.Path(scratch), clock), "cuda"), report, clock, output)
    print(json.dumps(report, indent=1))
    print(f"device: {'passed' if report['passed'] else 'FAILED'} in {clock.seconds():.0f} s; see {output}")
    return 0 if report["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
