"""Ten fp32 steps against transformers' models, torch.optim.AdamW and transformers' schedules."""
import h5py
import pytest
import torch
from transformers import AutoModelForCausalLM, get_scheduler

from conftest import KINDS, read_metrics, run

STEPS = 10
FLAGS = ["--max_steps", STEPS, "--learning_rate", "2e-3", "--weight_decay", "0.1", "--adam_beta2", "0.95",
         "--lr_scheduler_type", "cosine", "--warmup_steps", "2", "--max_grad_norm", "0.8", "--logging_steps", "1",
         "--save_strategy", "no"]


def prepared_rows(dataset):
    result = []
    for part in sorted(dataset.glob("part-*.h5")):
        with h5py.File(part) as file:
            offsets = file["offsets"][:]
            for begin, end in zip(offsets[:-1], offsets[1:]):
                result.append((torch.tensor(file["tokens"][begin:end].astype("int64")), file["loss_mask"][begin:end] != 0))
    return result


def ten_steps(model, parameters, dataset):
    """Trains `parameters` of `model` by FLAGS. Every step takes all rows: the losses don't depend on their order."""
    optimizer = torch.optim.AdamW([{"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.1},
                                   {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0}],
                                  lr=2e-3, betas=(0.9, 0.95), eps=1e-8)
    schedule = get_scheduler("cosine", optimizer, num_warmup_steps=2, num_training_steps=STEPS)
    data = prepared_rows(dataset)
    targets = sum(int(mask[1:].sum()) for _, mask in data)
    losses, norms, rates = [], [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        total = 0.0
        for ids, mask in data:
            logits = model(input_ids=ids[None]).logits[0, :-1]
            labels = torch.where(torch.tensor(mask[1:]), ids[1:], -100)
            loss = torch.nn.functional.cross_entropy(logits, labels, reduction="sum") / targets
            loss.backward()
            total += loss.item()
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, 0.8)))
        losses.append(total)
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return losses, norms, rates


def reference(folder, dataset):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return *ten_steps(model, list(model.parameters()), dataset), model.state_dict()


@pytest.fixture(scope="module")
def references(make_model, dataset):
    known = {}

    def get(kind):
        if kind not in known:
            known[kind] = reference(make_model(kind), dataset)
        return known[kind]

    return get


def check(kind, references, make_model, dataset, output, ranks, flags):
    run("hone-train", "--model_name_or_path", make_model(kind), "--data_path", dataset, "--output_dir", output, *FLAGS, *flags,
        ranks=ranks)
    losses, norms, rates, weights = references(kind)
    metrics = read_metrics(output)
    assert [m["step"] for m in metrics] == list(range(1, STEPS + 1))
    assert [m["loss"] for m in metrics] == pytest.approx(losses, rel=1e-5)
    assert [m["grad_norm"] for m in metrics] == pytest.approx(norms, rel=1e-4)
    assert [m["learning_rate"] for m in metrics] == pytest.approx(rates, rel=1e-12, abs=1e-18)
    trained = AutoModelForCausalLM.from_pretrained(output, dtype=torch.float32).state_dict()
    assert trained.keys() == weights.keys()
    for name, value in weights.items():
        # AdamW divides by sqrt(v): where a gradient is rounding noise alone, ten steps may differ by a few learning rates.
        assert (trained[name] - value).abs().mean() < 2e-5, name


@pytest.mark.parametrize("kind", KINDS)
def test_one_rank_trains_as_transformers_does(kind, references, make_model, dataset, tmp_path):
    check(kind, references, make_model, dataset, tmp_path / "out", 1, ["--per_device_train_batch_size", 8])


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
@pytest.mark.parametrize("ranks, batch, accumulation", [(1, 2, 4), (2, 2, 2), (3, 1, 3), (4, 2, 1)])
def test_every_rank_count_and_stage_trains_alike(stage, ranks, batch, accumulation, references, make_model, dataset, tmp_path):
    check("qwen2_tied", references, make_model, dataset, tmp_path / "out", ranks,
          ["--zero_stage", stage, "--per_device_train_batch_size", batch, "--gradient_accumulation_steps", accumulation])


@pytest.mark.parametrize("kind", ["qwen2", "qwen3", "llama"])
@pytest.mark.parametrize("ranks", [2, 3])
def test_other_models_train_alike_under_zero_3(kind, ranks, references, make_model, dataset, tmp_path):
    check(kind, references, make_model, dataset, tmp_path / "out", ranks,
          ["--per_device_train_batch_size", 4, "--gradient_accumulation_steps", 1])


def test_recomputing_activations_changes_nothing(references, make_model, dataset, tmp_path):
    check("qwen3", references, make_model, dataset, tmp_path / "out", 1,
          ["--per_device_train_batch_size", 8, "--gradient_checkpointing", "True"])


def test_packing_changes_nothing_but_how_rows_are_laid_out(references, make_model, dataset, tmp_path):
    check("qwen2", references, make_model, dataset, tmp_path / "out", 2,
          ["--per_device_train_batch_size", 4, "--packing", "best_fit"])


@pytest.mark.parametrize("format", ["--bf16", "--fp16"])
def test_16_bit_storage_stays_near_fp32(format, references, make_model, dataset, tmp_path):
    output = tmp_path / "out"
    run("hone-train", "--model_name_or_path", make_model("qwen3"), "--data_path", dataset, "--output_dir", output, *FLAGS,
        "--per_device_train_batch_size", 4, format, "True", ranks=2)
    losses = references("qwen3")[0]
    assert [m["loss"] for m in read_metrics(output)] == pytest.approx(losses, rel=1e-2)
