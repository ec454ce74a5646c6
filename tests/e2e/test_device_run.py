"""tests/device/run.sh as far as a machine without a device gets; its measuring parts on the CPU."""
import importlib.util
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


def test_its_model_is_one_that_transformers_loads_and_trains_alike_in_both_formats(pack, measure, monkeypatch, tmp_path):
    monkeypatch.setenv("HONE_TORCH", torch.__path__[0])
    for name, count in {"LOSS_STEPS": 4, "SPEED_STEPS": 3, "WARM_UP": 1}.items():
        monkeypatch.setattr(measure, name, count)
    tiny = {**measure.QWEN3_06B, "vocab_size": 49408, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    measure.write_model(tmp_path / "model", pack / "tokenizer", tiny)
    _, loading = AutoModelForCausalLM.from_pretrained(tmp_path / "model", output_loading_info=True)
    assert not any(loading.values()), loading
    for kind, flags in measure.KINDS.items():
        assert measure.compare_losses(pack, tmp_path / "model", flags, "cpu")["passed"], kind
    assert measure.measure_speed(pack, tmp_path / "model", [], "cpu", 1)["tokens_per_second"] > 0
    assert measure.op_suite(pack)["passed"]
