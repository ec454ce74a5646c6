"""What checkpoint-N holds for others to load: it is what output_dir would get at that step."""
import re

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from test_resume import train

USAGE = 2
FLAGS = ["--max_steps", 4, "--lr_scheduler_type", "constant", "--warmup_steps", 0]
LORA = ["--use_lora", "True", "--lora_r", 4, "--lora_alpha", 8, "--lora_dropout", "0.1"]
SIDE_FILES = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]


def logits(model):
    with torch.no_grad():
        return model(torch.tensor([[5, 17, 300, 42]])).logits


@pytest.fixture(scope="module")
def base(make_model):
    return make_model("qwen3")


@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("more", [[], ["--q_lora", "True"], ["--save_dtype", "bfloat16"]])
def test_every_checkpoint_of_an_adapter_run_is_an_adapter(more, ranks, base, dataset, tmp_path):
    output, short = tmp_path / "out", tmp_path / "short"
    train(base, dataset, output, *FLAGS, *LORA, *more, ranks=ranks)
    train(base, dataset, short, *FLAGS, *LORA, *more, "--max_steps", 2, "--save_strategy", "no", ranks=ranks)
    for checkpoint, final in [(output / "checkpoint-2", short), (output / "checkpoint-4", output)]:
        for name in ["adapter_model.safetensors", "adapter_config.json", *SIDE_FILES]:
            assert (checkpoint / name).read_bytes() == (final / name).read_bytes(), (checkpoint, name)
    model = AutoModelForCausalLM.from_pretrained(base)
    before = logits(model)
    after = logits(PeftModel.from_pretrained(model, output / "checkpoint-2"))
    assert torch.isfinite(after).all() and not torch.equal(before, after)
    AutoTokenizer.from_pretrained(output / "checkpoint-2")


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("more", [[], ["--max_shard_size", "100KB"]])
def test_a_full_run_keeps_the_model_in_every_checkpoint_when_asked(more, ranks, base, dataset, tmp_path):
    output, short = tmp_path / "out", tmp_path / "short"
    train(base, dataset, output, *FLAGS, *more, "--save_hf_model", "True", ranks=ranks)
    train(base, dataset, short, *FLAGS, *more, "--max_steps", 2, "--save_strategy", "no", ranks=ranks)
    for checkpoint, final in [(output / "checkpoint-2", short), (output / "checkpoint-4", output)]:
        weights = sorted(path.name for path in final.glob("*.safetensors*"))
        assert len(weights) > 1 if more else weights == ["model.safetensors"]
        assert sorted(path.name for path in checkpoint.glob("*.safetensors*")) == weights
        for name in [*weights, "config.json", "generation_config.json", *SIDE_FILES]:
            assert (checkpoint / name).read_bytes() == (final / name).read_bytes(), (checkpoint, name)
    model, report = AutoModelForCausalLM.from_pretrained(output / "checkpoint-2", output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert torch.isfinite(logits(model)).all()


def test_a_full_run_keeps_only_what_resuming_needs_unless_asked(base, dataset, tmp_path):
    train(base, dataset, tmp_path / "out", *FLAGS)
    names = sorted(path.name for path in (tmp_path / "out" / "checkpoint-2").iterdir())
    assert names == ["manifest.json", "state-00000-of-00001.h5", "trainer_state.json"]


@pytest.mark.parametrize("flags", [LORA, ["--save_hf_model", "True"]])
def test_a_run_goes_on_from_such_a_checkpoint(flags, base, dataset, tmp_path):
    whole, output = tmp_path / "whole", tmp_path / "out"
    train(base, dataset, whole, *FLAGS, *flags)
    train(base, dataset, output, *FLAGS, *flags, "--resume_from_checkpoint", whole / "checkpoint-2")
    for path in [*whole.glob("*.safetensors"), *whole.glob("checkpoint-4/*.safetensors")]:
        assert (output / path.relative_to(whole)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("flags", [LORA, ["--save_hf_model", "True"]])
def test_the_announced_size_counts_these_files(flags, base, dataset, tmp_path):
    text = train(base, dataset, tmp_path / "out", *FLAGS, *flags).stdout
    said, unit = re.search(r"checkpoint every 2 steps, ([\d.]+) (\w+) each", text).groups()
    unlisted = {"manifest.json", "trainer_state.json", "adapter_config.json", "config.json", "generation_config.json"}
    real = sum(path.stat().st_size for path in (tmp_path / "out" / "checkpoint-2").iterdir() if path.name not in unlisted)
    assert float(said) * {"KiB": 1024, "MiB": 1024 ** 2}[unit] == pytest.approx(real, rel=0.1)


def test_the_model_of_an_adapter_run_is_not_kept(base, dataset, tmp_path):
    result = train(base, dataset, tmp_path / "out", *LORA, "--save_hf_model", "True", check=False)
    assert result.returncode == USAGE and "--save_hf_model" in result.stderr
    assert not (tmp_path / "out").exists()
