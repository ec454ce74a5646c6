"""Model folders and rotary frequencies of Hone against safetensors and transformers."""
import json
import shutil
import subprocess

import pytest
import torch
from conftest import BIN, KINDS
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

TESTS = BIN.parent / "tests"


def rewrite(source, target, dtype="float32", shard=10**9, check=True):
    result = subprocess.run([TESTS / "rewrite_model", source, target, dtype, str(shard), "-1"],
                            capture_output=True, text=True)
    assert not check or result.returncode == 0, result.stderr
    return result


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("shard", [10**9, 20_000])
def test_transformers_loads_what_was_written(make_model, tmp_path, kind, dtype, shard):
    base, out = make_model(kind), tmp_path / "out"
    rewrite(base, out, dtype, shard)
    assert (out / "model.safetensors.index.json").exists() == (shard < 10**9)
    want = AutoModelForCausalLM.from_pretrained(base, dtype="float32").state_dict()
    got = AutoModelForCausalLM.from_pretrained(out, dtype="auto").state_dict()
    assert want.keys() == got.keys()
    for name, tensor in want.items():
        assert torch.equal(got[name], tensor.to(getattr(torch, dtype))), name


def test_the_index_adds_up(make_model, tmp_path):
    rewrite(make_model("qwen2"), tmp_path / "out", shard=20_000)
    index = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_text())
    total = 0
    for file in set(index["weight_map"].values()):
        tensors = load_file(tmp_path / "out" / file)
        assert set(tensors) == {name for name, place in index["weight_map"].items() if place == file}
        total += sum(tensor.nbytes for tensor in tensors.values())
    assert total == index["metadata"]["total_size"]


@pytest.mark.parametrize("same", [True, False])
def test_a_tied_folder_may_hold_the_head_twice_but_not_another_head(make_model, tmp_path, same):
    base = tmp_path / "base"
    shutil.copytree(make_model("qwen2_tied"), base)
    tensors = load_file(base / "model.safetensors")
    head = tensors["model.embed_tokens.weight"].clone()
    tensors["lm_head.weight"] = head if same else head + 1
    save_file(tensors, base / "model.safetensors", metadata={"format": "pt"})
    result = rewrite(base, tmp_path / "out", check=False)
    assert result.returncode == (0 if same else 3), result.stderr
    assert same or "lm_head.weight differs" in result.stderr


ROPES = [
    {"rope_type": "linear", "factor": 4.0},
    {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 256},
    {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256},
    {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256, "attention_factor": 1.5,
     "beta_fast": 16.0, "beta_slow": 2.0},
]


@pytest.mark.parametrize("rope", ROPES)
def test_rotary_frequencies_equal_transformers(tmp_path, rope):
    LlamaConfig(architectures=["LlamaForCausalLM"], hidden_size=256, num_attention_heads=4, max_position_embeddings=1024,
                rope_parameters={"rope_theta": 500000.0, **rope}).save_pretrained(tmp_path)
    want, scaling = ROPE_INIT_FUNCTIONS[rope["rope_type"]](AutoConfig.from_pretrained(tmp_path), "cpu")
    lines = subprocess.run([TESTS / "rope_values", tmp_path], capture_output=True, text=True, check=True).stdout.split()
    got = torch.tensor([float(line) for line in lines])
    torch.testing.assert_close(got[1:], want.float(), rtol=2e-6, atol=0)
    assert abs(got[0].item() - scaling) < 1e-6
