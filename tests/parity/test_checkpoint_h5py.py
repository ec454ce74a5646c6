"""Checkpoints as h5py, PyTorch and transformers read them."""
import hashlib
import json

import h5py
import pytest
import torch
from transformers import TrainerState

from conftest import run
from test_training import prepared_rows
from transformers import AutoModelForCausalLM

STEPS = 3


def reference(folder, dataset):
    """Every step takes all rows: parameters and AdamW's state after three of them."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)
    data = prepared_rows(dataset)
    targets = sum(int(mask[1:].sum()) for _, mask in data)
    for _ in range(STEPS):
        optimizer.zero_grad()
        for ids, mask in data:
            logits = model(ids[None]).logits[0, :-1]
            labels = torch.where(torch.tensor(mask[1:]), ids[1:], -100)
            (torch.nn.functional.cross_entropy(logits, labels, reduction="sum") / targets).backward()
        optimizer.step()
    return {name: {"master": p.detach(), **{kind: optimizer.state[p][kind] for kind in ["exp_avg", "exp_avg_sq"]}}
            for name, p in model.named_parameters()}


def assembled(checkpoint):
    """{name: {kind: tensor}} from every rank's file; each element must come exactly once."""
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    result, seen = {}, {}
    for name, shape in manifest["parameters"].items():
        numel = torch.Size(shape).numel()
        result[name] = {kind: torch.full((numel,), torch.nan) for kind in ["master", "exp_avg", "exp_avg_sq"]}
        seen[name] = torch.zeros(numel, dtype=torch.int64)
    for listed in manifest["files"]:
        path = checkpoint / listed["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed["sha256"]
        assert path.stat().st_size == listed["bytes"]
        with h5py.File(path) as file:
            assert file.attrs["step"] == STEPS and file.attrs["ranks"] == len(manifest["files"])
            found = [[name, int(offset), file[name][offset]["master"].shape[0]] for name in file for offset in file[name]]
            assert sorted(found) == sorted(listed["ranges"])
            for name, offset, count in found:
                for kind, values in file[name][str(offset)].items():
                    assert values.dtype == "float32" and values.fletcher32
                    result[name][kind][offset:offset + count] = torch.from_numpy(values[:])
                seen[name][offset:offset + count] += 1
    assert all((count == 1).all() for count in seen.values())
    return {name: {kind: values.view(manifest["parameters"][name]) for kind, values in kinds.items()}
            for name, kinds in result.items()}


@pytest.mark.parametrize("kind, ranks, stage", [("qwen2", 1, 3), ("qwen2_tied", 2, 3), ("qwen3", 3, 3), ("qwen2", 2, 0), ("llama", 3, 1)])
def test_masters_and_moments_are_those_of_torch_by_name(kind, ranks, stage, make_model, dataset, tmp_path):
    output = tmp_path / "out"
    batch = {1: [8, 1], 2: [4, 1], 3: [3, 1]}[ranks]
    run("hone-train", "--model_name_or_path", make_model(kind), "--data_path", dataset, "--output_dir", output, "--max_steps", STEPS,
        "--save_steps", STEPS, "--logging_steps", 1, "--learning_rate", "1e-3", "--lr_scheduler_type", "constant", "--adam_beta2", "0.95",
        "--max_grad_norm", 0, "--zero_stage", stage, "--per_device_train_batch_size", batch[0], ranks=ranks)
    checkpoint = output / f"checkpoint-{STEPS}"
    stored, expected = assembled(checkpoint), reference(make_model(kind), dataset)
    assert stored.keys() == expected.keys()
    for name, kinds in expected.items():
        for what, value in kinds.items():
            scale = value.abs().max()
            assert (stored[name][what] - value).abs().max() <= 1e-4 * scale + 1e-12 if what != "master" else \
                (stored[name][what] - value).abs().mean() < 2e-5, (name, what)
    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    assert (state.global_step, state.max_steps) == (STEPS, STEPS) and state.epoch == pytest.approx(STEPS)
    assert state.log_history == [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
