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
