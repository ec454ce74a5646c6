"""fp16 with a scaled loss: steps that overflow are skipped by all ranks, and the scale moves as DeepSpeed moves it."""
import json

import pytest

from conftest import read_metrics, run

DIVERGED = 4
# So high that fp32, which a CPU computes with, overflows too.
EDGE = {"enabled": True, "initial_scale_power": 60, "loss_scale_window": 1, "hysteresis": 1}


def train(model, dataset, output, fp16, learning_rate="1e-3", warmup=6, ranks=1, steps=12, check=True):
    settings = output.parent / f"{output.name}.json"
    settings.write_text(json.dumps({"fp16": fp16, "zero_optimization": {"stage": 3}}))
    # Every step sees all rows.
    return run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, "--deepspeed", settings,
               "--max_steps", steps, "--logging_steps", 1, "--save_strategy", "no", "--per_device_train_batch_size", 8 // ranks,
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
