"""The loss that is logged is one number: the same for training and evaluation, whatever the ranks and accumulation."""
import pytest

from conftest import read_metrics, run


def losses(model, dataset, output, ranks, batch, accumulation):
    run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--eval_data_path", dataset, "--output_dir", output,
        "--max_steps", 1, "--learning_rate", "1e-3", "--warmup_steps", 1, "--per_device_train_batch_size", batch,
        "--gradient_accumulation_steps", accumulation, "--per_device_eval_batch_size", 3, "--logging_steps", 1,
        "--eval_strategy", "steps", "--eval_steps", 1, "--save_strategy", "no", ranks=ranks)
    train, evaluation = read_metrics(output)
    assert train["learning_rate"] == 0  # the first of the warm-up: the weights stay as they are
    assert evaluation["eval_targets"] == train["targets"]
    return train["loss"], evaluation["eval_loss"]


@pytest.mark.parametrize("ranks, batch, accumulation", [(1, 8, 1), (1, 2, 4), (2, 4, 1), (2, 1, 4), (3, 3, 1)])
def test_training_and_evaluation_loss_are_the_same(ranks, batch, accumulation, make_model, dataset, tmp_path):
    train, evaluation = losses(make_model("qwen2_tied"), dataset, tmp_path / "out", ranks, batch, accumulation)
    reference, _ = losses(make_model("qwen2_tied"), dataset, tmp_path / "reference", 1, 8, 1)
    assert evaluation == pytest.approx(train, rel=1e-6)
    assert train == pytest.approx(reference, rel=1e-6)


@pytest.mark.parametrize("packing", ["none", "best_fit"])
def test_every_epoch_ends_with_an_evaluation_and_so_does_the_run(packing, make_model, dataset, tmp_path):
    run("hone-train", "--model_name_or_path", make_model("qwen2_tied"), "--data_path", dataset, "--eval_data_path", dataset,
        "--output_dir", tmp_path / "out", "--max_steps", 7, "--per_device_train_batch_size", 3, "--packing", packing,
        "--model_max_length", 130, "--logging_steps", 1, "--eval_strategy", "epoch", "--save_strategy", "no")
    lines = read_metrics(tmp_path / "out")
    epochs = {line["step"]: line["epoch"] for line in lines if "loss" in line}
    evaluated = [line["step"] for line in lines if "eval_loss" in line]
    assert evaluated == [step for step, epoch in epochs.items() if epoch == int(epoch) or step == 7]
    assert len(evaluated) > 2 and 7 in evaluated
    if packing == "none":
        assert evaluated == [3, 6, 7]  # eight rows, three at a time
