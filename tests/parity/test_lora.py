"""Adapters against PEFT: ten fp32 steps from the same adapter, files that load on both sides, and Q-LoRA over bitsandbytes."""
import json
import shutil

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

import bitsandbytes_oracle
from conftest import read_metrics, run
from test_training import FLAGS, prepared_rows, ten_steps

bitsandbytes_oracle.install()
RANK, ALPHA = 4, 8
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "gate_proj", "down_proj"]


def lora_config(**changes):
    return LoraConfig(**{"r": RANK, "lora_alpha": ALPHA, "lora_dropout": 0.0, "target_modules": TARGETS, "bias": "none",
                         "task_type": "CAUSAL_LM", **changes})


def lora_flags(**changes):
    given = {"lora_r": RANK, "lora_alpha": ALPHA, "lora_dropout": 0.0, "lora_target_modules": TARGETS, **changes}
    return ["--use_lora"] + [word for name, value in given.items()
                             for word in ([f"--{name}", *value] if isinstance(value, list) else [f"--{name}", value])]


def base_model(folder, quantised):
    extra = {}
    if quantised:
        extra["quantization_config"] = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4",
                                                          bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.float32)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", **extra)
    bitsandbytes_oracle.compute_in_fp32(model)
    return model


def starting_adapter(folder, output, config):
    """An adapter with B away from zero, so that every gradient counts from the first step on."""
    torch.manual_seed(3)
    model = get_peft_model(base_model(folder, quantised=False), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(output)
    return output


def reference(folder, adapter, dataset, quantised=False):
    model = PeftModel.from_pretrained(base_model(folder, quantised), adapter, is_trainable=True)
    losses, norms, _ = ten_steps(model, [p for p in model.parameters() if p.requires_grad], dataset)
    return losses, norms, model


@pytest.fixture(scope="module")
def references(make_model, dataset, tmp_path_factory):
    known = {}

    def get(kind, quantised=False):
        if (kind, quantised) not in known:
            adapter = starting_adapter(make_model(kind), tmp_path_factory.mktemp("adapter"), lora_config())
            known[kind, quantised] = (adapter, *reference(make_model(kind), adapter, dataset, quantised))
        return known[kind, quantised]

    return get


def trained(model, dataset, output, *flags, ranks=1, idle=False):
    """Trains by FLAGS; `idle` takes one step at a learning rate of 0 instead."""
    schedule = ["--learning_rate", 0, "--max_steps", 1, "--logging_steps", 1, "--save_strategy", "no"] if idle else FLAGS
    run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, *schedule, *flags, ranks=ranks)
    return read_metrics(output)


LAYOUTS = [("qwen2_tied", r, s) for r, s in ((1, 0), (2, 0), (2, 1), (2, 2), (2, 3), (3, 3))] + [
    ("qwen3", 1, 3), ("qwen3", 2, 3), ("qwen2", 2, 3), ("llama", 3, 3)]


@pytest.mark.parametrize("kind, ranks, stage", LAYOUTS)
def test_ten_steps_from_the_same_adapter_are_pefts(kind, ranks, stage, references, make_model, dataset, tmp_path):
    adapter, losses, norms, model = references(kind)
    metrics = trained(make_model(kind), dataset, tmp_path / "out", *lora_flags(lora_weight_path=adapter), "--zero_stage", stage,
                      "--per_device_train_batch_size", 8, ranks=ranks)
    assert [m["loss"] for m in metrics] == pytest.approx(losses, rel=1e-5)
    assert [m["grad_norm"] for m in metrics] == pytest.approx(norms, rel=1e-4)
    weights = load_file(tmp_path / "out" / "adapter_model.safetensors")
    expected = {n.replace(".default", ""): p for n, p in model.state_dict().items() if "lora_" in n}
    assert weights.keys() == expected.keys()
    for name, value in expected.items():
        assert (weights[name] - value).abs().mean() < 2e-5, name


@pytest.mark.parametrize("kind", ["qwen2_tied", "qwen3"])
def test_peft_loads_the_adapter_and_gives_the_logits_it_was_trained_to(kind, make_model, references, dataset, tmp_path):
    adapter, _, _, model = references(kind)
    trained(make_model(kind), dataset, tmp_path / "out", *lora_flags(lora_weight_path=adapter), "--per_device_train_batch_size", 8)
    loaded = PeftModel.from_pretrained(base_model(make_model(kind), False), tmp_path / "out")
    ids, _ = prepared_rows(dataset)[0]
    with torch.no_grad():
        assert torch.allclose(loaded(input_ids=ids[None]).logits, model(input_ids=ids[None]).logits, atol=2e-3)
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(make_model(kind)) and config["r"] == RANK
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == (make_model(kind) / "tokenizer.json").read_bytes()


@pytest.mark.parametrize("ranks, stage", [(1, 0), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3), (3, 3)])
def test_q_lora_trains_as_peft_over_bitsandbytes(ranks, stage, references, make_model, dataset, tmp_path):
    adapter, losses, norms, _ = references("qwen2_tied", quantised=True)
    plain = references("qwen2_tied")[1]
    metrics = trained(make_model("qwen2_tied"), dataset, tmp_path / "out", *lora_flags(lora_weight_path=adapter), "--q_lora",
                      "--zero_stage", stage, "--per_device_train_batch_size", 8, ranks=ranks)
    assert [m["loss"] for m in metrics] == pytest.approx(losses, rel=1e-4)
    assert [m["grad_norm"] for m in metrics] == pytest.approx(norms, rel=1e-3)
    assert metrics[0]["loss"] != pytest.approx(plain[0], rel=1e-4)  # four bits do change the base


@pytest.mark.parametrize("changes", [{"bias": "all"}, {"bias": "lora_only"}, {"target_modules": ["q_proj", "down_proj"]},
                                     {"use_rslora": True, "lora_alpha": 3}, {"modules_to_save": ["lm_head"]}, {"target_modules": ["o_proj"], "r": 7}])
def test_every_form_of_adapter_is_trained_as_peft_does(changes, make_model, dataset, tmp_path):
    folder = make_model("qwen2")
    adapter = starting_adapter(folder, tmp_path / "adapter", lora_config(**changes))
    losses, norms, model = reference(folder, adapter, dataset)
    flags = {{"r": "lora_r", "bias": "lora_bias", "lora_alpha": "lora_alpha", "target_modules": "lora_target_modules"}.get(k, k): v for k, v in changes.items()}
    metrics = trained(folder, dataset, tmp_path / "out", *lora_flags(lora_weight_path=adapter, **flags),
                      "--per_device_train_batch_size", 8, ranks=2)
    assert [m["loss"] for m in metrics] == pytest.approx(losses, rel=1e-5)
    # Adam makes whole steps of the smallest gradients of biases, so that their last bits show: from one machine's kernels to
    # another's up to 5e-4 in one norm of the ten.
    tolerance = 1e-3 if "bias" in changes else 1e-4
    assert [m["grad_norm"] for m in metrics] == pytest.approx(norms, rel=tolerance)
    loaded = PeftModel.from_pretrained(base_model(folder, False), tmp_path / "out")
    ids, _ = prepared_rows(dataset)[0]
    with torch.no_grad():
        assert torch.allclose(loaded(input_ids=ids[None]).logits, model(input_ids=ids[None]).logits, atol=2e-3)


def test_a_new_adapter_begins_as_the_base_model_and_does_not_depend_on_ranks(make_model, dataset, tmp_path):
    files, losses = [], []
    for ranks in (1, 2, 3):
        metrics = trained(make_model("qwen3"), dataset, tmp_path / str(ranks), *lora_flags(),
                          "--per_device_train_batch_size", 8, ranks=ranks, idle=True)
        files.append(load_file(tmp_path / str(ranks) / "adapter_model.safetensors"))
        losses.append(metrics[0]["loss"])
    for name, value in files[0].items():
        assert torch.equal(value, files[1][name]) and torch.equal(value, files[2][name])
        if ".lora_B." in name:
            assert not value.any()
        else:
            bound = value.shape[1] ** -0.5
            assert value.abs().max() <= bound and value.std() == pytest.approx(bound / 3 ** 0.5, rel=0.2), name
    a = torch.cat([v.flatten() for n, v in files[0].items() if ".lora_A." in n and v.shape[1] == 44])
    assert a.mean().abs() < 0.01 and len(a.unique()) > 0.99 * len(a)
    full = trained(make_model("qwen3"), dataset, tmp_path / "full", "--per_device_train_batch_size", 8, idle=True)
    assert losses == pytest.approx([full[0]["loss"]] * 3, rel=1e-6)


def test_dropout_draws_the_same_for_any_ranks_and_micro_batches(make_model, dataset, tmp_path):
    common = [*lora_flags(lora_dropout=0.5), "--seed", 5]
    layouts = {"one": (1, 8, 1), "two": (2, 4, 1), "accumulated": (1, 2, 4)}
    losses = {}
    for name, (ranks, rows, accumulation) in layouts.items():
        metrics = trained(make_model("qwen2"), dataset, tmp_path / name, *common, "--per_device_train_batch_size", rows,
                          "--gradient_accumulation_steps", accumulation, ranks=ranks)
        losses[name] = [m["loss"] for m in metrics]
    assert losses["two"] == pytest.approx(losses["one"], rel=1e-5)
    assert losses["accumulated"] == pytest.approx(losses["one"], rel=1e-5)
    without = trained(make_model("qwen2"), dataset, tmp_path / "without", *lora_flags(), "--seed", 5, "--per_device_train_batch_size", 8)
    assert [m["loss"] for m in without][3:] != pytest.approx(losses["one"][3:], rel=1e-5)


def refused(code, words, model, dataset, output, *flags):
    result = run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, *FLAGS, *flags, check=False)
    assert result.returncode == code, result.stderr
    first = result.stderr.splitlines()[0]
    assert first.startswith("hone-train: error: ") and all(word in first for word in words), first
    assert not output.exists()


def test_what_makes_no_adapter_is_refused_before_any_work(make_model, dataset, tmp_path):
    model, out = make_model("qwen2"), tmp_path / "out"
    tied = make_model("qwen2_tied")
    refused(2, ["--q_lora", "--use_lora"], model, dataset, out, "--q_lora")
    refused(2, ["--lora_weight_path", "--use_lora"], model, dataset, out, "--lora_weight_path", tmp_path)
    refused(2, ["--lora_r"], model, dataset, out, *lora_flags(lora_r=0))
    refused(2, ["--lora_alpha"], model, dataset, out, *lora_flags(lora_alpha=0))
    refused(2, ["--lora_dropout"], model, dataset, out, *lora_flags(lora_dropout=1))
    refused(2, ["q_prog", "q_proj"], model, dataset, out, *lora_flags(lora_target_modules=["q_prog"]))
    refused(2, ["lm_hed", "lm_head"], model, dataset, out, *lora_flags(modules_to_save=["lm_hed"]))
    refused(2, ["lm_head"], tied, dataset, out, *lora_flags(modules_to_save=["lm_head"]))
    refused(2, ["q_proj", "k_proj"], model, dataset, out, *lora_flags(modules_to_save=["q_proj"], lora_target_modules=["o_proj"]))


def test_an_adapter_that_does_not_fit_is_refused_with_both_values(make_model, dataset, tmp_path):
    model, out = make_model("qwen2"), tmp_path / "out"
    adapter = starting_adapter(model, tmp_path / "adapter", lora_config())
    start = ["--use_lora", "--lora_weight_path", adapter]
    refused(2, ["--lora_r", "64", "4"], model, dataset, out, *start, "--lora_r", 64)
    refused(2, ["--lora_bias all", "none"], model, dataset, out, *start, "--lora_bias", "all")
    refused(2, ["--modules_to_save lm_head", "which has none"], model, dataset, out, *start, "--modules_to_save", "lm_head")

    def changed(name, **changes):
        folder = shutil.copytree(adapter, tmp_path / name)
        config = json.loads((folder / "adapter_config.json").read_text())
        for key, value in changes.items():
            if value is None:
                config.pop(key)
            else:
                config[key] = value
        (folder / "adapter_config.json").write_text(json.dumps(config))
        return lora_flags(lora_weight_path=folder)

    refused(3, ["lora_alpha"], model, dataset, out, *changed("no alpha", lora_alpha=None))
    refused(3, ["r is 0"], model, dataset, out, *changed("r 0", r=0))
    for key, value in [("lora_dropout", "0.1"), ("lora_dropout", True), ("use_rslora", 1), ("bias", 0), ("bias", ["none"])]:
        refused(3, ["adapter_config.json", f"'{key}' has the wrong type"], model, dataset, out,
                *changed(f"{key} {value}", **{key: value}))
    refused(3, ["use_dora"], model, dataset, out, *changed("dora", use_dora=True))
    refused(3, ["PROMPT_TUNING"], model, dataset, out, *changed("prompt", peft_type="PROMPT_TUNING"))
    refused(3, ["adapter_config.json is missing"], model, dataset, out, *lora_flags(lora_weight_path=model))
    refused(3, ["q_proj.lora_B", "shape [48, 4]", "[64, 4]"], make_model("qwen3"), dataset, out, *lora_flags(lora_weight_path=adapter))
    (adapter / "adapter_model.safetensors").unlink()
    refused(3, ["adapter_model.safetensors is missing"], model, dataset, out, *lora_flags(lora_weight_path=adapter))


def test_flags_left_out_take_the_starting_adapters_values(make_model, dataset, tmp_path):
    """Dropout too: the run equals the one that says everything."""
    model = make_model("qwen2")
    form = {"target_modules": ["v_proj", "o_proj"], "r": 3, "lora_alpha": 5, "use_rslora": True, "bias": "all",
            "modules_to_save": ["lm_head"], "lora_dropout": 0.25}
    adapter = starting_adapter(model, tmp_path / "adapter", lora_config(**form))
    said = lora_flags(lora_r=3, lora_alpha=5, use_rslora="True", lora_dropout=0.25, lora_target_modules=["o_proj", "v_proj"],
                      lora_bias="all", modules_to_save=["lm_head"], lora_weight_path=adapter)
    trained(model, dataset, tmp_path / "said", *said)
    trained(model, dataset, tmp_path / "unsaid", "--use_lora", "--lora_weight_path", adapter)
    for file in ("adapter_model.safetensors", "adapter_config.json"):
        assert (tmp_path / "unsaid" / file).read_bytes() == (tmp_path / "said" / file).read_bytes(), file


def test_full_paths_of_all_layers_are_the_layers_name(make_model, dataset, tmp_path):
    """As PEFT itself writes the targets of all-linear for a model of few layers."""
    model = make_model("qwen2")
    paths = [f"model.layers.{layer}.self_attn.{name}" for layer in range(3) for name in ("q_proj", "o_proj")]
    adapter = starting_adapter(model, tmp_path / "adapter", lora_config(target_modules=paths))
    losses, *_ = reference(model, adapter, dataset)
    metrics = trained(model, dataset, tmp_path / "out", "--use_lora", "--lora_weight_path", adapter)
    assert [m["loss"] for m in metrics] == pytest.approx(losses, rel=1e-5)
    assert sorted(json.loads((tmp_path / "out" / "adapter_config.json").read_text())["target_modules"]) == ["o_proj", "q_proj"]
    refused(2, ["self_attn.o_proj is named in 2 of 3 blocks"], model, dataset, tmp_path / "other",
            *lora_flags(lora_target_modules=paths[:4]))
