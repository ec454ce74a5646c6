"""What a run leaves in output_dir: a Hugging Face folder, whole, in the base's types, changed by training."""
import json
import socket

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer

from conftest import KINDS, run


def tensors(folder):
    result = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in file.keys():
                assert name not in result, f"{name} is in two files"
                result[name] = file.get_tensor(name)
    return result


def train(model, dataset, output, *flags, ranks=2):
    return run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, "--max_steps", 3,
               "--learning_rate", "1e-3", "--per_device_train_batch_size", 2, "--gradient_accumulation_steps", 1,
               "--logging_steps", 1, "--save_strategy", "no", *flags, ranks=ranks)


@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_is_there_and_trained(kind, ranks, make_model, dataset, tmp_path):
    base, output = make_model(kind), tmp_path / "out"
    train(base, dataset, output, "--zero_stage", 3, ranks=ranks)
    before, after = tensors(base), tensors(output)
    assert after.keys() == before.keys()
    for name, value in before.items():
        assert after[name].shape == value.shape and after[name].dtype == value.dtype, name
        assert torch.isfinite(after[name]).all(), name
        assert not torch.equal(after[name], value), f"{name} was not trained"
    model, report = AutoModelForCausalLM.from_pretrained(output, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert model.config.tie_word_embeddings == KINDS[kind][2]["tie_word_embeddings"]


def test_a_bf16_base_stays_bf16(make_model, dataset, tmp_path):
    base = tmp_path / "base"
    AutoModelForCausalLM.from_pretrained(make_model("qwen3"), dtype=torch.bfloat16).save_pretrained(base)
    for source in make_model("qwen3").iterdir():
        if not (base / source.name).exists():
            (base / source.name).write_bytes(source.read_bytes())
    train(base, dataset, tmp_path / "out")
    assert {t.dtype for t in tensors(tmp_path / "out").values()} == {torch.bfloat16}
    train(base, dataset, tmp_path / "wide", "--save_dtype", "float32")
    assert {t.dtype for t in tensors(tmp_path / "wide").values()} == {torch.float32}


def test_shards_and_index_agree(make_model, dataset, tmp_path):
    base, output = make_model("qwen2"), tmp_path / "out"
    train(base, dataset, output, "--max_shard_size", "100KB")
    index = json.loads((output / "model.safetensors.index.json").read_text())
    after = tensors(output)
    assert index["weight_map"].keys() == after.keys()
    assert index["metadata"]["total_size"] == sum(t.numel() * t.element_size() for t in after.values())
    for name, file_name in index["weight_map"].items():
        with safe_open(output / file_name, "pt") as file:
            assert name in file.keys()
    train(base, dataset, tmp_path / "whole")
    whole = tensors(tmp_path / "whole")
    assert all(torch.equal(after[name], whole[name]) for name in whole)


def test_the_folder_alone_is_enough(make_model, dataset, tmp_path):
    base, output = make_model("qwen2_tied"), tmp_path / "out"
    train(base, dataset, output)
    for name in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]:
        assert (output / name).read_bytes() == (base / name).read_bytes(), name
    tokenizer = AutoTokenizer.from_pretrained(output)
    stop = json.loads((output / "generation_config.json").read_text())["eos_token_id"]
    assert tokenizer.convert_tokens_to_ids("<|im_end|>") in (stop if isinstance(stop, list) else [stop])
    assert tokenizer.apply_chat_template([{"role": "user", "content": "x"}], tokenize=False).endswith("<|im_end|>\n")


@pytest.mark.parametrize("ranks", [1, 3])
def test_run_json_lists_every_host_with_its_ranks(ranks, make_model, dataset, tmp_path):
    train(make_model("qwen2_tied"), dataset, tmp_path / "out", ranks=ranks)
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["hosts"] == [{"host": socket.gethostname(), "ranks": list(range(ranks))}]
    assert record["ranks"] == ranks
