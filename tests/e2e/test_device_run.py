"""tests/device/run.sh as far as a machine without a device gets; its measuring parts on the CPU."""
import importlib.util
import json
import os
import subprocess
import sys

import pytest
import torch
from transformers import AutoModelForCausalLM

from conftest import BIN, ROOT

NO_DEVICE, USAGE = 77, 2


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("device") / "pack"
    subprocess.run([ROOT / "tests" / "device" / "pack.sh", folder, BIN.parent], check=True)
    return folder


@pytest.fixture(scope="module")
def measure():
    spec = importlib.util.spec_from_file_location("measure", ROOT / "tests" / "device" / "measure.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_sh(*arguments, **environment):
    return subprocess.run([ROOT / "tests" / "device" / "run.sh", *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, "PYTHON": sys.executable, "CUDA_VISIBLE_DEVICES": "", **environment})


def test_without_a_device_nothing_is_run_and_the_exit_code_says_so(pack, tmp_path):
    result = run_sh(pack, tmp_path / "device.json")
    assert result.returncode == NO_DEVICE, result.stderr
    assert result.stderr.startswith("device: no CUDA device (") and result.stderr.count("\n") == 1
    assert not (tmp_path / "device.json").exists()


def test_a_missing_pack_is_named(tmp_path):
    result = run_sh(tmp_path)
    assert result.returncode == USAGE and result.stderr.startswith(f"device: error: no bundle in {tmp_path}")


def test_a_python_without_pytorch_is_named(pack):
    result = run_sh(pack, PYTHON="/bin/false")
    assert result.returncode == USAGE and "/bin/false has no PyTorch" in result.stderr


def test_a_pack_stays_small_enough_to_carry(pack):
    assert sum(path.lstat().st_size for path in pack.rglob("*")) < 64e6


@pytest.fixture
def tiny(pack, measure, monkeypatch, tmp_path):
    """A model that every part can train on a CPU within seconds."""
    monkeypatch.setenv("HONE_TORCH", torch.__path__[0])
    for name, count in {"LOSS_STEPS": 4, "SPEED_STEPS": 3, "WARM_UP": 1, "SPEED_PACKS": 1}.items():
        monkeypatch.setattr(measure, name, count)
    shape = {**measure.QWEN3_06B, "vocab_size": 49408, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    measure.write_model(tmp_path / "model", pack / "tokenizer", shape)
    return tmp_path / "model"


def test_its_model_is_one_that_transformers_loads(tiny):
    _, loading = AutoModelForCausalLM.from_pretrained(tiny, output_loading_info=True)
    assert not any(loading.values()), loading


def empty_report():
    return {"failures": [], "skipped": [], "seconds": {}, "parts": {}}


def test_every_part_passes_where_the_cpu_stands_for_the_device(pack, measure, tiny, tmp_path):
    report, output = empty_report(), tmp_path / "device.json"
    clock = measure.Clock()
    measure.measure(measure.parts_of(measure.Runs(pack, tiny, tmp_path, clock), "cpu"), report, clock, output)
    assert report["passed"] and report["complete"], report
    assert json.loads(output.read_text()) == report
    parts = report["parts"]
    for kind in ["full", "full in fp16", "full, offloaded", "lora", "lora with dropout", "qlora"]:
        assert len(parts[f"losses {kind}"]["losses"]) == 4
    assert parts["losses lora"]["losses"] != parts["losses lora with dropout"]["losses"]
    assert len(parts["resume of full, offloaded"]["losses"]) == 2
    assert all(parts[f"speed {kind}"]["tokens_per_second"] > 0 for kind in measure.KINDS)


def test_a_part_that_hangs_or_fails_takes_no_other_along_and_what_is_known_is_on_disk(measure, monkeypatch, tmp_path):
    monkeypatch.setattr(measure, "PART_LIMIT", 1)
    monkeypatch.setattr(measure, "SHORTEST_PART", 1)
    clock, report, output = measure.Clock(), empty_report(), tmp_path / "device.json"

    def last():
        assert json.loads(output.read_text())["parts"] == {"first": {"passed": True}}
        return {"passed": False}

    measure.measure([("first", lambda: {"passed": True}), ("hangs", lambda: clock.run(["sleep", 60])),
                     ("fails", lambda: clock.run(["sh", "-c", "echo no memory >&2; exit 3"])), ("breaks", lambda: {}["key"]),
                     ("last", last)], report, clock, output)
    assert [line.split(":")[0] for line in report["failures"]] == ["hangs", "fails", "breaks", "last"]
    assert "timed out" in report["failures"][0] and "no memory" in report["failures"][1]
    assert report["complete"] and not report["passed"] and clock.seconds() < 30


def test_when_the_time_is_over_the_rest_is_skipped_by_name(measure, monkeypatch, tmp_path):
    monkeypatch.setattr(measure, "LIMIT", 0)
    clock, report = measure.Clock(), empty_report()
    measure.measure([("speed", lambda: clock.run(["true"]))], report, clock, tmp_path / "device.json")
    assert report["skipped"] == ["speed: 0 s are over"] and not report["passed"]
