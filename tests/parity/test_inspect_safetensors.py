"""hone-inspect safetensors against what safetensors, torch and transformers wrote."""
import json

import pytest
import torch
from conftest import run
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM


def inspect(path, **options):
    return run("hone-inspect", "safetensors", path, "--verify", **options)


@pytest.fixture
def sharded(make_model, tmp_path):
    folder = tmp_path / "sharded"
    AutoModelForCausalLM.from_pretrained(make_model("qwen3")).save_pretrained(folder, max_shard_size="50KB")
    return folder


def index_of(folder):
    return json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]


def test_files_that_the_index_does_not_name_are_passed_over_and_named(sharded):
    places = index_of(sharded)
    whole = inspect(sharded).stdout
    assert f"{len(places)} tensors" in whole and "passed over" not in whole
    save_file({"tok_embeddings.weight": torch.ones(3)}, sharded / "consolidated.safetensors")
    (sharded / "adapter_model.safetensors").write_bytes(b"cut")
    note = "not in the index, passed over: adapter_model.safetensors, consolidated.safetensors\n"
    assert inspect(sharded).stdout == note + whole


def lose_a_shard(folder):
    (folder / index_of(folder)["model.norm.weight"]).unlink()
    return "the index says it holds"


def lose_a_tensor(folder):
    save_file({"other": torch.ones(3)}, folder / index_of(folder)["model.norm.weight"])
    return "the index says it has"


def lose_a_name(folder):
    places = index_of(folder)
    shards = list(places.values())
    name = next(name for name, shard in places.items() if shards.count(shard) > 1)
    del places[name]
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    return f"holds {name}, which the index doesn't place there"


def lose_all_names(folder):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {}}))
    return "names no tensor"


@pytest.mark.parametrize("damage", [lose_a_shard, lose_a_tensor, lose_a_name, lose_all_names])
def test_an_index_and_shards_that_differ_are_refused(sharded, damage):
    message = damage(sharded)
    result = inspect(sharded, check=False)
    assert result.returncode == 3 and message in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2, torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_verify_takes_for_finite_what_torch_does(tmp_path, dtype):
    words = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    if dtype.itemsize == 1:
        values = torch.arange(256, dtype=torch.uint8).view(dtype)
    else:
        # Every sign, exponent and first bit of the mantissa.
        values = (torch.arange(2**16) << 8 * (dtype.itemsize - 2)).to(words[dtype.itemsize]).view(dtype)
    finite = torch.isfinite(values.double())
    assert 0 < (~finite).sum() < finite.sum()
    path = tmp_path / "file.safetensors"
    save_file({"a": values[finite].clone()}, path)
    assert "every value finite" in inspect(path).stdout
    bad = values[~finite]
    for value in bad[:: max(1, len(bad) // 8)]:
        save_file({"a": torch.stack([values[1], value])}, path)
        result = inspect(path, check=False)
        assert result.returncode == 3 and "a holds NaN or infinity" in result.stderr, value
