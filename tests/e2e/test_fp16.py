"""fp16 with a scaled loss: steps that overflow are skipped by all ranks, and the scale moves as DeepSpeed moves it."""
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from conftest import read_metrics, run
from rewind import rewind
from test_resume import state_sums

DIVERGED = 4
# So high that fp32, which a CPU computes with, overflows too.
EDGE = {"enabled": True, "initial_scale_power": 60, "loss_scale_window": 1, "hysteresis": 1}


def train(model, dataset, output, fp16, learning_rate="1e-3", warmup=6, ranks=1, steps=12, check=True,
          save=("--save_strategy", "no")):
    settings = output.parent / f"{output.name}.json"
    settings.write_text(json.dumps({"fp16": fp16, "zero_optimization": {"stage": 3}}))
    # Every step sees all rows.
    return run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, "--deepspeed", settings,
               "--max_steps", steps, "--logging_steps", 1, *save, "--per_device_train_batch_size", 8 // ranks,
               "--lr_scheduler_type", "constant_with_warmup", "--warmup_steps", warmup, "--learning_rate", learning_rate,
               "--max_grad_norm", 0, ranks=ranks, check=check)


def skipped(metrics):
    """Whether each step was."""
    counts = [0, *(m["skipped_steps"] for m in metrics)]
    return [after > before for before, after in zip(counts, counts[1:])]


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_step_that_overflows_changes_nothing_but_the_scale(ranks, make_model, dataset, tmp_path):
    result = train(make_model("qwen3"), dataset, tmp_path / "edge", EDGE, ranks=ranks)
    assert "fp16 for storage and gathers; computing in fp32" in result.stdout
    metrics = read_metrics(tmp_path / "edge")
    overflows = skipped(metrics)
    assert 2 <= sum(overflows) <= 6, overflows
    assert result.stdout.count("the gradients overflowed at loss scale") == sum(overflows)
    for step, (overflow, now, after) in enumerate(zip(overflows, metrics, metrics[1:])):
        if overflow:
            assert after["loss_scale"] == now["loss_scale"] / 2
            assert after["loss"] == now["loss"] and after["learning_rate"] == now["learning_rate"]
        elif step > 0 and not overflows[step - 1]:  # after two clean steps
            assert after["loss_scale"] == now["loss_scale"] * 2
        else:
            assert after["loss_scale"] == now["loss_scale"]

    done = [m for m, overflow in zip(metrics, overflows) if not overflow]
    train(make_model("qwen3"), dataset, tmp_path / "plain", {"enabled": True, "loss_scale": 1}, ranks=ranks, steps=len(done))
    plain = read_metrics(tmp_path / "plain")
    for key in ["loss", "grad_norm", "learning_rate"]:
        assert [m[key] for m in done] == pytest.approx([m[key] for m in plain], rel=1e-6), key


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_run_whose_scale_can_t_go_lower_has_diverged(ranks, make_model, dataset, tmp_path):
    fp16 = {"enabled": True, "initial_scale_power": 2, "hysteresis": 1}
    output = tmp_path / "out"
    result = train(make_model("qwen3"), dataset, output, fp16, "1e9", 0, ranks=ranks, check=False)
    assert result.returncode == DIVERGED, result.stderr
    assert "training diverged at step 4" in result.stderr and "at loss scale 1, which can't go lower" in result.stderr
    assert [m["loss_scale"] for m in read_metrics(output)] == [4, 4, 2]
    assert not (output / "model.safetensors").exists()


def test_a_fixed_scale_that_overflows_has_diverged(make_model, dataset, tmp_path):
    result = train(make_model("qwen3"), dataset, tmp_path / "out", {"enabled": True, "loss_scale": 8}, "1e9", 0, check=False)
    assert result.returncode == DIVERGED and "at loss scale 8, which can't go lower" in result.stderr, result.stderr


MODELS = ("--save_steps", 1, "--save_hf_model", "True")


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_checkpoint_of_a_skipped_step_holds_the_model_from_before_it(ranks, make_model, dataset, tmp_path):
    output = tmp_path / "out"
    train(make_model("qwen3"), dataset, output, EDGE, ranks=ranks, save=MODELS)
    overflows = skipped(read_metrics(output))
    assert any(overflows[1:-1]) and not all(overflows)
    models = [load_file(output / f"checkpoint-{step}" / "model.safetensors") for step in range(1, 13)]
    for step in range(2, 13):
        before, now = models[step - 2], models[step - 1]
        assert all(torch.isfinite(value).all() for value in now.values())
        unchanged = all(torch.equal(before[name], now[name]) for name in now)
        assert unchanged == overflows[step - 1], step
    step = overflows.index(True, 1) + 1
    model, report = AutoModelForCausalLM.from_pretrained(output / f"checkpoint-{step}", output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"] and model.num_parameters() > 0


@pytest.mark.parametrize("before, after", [(1, 1), (2, 2), (2, 1), (1, 2)])
def test_a_run_goes_on_from_the_checkpoint_of_a_skipped_step(before, after, make_model, dataset, tmp_path):
    whole, output = tmp_path / "whole", tmp_path / "out"
    train(make_model("qwen3"), dataset, whole, EDGE, ranks=before, save=MODELS)
    overflows = skipped(read_metrics(whole))
    step = 2 + overflows[1:].index(True)
    assert any(overflows[step:]), overflows  # one more comes after it
    shutil.copytree(whole, output)
    rewind(output, step)
    assert f"of step {step} from" in train(make_model("qwen3"), dataset, output, EDGE, ranks=after, save=MODELS).stdout

    def numbers(folder, *keys):
        return [[m[key] for key in keys] for m in read_metrics(folder)]

    assert numbers(output, "step", "loss_scale", "skipped_steps", "learning_rate") == numbers(
        whole, "step", "loss_scale", "skipped_steps", "learning_rate")
    assert sum(numbers(output, "loss"), []) == pytest.approx(sum(numbers(whole, "loss"), []), rel=1e-6)
    if before == after:
        for name in ("model.safetensors", "checkpoint-12/model.safetensors"):
            assert (output / name).read_bytes() == (whole / name).read_bytes()
        assert state_sums(output / "checkpoint-12") == state_sums(whole / "checkpoint-12")


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_checkpoint_holds_no_model_with_weights_beyond_fp16(ranks, make_model, dataset, tmp_path):
    base = shutil.copytree(make_model("qwen3"), tmp_path / "base")
    weights = load_file(base / "model.safetensors")
    weights["model.norm.weight"][:] = 65519.5  # rounded to 65504, where fp16 ends; a step takes some of them beyond
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})
    result = run("hone-train", "--model_name_or_path", base, "--data_path", dataset, "--output_dir", tmp_path / "out", "--max_steps", 1,
                 "--save_steps", 1, "--save_hf_model", "True", "--save_dtype", "float16", "--learning_rate", "1", ranks=ranks, check=False)
    assert result.returncode == 1, result.stderr
    assert "checkpoint-1 could not be written" in result.stderr and "model.norm.weight holds inf or nan as float16" in result.stderr
    assert "--save_dtype float32" in result.stderr and not list((tmp_path / "out").glob("checkpoint-*"))
