"""What a run says of the bytes that its collectives carry and of the base weights that a rank keeps."""
import re

import pytest
from safetensors import safe_open

from conftest import read_metrics, run

LAYERS = 3
GROUP_BYTES = 8192 + 256 + 4  # of 16,384 weights: codes, scales, the maximum


def train(model, dataset, output, *flags, ranks=2):
    """Two micro-batches of two rows on each of two ranks; what it printed, and the one step's metrics."""
    printed = run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, "--max_steps", 1,
                  "--learning_rate", "1e-3", "--per_device_train_batch_size", 2, "--gradient_accumulation_steps", 4 // ranks,
                  "--logging_steps", 1, "--save_strategy", "no", *flags, ranks=ranks).stdout
    return printed, read_metrics(output)[0]


def sizes(model):
    """fp32 bytes of embedding, of all blocks and of the final norm, in the model's file."""
    with safe_open(model / "model.safetensors", "np") as file:
        numels = {name: file.get_tensor(name).size for name in file.keys()}
    embedding = 4 * numels["model.embed_tokens.weight"]
    norm = 4 * numels["model.norm.weight"]
    return embedding, 4 * sum(numels.values()) - embedding - norm, norm


def about(bytes):
    """Padding costs a little, and never takes anything away."""
    return lambda value: bytes <= value < 1.05 * bytes


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_a_full_fine_tune_gathers_and_reduces_what_its_stage_shards(stage, make_model, dataset, tmp_path):
    model = make_model("qwen2_tied")
    embedding, blocks, norm = sizes(model)
    _, step = train(model, dataset, tmp_path / "out", "--zero_stage", stage)
    whole, micro_batches = embedding + blocks + norm, 2
    gathered = {0: 0, 1: whole, 2: whole, 3: micro_batches * (2 * embedding + 2 * blocks + norm)}[stage]
    reduced = whole * (micro_batches if stage >= 2 else 1)
    assert about(gathered)(step["all_gather_bytes"]) if gathered else step["all_gather_bytes"] == 0
    assert about(reduced)(step["reduce_bytes"])
    assert step["quantised_all_gather_bytes"] == 0


def test_one_rank_sends_nothing(make_model, dataset, tmp_path):
    printed, step = train(make_model("qwen2_tied"), dataset, tmp_path / "out", ranks=1)
    assert (step["all_gather_bytes"], step["quantised_all_gather_bytes"], step["reduce_bytes"]) == (0, 0, 0)
    assert "traffic" not in printed


def test_q_lora_gathers_four_bit_weights_and_says_how_much_a_pass(make_model, dataset, tmp_path):
    model = make_model("qwen2_tied")
    printed, step = train(model, dataset, tmp_path / "out", "--use_lora", "--q_lora", "--lora_r", 4)
    # Every matrix here is smaller than a group of its own; two ranks share seven groups by four each.
    block, micro_batches = 2 * 4 * GROUP_BYTES, 2
    assert step["quantised_all_gather_bytes"] == micro_batches * 2 * LAYERS * block
    assert step["all_gather_bytes"] > step["quantised_all_gather_bytes"] + micro_batches * 2 * sizes(model)[0]
    weights = 44 * (48 + 24 + 24) + 48 * 44 + 3 * 44 * 90
    a_pass = re.search(r"4-bit weights: ([\d.]+) bytes x ([\d,]+) parameters all-gathered per forward or backward pass", printed)
    assert int(a_pass[2].replace(",", "")) == LAYERS * weights
    assert float(a_pass[1]) == pytest.approx(block / weights, abs=5e-4)
    resident = re.search(r"its 4-bit weights on a rank: ([\d.]+) bytes x", printed)
    assert float(resident[1]) == pytest.approx(block / weights / 2, abs=5e-4)


def test_lora_reduces_its_adapters_alone(make_model, dataset, tmp_path):
    printed, step = train(make_model("qwen3"), dataset, tmp_path / "out", "--use_lora", "--lora_r", 16)
    adapters = int(re.search(r"([\d,]+) trainable", printed)[1].replace(",", ""))
    assert about(2 * 4 * adapters)(step["reduce_bytes"])
    assert "the frozen base on a rank: 2.0" in printed  # half of four bytes each
