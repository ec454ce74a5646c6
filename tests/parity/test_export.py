"""hone-export against PEFT's merge_and_unload, bitsandbytes' four-bit weights, and what training itself saves."""
import json
import re
import shutil

import bitsandbytes.functional as bnb
import h5py
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import bitsandbytes_oracle
from conftest import KINDS, run
from test_lora import TARGETS, base_model, lora_config, lora_flags, starting_adapter, trained
from test_nf4 import exact_mean
from test_training import prepared_rows

bitsandbytes_oracle.install()
USAGE, DATA = 2, 3
EPSILON = torch.finfo(torch.float32).eps
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# What is beside the model in the output_dir of a run.
OF_THE_RUN = {"metrics.jsonl", "run.json", "run.lock"}


def merge(base, adapter, output, *flags, **options):
    return run("hone-export", "--base", base, "--adapter", adapter, "--output", output, *flags, **options)


def convert(checkpoint, output, *flags, **options):
    return run("hone-export", "--checkpoint", checkpoint, "--output", output, *flags, **options)


def peft_adapter(base, output, config, scale=0.2):
    """An adapter in which everything that can be trained is away from where it began."""
    torch.manual_seed(5)
    model = get_peft_model(base_model(base, quantised=False), config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(scale * torch.randn_like(parameter))
    model.save_pretrained(output)
    return output


def weights_of(folder):
    files = sorted(folder.glob("model*.safetensors"))
    assert files
    weights = {}
    for file in files:
        part = load_file(file)
        assert not weights.keys() & part.keys()
        weights.update(part)
    return weights


def merged_by_peft(base, adapter):
    return PeftModel.from_pretrained(base_model(base, False), adapter).merge_and_unload()


def delta(adapter, name):
    """scaling B A of a parameter, in float64, and the sum of its terms' magnitudes."""
    config = json.loads((adapter / "adapter_config.json").read_text())
    factors = load_file(adapter / "adapter_model.safetensors")
    prefix = "base_model.model." + name.removesuffix(".weight")
    if f"{prefix}.lora_A.weight" not in factors:
        return 0.0, 0.0
    a, b = (factors[f"{prefix}.lora_{which}.weight"].double() for which in "AB")
    scaling = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
    return scaling * (b @ a), abs(scaling) * (b.abs() @ a.abs())


def with_dtype(folder, output, dtype):
    AutoModelForCausalLM.from_pretrained(folder, dtype=DTYPES[dtype]).save_pretrained(output)
    for path in folder.iterdir():
        if not (output / path.name).exists():
            shutil.copy(path, output)
    return output


def refused(result, code, output, *words):
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("hone-export: error: "), result.stderr
    assert all(str(word) in lines[0] for word in words), lines[0]
    assert not list(output.parent.glob(f"{output.name}*")), "something was left"


FORMS = [{}, {"use_rslora": True, "lora_alpha": 3}, {"r": 64, "lora_alpha": 16}, {"target_modules": ["o_proj"], "r": 7},
         {"target_modules": "all-linear"}, {"bias": "all"}, {"bias": "lora_only"}, {"bias": "lora_only", "target_modules": ["q_proj", "v_proj"]},
         {"bias": "all", "modules_to_save": ["q_proj", "v_proj"], "target_modules": ["k_proj", "o_proj"]},
         {"modules_to_save": ["lm_head", "embed_tokens"]}, {"modules_to_save": ["norm", "gate_proj"], "target_modules": ["q_proj", "up_proj"]}]


@pytest.mark.parametrize("kind, changes", [("qwen2", form) for form in FORMS] + [(kind, {}) for kind in KINDS if kind != "qwen2"])
def test_a_merged_model_is_that_of_pefts_merge_and_unload(kind, changes, make_model, dataset, tmp_path):
    base = make_model(kind)
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config(**changes))
    result = merge(base, adapter, tmp_path / "out")
    theirs = merged_by_peft(base, adapter)
    expected, ours = theirs.state_dict(), weights_of(tmp_path / "out")
    if kind in ("qwen2_tied", "qwen3"):
        expected.pop("lm_head.weight")
    assert ours.keys() == expected.keys()
    before = weights_of(base)
    for name, value in ours.items():
        change, magnitude = delta(adapter, name)
        if isinstance(change, float):
            assert torch.equal(value, expected[name]), name
            continue
        bound = (lora_config(**changes).r + 2) * EPSILON * (before[name].abs() + magnitude)
        assert ((value.double() - (before[name].double() + change)).abs() <= bound).all(), name
        assert ((value.double() - expected[name].double()).abs() <= 2 * bound).all(), name
    opened = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32, attn_implementation="eager")
    assert "records no base" in result.stdout
    # A new head and embeddings, moved by 0.2, make more of the matrices' last bits than those of a model do.
    tolerance = 2e-5 if "modules_to_save" in changes else 1e-5
    for ids, _ in prepared_rows(dataset):
        with torch.no_grad():
            logits = theirs(ids[None]).logits
            assert (opened(ids[None]).logits - logits).abs().max() <= tolerance * logits.abs().max()


@pytest.mark.parametrize("stored", ["bfloat16", "float16"])
@pytest.mark.parametrize("dtype", [None, "float32", "bfloat16", "float16"])
def test_16_bits_are_rounded_once(stored, dtype, make_model, tmp_path):
    base = with_dtype(make_model("qwen3"), tmp_path / "base", stored)
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config(), scale=0.05)
    merge(base, adapter, tmp_path / "out", *(["--dtype", dtype] if dtype else []))
    written = DTYPES[dtype or stored]
    before = weights_of(base)
    near = total = 0
    for name, value in weights_of(tmp_path / "out").items():
        assert value.dtype == written
        exact = before[name].double() + delta(adapter, name)[0]
        # Rounded once from fp32: the nearest of the type but where fp32's own rounding decides a tie.
        near += (value == exact.float().to(written)).sum().item()
        total += value.numel()
        assert torch.allclose(value.double(), exact, rtol=torch.finfo(written).eps, atol=1e-6), name
    assert near > (0.3 if written == torch.float32 else 0.999) * total
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == (dtype or stored)
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype="auto").dtype == written


def mixed_base(folder, output):
    """bf16 with norms, one bias and one matrix in fp32, of values that bf16 can not hold; config.json says bf16, as such folders do."""
    with_dtype(folder, output, "bfloat16")
    weights = load_file(output / "model.safetensors")
    for name, value in load_file(folder / "model.safetensors").items():
        if "norm" in name or name in ("model.layers.0.self_attn.q_proj.bias", "model.layers.1.mlp.up_proj.weight"):
            weights[name] = value + 1e-4
    save_file(weights, output / "model.safetensors", {"format": "pt"})
    return output


def test_a_base_of_several_types_keeps_each_tensors_own(make_model, tmp_path):
    base = mixed_base(make_model("qwen2"), tmp_path / "base")
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config(target_modules=["q_proj", "up_proj"]), scale=0.05)
    result = merge(base, adapter, tmp_path / "out")
    before, merged = weights_of(base), weights_of(tmp_path / "out")
    for name, value in merged.items():
        assert value.dtype == before[name].dtype, name
        exact = before[name].double() + delta(adapter, name)[0]
        assert torch.allclose(value.double(), exact, rtol=torch.finfo(value.dtype).eps, atol=1e-6), name
        assert name.rsplit(".", 2)[1] in ("q_proj", "up_proj") and name.endswith(".weight") or torch.equal(value, before[name]), name
    assert {value.dtype for value in merged.values()} == {torch.bfloat16, torch.float32}
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == "bfloat16"
    assert "bfloat16" in result.stdout and "float32" in result.stdout
    merge(base, adapter, tmp_path / "one", "--dtype", "bfloat16")
    assert {value.dtype for value in weights_of(tmp_path / "one").values()} == {torch.bfloat16}
    merge(base, adapter, tmp_path / "shards", "--max_shard_size", "50KB")
    index = json.loads((tmp_path / "shards" / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == sum(value.nbytes for value in merged.values())
    assert all(torch.equal(merged[name], value) for name, value in weights_of(tmp_path / "shards").items())


def test_training_saves_each_tensor_in_the_bases_own_type(make_model, dataset, tmp_path):
    base = mixed_base(make_model("qwen2"), tmp_path / "base")
    output = run_with_checkpoints(base, dataset, tmp_path / "run", ["--save_hf_model", "--zero_stage", 3], ranks=2)
    before = weights_of(base)
    convert(output / "checkpoint-2", tmp_path / "of state")
    for folder in (output, output / "checkpoint-2", tmp_path / "of state"):
        assert {name: value.dtype for name, value in weights_of(folder).items()} == {name: value.dtype for name, value in before.items()}
    assert model_files(tmp_path / "of state")["model.safetensors"] == (output / "checkpoint-2" / "model.safetensors").read_bytes()
    convert(output / "checkpoint-4", tmp_path / "last")
    assert model_files(tmp_path / "last") == model_files(output)


def test_the_folder_is_enough_to_load_model_tokenizer_and_template(make_model, dataset, tmp_path):
    base = shutil.copytree(make_model("qwen2_tied"), tmp_path / "base")
    (base / "generation_config.json").write_text(json.dumps({"do_sample": True, "temperature": 0.7, "eos_token_id": 0}))
    trained(base, dataset, tmp_path / "adapter", *lora_flags(lora_weight_path=peft_adapter(base, tmp_path / "start", lora_config())), idle=True)
    merge(base, tmp_path / "adapter", tmp_path / "out")
    for name in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]:
        assert (tmp_path / "out" / name).read_bytes() == (base / name).read_bytes()
    shutil.rmtree(base)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    ids = tokenizer.apply_chat_template([{"role": "user", "content": "hello"}], add_generation_prompt=True, return_tensors="pt", return_dict=True)
    AutoModelForCausalLM.from_pretrained(tmp_path / "out").generate(ids["input_ids"], max_new_tokens=2)
    generation = json.loads((tmp_path / "out" / "generation_config.json").read_text())
    assert generation == {"do_sample": True, "temperature": 0.7, "eos_token_id": [0, tokenizer.convert_tokens_to_ids("<|im_end|>")]}


def test_shards_and_index_hold_every_tensor_once(make_model, tmp_path):
    base = make_model("llama")
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config())
    merge(base, adapter, tmp_path / "whole")
    merge(base, adapter, tmp_path / "shards", "--max_shard_size", "100KB")
    index = json.loads((tmp_path / "shards" / "model.safetensors.index.json").read_text())
    whole, shards = weights_of(tmp_path / "whole"), weights_of(tmp_path / "shards")
    assert whole.keys() == shards.keys() == index["weight_map"].keys()
    assert all(torch.equal(whole[name], shards[name]) for name in whole)
    assert index["metadata"]["total_size"] == sum(value.numel() * 4 for value in whole.values())
    files = sorted((tmp_path / "shards").glob("*.safetensors"))
    assert len(files) > 3 and {file.name for file in files} == set(index["weight_map"].values())
    largest = max(value.numel() * 4 for value in whole.values())
    assert all(file.stat().st_size <= max(100_000, largest) + 8192 for file in files)
    state = AutoModelForCausalLM.from_pretrained(tmp_path / "shards", dtype=torch.float32).state_dict()
    assert all(torch.equal(state[name], value) for name, value in whole.items())


def test_the_number_of_threads_changes_no_bit(make_model, dataset, tmp_path):
    base = make_model("qwen2")
    adapter = peft_adapter(base, tmp_path / "start", lora_config())
    trained(base, dataset, tmp_path / "adapter", *lora_flags(lora_weight_path=adapter), "--q_lora", idle=True)
    files = []
    for threads in (1, 2, 5):
        merge(base, tmp_path / "adapter", tmp_path / str(threads), "--threads", threads, "--base_weights", "dequantized")
        files.append((tmp_path / str(threads) / "model.safetensors").read_bytes())
    assert files[0] == files[1] == files[2]


# ---- Q-LoRA


def restored(weight, quant_type):
    """What bitsandbytes' four-bit layers hold of a weight."""
    codes, state = bnb.quantize_4bit(weight, blocksize=64, compress_statistics=True, quant_type=quant_type)
    return bnb.dequantize_4bit(codes, state)


def in_four_bits(name):
    return re.fullmatch(r"model\.layers\.\d+\..*_proj\.weight", name) is not None


@pytest.fixture
def exact_offset(monkeypatch):
    """bitsandbytes with the mean of the scales rounded once; see test_nf4.py."""
    monkeypatch.setattr(torch.Tensor, "mean", exact_mean)


@pytest.mark.parametrize("quant_type", ["nf4", "fp4"])
def test_the_dequantised_base_is_that_of_bitsandbytes_bit_for_bit(quant_type, make_model, dataset, tmp_path, exact_offset):
    base = make_model("qwen2")
    trained(base, dataset, tmp_path / "adapter", *lora_flags(), "--q_lora", "--bnb_4bit_quant_type", quant_type, ranks=2, idle=True)
    result = merge(base, tmp_path / "adapter", tmp_path / "out", "--base_weights", "dequantized")
    assert quant_type in result.stdout and "lora_B" in result.stderr and "zero" in result.stderr
    before = weights_of(base)
    changed = 0
    for name, value in weights_of(tmp_path / "out").items():
        expected = restored(before[name], quant_type) if in_four_bits(name) else before[name]
        assert torch.equal(value, expected), name
        changed += not torch.equal(value, before[name])
    assert changed == 3 * len(TARGETS)


@pytest.mark.parametrize("quant_type", ["nf4", "fp4"])
@pytest.mark.parametrize("saved", [[], ["o_proj"]])
def test_merging_into_the_dequantised_base_is_pefts_merge_over_it(quant_type, saved, make_model, dataset, tmp_path, exact_offset):
    base = make_model("llama")
    targets = [name for name in TARGETS if name not in saved]
    start = peft_adapter(base, tmp_path / "start", lora_config(target_modules=targets, modules_to_save=saved or None))
    trained(base, dataset, tmp_path / "adapter", "--q_lora", "--bnb_4bit_quant_type", quant_type, "--zero_stage", 3,
            *lora_flags(lora_weight_path=start, lora_target_modules=targets, **({"modules_to_save": saved} if saved else {})), ranks=2, idle=True)
    merge(base, tmp_path / "adapter", tmp_path / "out", "--base_weights", "dequantized")
    model = base_model(base, False)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if in_four_bits(name):
                parameter.copy_(restored(parameter.detach().clone(), quant_type))
    expected = PeftModel.from_pretrained(model, tmp_path / "adapter").merge_and_unload().state_dict()
    ours = weights_of(tmp_path / "out")
    assert ours.keys() == expected.keys()
    for name, value in ours.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-6, msg=name)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_the_dequantised_merge_has_the_loss_that_training_saw(ranks, make_model, dataset, tmp_path):
    base = make_model("qwen3")
    start = peft_adapter(base, tmp_path / "start", lora_config())
    batch = ["--per_device_train_batch_size", 8]
    seen = trained(base, dataset, tmp_path / "adapter", *lora_flags(lora_weight_path=start), "--q_lora", *batch, ranks=ranks, idle=True)
    losses = {}
    for weights in ("dequantized", "original"):
        merge(base, tmp_path / "adapter", tmp_path / weights, "--base_weights", weights)
        losses[weights] = trained(tmp_path / weights, dataset, tmp_path / f"{weights} again", *batch, idle=True)[0]["loss"]
    assert losses["dequantized"] == pytest.approx(seen[0]["loss"], rel=1e-5)
    assert losses["original"] != pytest.approx(seen[0]["loss"], rel=1e-4)


def test_the_original_base_is_the_default_for_q_lora_and_said_to_be(make_model, dataset, tmp_path):
    base = make_model("qwen2_tied")
    start = peft_adapter(base, tmp_path / "start", lora_config())
    trained(base, dataset, tmp_path / "adapter", *lora_flags(lora_weight_path=start), "--q_lora", idle=True)
    result = merge(base, tmp_path / "adapter", tmp_path / "out")
    assert "original" in result.stdout and "nf4" in result.stdout and "--base_weights dequantized" in result.stdout
    expected = merged_by_peft(base, tmp_path / "adapter").state_dict()
    for name, value in weights_of(tmp_path / "out").items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-6, msg=name)


def test_a_foreign_adapters_four_bits_must_be_named(make_model, tmp_path, exact_offset):
    base = make_model("qwen2")
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config())
    wanted = ["--base_weights", "dequantized"]
    refused(merge(base, adapter, tmp_path / "out", *wanted, check=False), USAGE, tmp_path / "out", "--bnb_4bit_quant_type", "nf4", "fp4")
    merge(base, adapter, tmp_path / "out", *wanted, "--bnb_4bit_quant_type", "fp4")
    name = "model.layers.1.mlp.down_proj.weight"
    expected = restored(weights_of(base)[name], "fp4").double() + delta(adapter, name)[0]
    torch.testing.assert_close(weights_of(tmp_path / "out")[name].double(), expected, rtol=1e-6, atol=1e-6)


def test_a_quantisation_that_training_did_not_have_is_refused(make_model, dataset, tmp_path):
    base, out = make_model("qwen2"), tmp_path / "out"
    trained(base, dataset, tmp_path / "plain", *lora_flags(), idle=True)
    trained(base, dataset, tmp_path / "nf4", *lora_flags(), "--q_lora", idle=True)
    wanted = ["--base_weights", "dequantized"]
    refused(merge(base, tmp_path / "plain", out, *wanted, check=False), USAGE, out, "not quantised")
    refused(merge(base, tmp_path / "nf4", out, *wanted, "--bnb_4bit_quant_type", "fp4", check=False), USAGE, out, "fp4", "nf4")


# ---- which base


def test_the_adapters_base_is_recorded_where_peft_passes_over_it(make_model, dataset, tmp_path):
    base = make_model("qwen2_tied")
    trained(base, dataset, tmp_path / "adapter", *lora_flags(), "--q_lora", "--bnb_4bit_quant_type", "fp4", idle=True)
    with safe_open(tmp_path / "adapter" / "adapter_model.safetensors", "pt") as file:
        metadata = file.metadata()
    assert metadata["format"] == "pt" and re.fullmatch("v1:[0-9a-f]{64}", metadata["hone_base_fingerprint"])
    assert metadata["hone_base_quantization"] == "fp4"
    assert int(metadata["hone_turn_end_id"]) == AutoTokenizer.from_pretrained(base).convert_tokens_to_ids("<|im_end|>")
    known = LoraConfig.__dataclass_fields__
    assert all(key in known for key in json.loads((tmp_path / "adapter" / "adapter_config.json").read_text()))
    PeftModel.from_pretrained(base_model(base, False), tmp_path / "adapter")


def other_model(folder, output):
    """Of the same shapes, with other weights."""
    shutil.copytree(folder, output)
    weights = load_file(output / "model.safetensors")
    save_file({name: value + 0.01 for name, value in weights.items()}, output / "model.safetensors", {"format": "pt"})
    return output


def test_another_base_of_the_same_shapes_is_refused_by_its_fingerprint(make_model, dataset, tmp_path):
    base, out = make_model("qwen2"), tmp_path / "out"
    other = other_model(base, tmp_path / "other")
    trained(base, dataset, tmp_path / "adapter", *lora_flags(), idle=True)
    refused(merge(other, tmp_path / "adapter", out, check=False), DATA, out, tmp_path / "adapter", other, "fingerprint", "--allow_other_base")
    assert "not checked" in merge(other, tmp_path / "adapter", out, "--allow_other_base").stdout
    moved = shutil.copytree(base, tmp_path / "elsewhere")
    save_file({"x": torch.zeros(3)}, moved / "unrelated.safetensors")
    assert "trained over" in merge(moved, tmp_path / "adapter", tmp_path / "moved").stdout
    weights = load_file(base / "model.safetensors")
    weights["model.layers.1.input_layernorm.weight"][7] += 0.01
    near = shutil.copytree(base, tmp_path / "near")
    save_file(weights, near / "model.safetensors", {"format": "pt"})
    refused(merge(near, tmp_path / "adapter", tmp_path / "out 2", check=False), DATA, tmp_path / "out 2", "fingerprint")
    sharded = tmp_path / "sharded"
    base_model(base, False).save_pretrained(sharded, max_shard_size="100KB")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / name, sharded)
    assert "trained over" in merge(sharded, tmp_path / "adapter", tmp_path / "of shards").stdout
    start = [*lora_flags(lora_weight_path=tmp_path / "adapter"), "--max_steps", 1, "--save_strategy", "no"]
    common = ["--model_name_or_path", other, "--data_path", dataset, "--output_dir", tmp_path / "run"]
    result = run("hone-train", *common, *start, check=False)
    assert result.returncode == DATA and "fingerprint" in result.stderr and "--allow_changed model_name_or_path" in result.stderr
    assert not (tmp_path / "run").exists()
    run("hone-train", *common, *start, "--allow_changed", "model_name_or_path")
    foreign = starting_adapter(base, tmp_path / "foreign", lora_config())
    result = run("hone-train", "--model_name_or_path", base, "--data_path", dataset, "--output_dir", tmp_path / "run 2", "--max_steps", 1,
                 "--save_strategy", "no", *lora_flags(lora_weight_path=foreign))
    assert "records no base" in result.stdout


def test_an_adapter_of_another_model_is_refused_by_its_shapes(make_model, tmp_path):
    out = tmp_path / "out"
    adapter = peft_adapter(make_model("qwen2"), tmp_path / "adapter", lora_config())
    refused(merge(make_model("qwen3"), adapter, out, check=False), DATA, out, "q_proj.lora_B", "[48, 4]", "[64, 4]")


# ---- training checkpoints


def model_files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name not in OF_THE_RUN}


RUNS = {"one rank": (1, []), "two": (2, ["--zero_stage", 3]), "unsharded": (2, ["--zero_stage", 0]),
        "three, bf16, shards": (3, ["--zero_stage", 3, "--save_dtype", "bfloat16", "--max_shard_size", "50KB"]),
        "lora": (2, [*lora_flags(lora_bias="all", modules_to_save=["lm_head"]), "--use_rslora"]),
        "q_lora": (3, [*lora_flags(lora_target_modules=["all-linear"]), "--q_lora", "--bnb_4bit_quant_type", "fp4", "--save_dtype", "bfloat16"])}


def run_with_checkpoints(base, dataset, output, flags=(), ranks=1):
    run("hone-train", "--model_name_or_path", base, "--data_path", dataset, "--output_dir", output, "--max_steps", 4, "--save_steps", 2,
        "--learning_rate", "5e-3", "--per_device_train_batch_size", 2, *flags, ranks=ranks)
    return output


@pytest.mark.parametrize("name", RUNS)
def test_the_last_checkpoint_becomes_what_the_run_saved_byte_for_byte(name, make_model, dataset, tmp_path):
    ranks, flags = RUNS[name]
    output = run_with_checkpoints(make_model("qwen2"), dataset, tmp_path / "run", flags, ranks)
    convert(output / "checkpoint-4", tmp_path / "last")
    assert model_files(tmp_path / "last") == model_files(output)
    convert(f"{output}/checkpoint-2/", tmp_path / "earlier")
    earlier, last = model_files(tmp_path / "earlier"), model_files(tmp_path / "last")
    assert earlier.keys() == last.keys() and earlier != last


def test_a_checkpoint_holds_the_masters_that_h5py_reads(make_model, dataset, tmp_path):
    output = run_with_checkpoints(make_model("llama"), dataset, tmp_path / "run", ["--zero_stage", 3], ranks=3)
    for dtype in DTYPES:
        convert(output / "checkpoint-2", tmp_path / dtype, "--dtype", dtype)
    weights = {dtype: weights_of(tmp_path / dtype) for dtype in DTYPES}
    manifest = json.loads((output / "checkpoint-2" / "manifest.json").read_text())
    elements = 0
    for listed in manifest["files"]:
        with h5py.File(output / "checkpoint-2" / listed["file"]) as file:
            for name in file:
                for offset in file[name]:
                    master = torch.from_numpy(file[name][offset]["master"][:])
                    elements += len(master)
                    for dtype, type in DTYPES.items():
                        assert torch.equal(weights[dtype][name].flatten()[int(offset):int(offset) + len(master)], master.to(type)), name
    assert elements == sum(value.numel() for value in weights["float32"].values())
    for dtype in DTYPES:
        assert AutoModelForCausalLM.from_pretrained(tmp_path / dtype, dtype="auto").dtype == DTYPES[dtype]


def test_a_checkpoint_of_lora_is_an_adapter_that_merges(make_model, dataset, tmp_path):
    base = make_model("qwen3")
    output = run_with_checkpoints(base, dataset, tmp_path / "run", lora_flags(), ranks=2)
    result = convert(output / "checkpoint-2", tmp_path / "adapter", "--max_shard_size", "1MB", check=False)
    refused(result, USAGE, tmp_path / "adapter", "--max_shard_size", "one file")
    convert(output / "checkpoint-2", tmp_path / "adapter")
    merge(base, tmp_path / "adapter", tmp_path / "out")
    expected = merged_by_peft(base, tmp_path / "adapter").state_dict()
    for name, value in weights_of(tmp_path / "out").items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-6, msg=name)


def test_the_base_of_a_checkpoint_may_have_moved_but_not_changed(make_model, dataset, tmp_path):
    base, out = shutil.copytree(make_model("qwen2"), tmp_path / "base"), tmp_path / "out"
    output = run_with_checkpoints(base, dataset, tmp_path / "run")
    moved = base.rename(tmp_path / "moved")
    refused(convert(output / "checkpoint-2", out, check=False), DATA, out, base, "--base")
    convert(output / "checkpoint-2", out, "--base", moved)
    assert model_files(out).keys() == model_files(output).keys()
    other, out = other_model(moved, tmp_path / "other"), tmp_path / "out 2"
    refused(convert(output / "checkpoint-2", out, "--base", other, check=False), DATA, out, other, "fingerprint")
    convert(output / "checkpoint-2", out, "--base", other, "--allow_other_base")
    other_kind = make_model("qwen3")
    refused(convert(output / "checkpoint-2", tmp_path / "out 3", "--base", other_kind, "--allow_other_base", check=False), DATA, tmp_path / "out 3",
            "model.layers.0")


def test_a_checkpoint_that_is_not_whole_is_refused(make_model, dataset, tmp_path):
    out = tmp_path / "out"
    output = run_with_checkpoints(make_model("qwen2"), dataset, tmp_path / "run", ranks=2)
    refused(convert(output, out, check=False), DATA, out, "manifest.json")
    refused(convert(tmp_path / "nothing", out, check=False), DATA, out, tmp_path / "nothing")
    checkpoint = output / "checkpoint-2"
    state = checkpoint / "state-00001-of-00002.h5"
    whole = state.read_bytes()
    state.write_bytes(whole[:-1])
    refused(convert(checkpoint, out, check=False), DATA, out, state.name)
    state.write_bytes(whole)
    with h5py.File(state) as file:
        name = sorted(file)[0]
        master = file[name][sorted(file[name])[0]]["master"]
        at = master.id.get_chunk_info(0).byte_offset
    state.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    refused(convert(checkpoint, out, check=False), DATA, out, state.name)
    state.unlink()
    refused(convert(checkpoint, out, check=False), DATA, out, state.name, "missing")


# ---- refusals


def changed_config(adapter, output, **changes):
    shutil.copytree(adapter, output)
    config = json.loads((output / "adapter_config.json").read_text())
    for key, value in changes.items():
        config.pop(key, None)
        if value is not None:
            config[key] = value
    (output / "adapter_config.json").write_text(json.dumps(config))
    return output


def test_an_adapter_that_can_not_be_merged_exactly_is_refused_by_name(make_model, tmp_path):
    base, out = make_model("qwen2"), tmp_path / "out"
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config())
    faults = {"r": (0, ["r is 0"]), "lora_alpha": (None, ["lora_alpha"]), "target_modules": (["q_prog"], ["q_prog", "q_proj"]),
              "use_dora": (True, ["use_dora"]), "rank_pattern": ({"q_proj": 2}, ["rank_pattern"]), "peft_type": ("IA3", ["IA3"]),
              "init_lora_weights": ("pissa", ["pissa"]), "modules_to_save": (["lm_hed"], ["lm_hed", "lm_head"]), "bias": ("some", ["some"])}
    for key, (value, words) in faults.items():
        broken = changed_config(adapter, tmp_path / f"wrong {key}", **{key: value})
        refused(merge(base, broken, out, check=False), DATA, out, "adapter_config.json", *words)
    fewer = changed_config(adapter, tmp_path / "fewer", target_modules=["q_proj"])
    refused(merge(base, fewer, out, check=False), DATA, out, "unexpected", "lora_")
    factors = load_file(adapter / "adapter_model.safetensors")
    renamed = shutil.copytree(adapter, tmp_path / "renamed")
    save_file({name.replace("base_model.model.", "base_model."): value for name, value in factors.items()}, renamed / "adapter_model.safetensors")
    refused(merge(base, renamed, out, check=False), DATA, out, "adapter_model.safetensors", "base_model.model.model.layers.0")
    pickled = shutil.copytree(adapter, tmp_path / "pickled")
    (pickled / "adapter_model.safetensors").rename(pickled / "adapter_model.bin")
    refused(merge(base, pickled, out, check=False), DATA, out, "pickle")
    refused(merge(base, base, out, check=False), DATA, out, "adapter_config.json is missing")


def test_a_base_that_is_quantised_or_not_there_is_refused(make_model, tmp_path):
    out = tmp_path / "out"
    adapter = peft_adapter(make_model("qwen2"), tmp_path / "adapter", lora_config())
    base = shutil.copytree(make_model("qwen2"), tmp_path / "base")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**config, "quantization_config": {"quant_method": "gptq", "bits": 4}}))
    refused(merge(base, adapter, out, check=False), DATA, out, "quantization_config")
    refused(merge(tmp_path / "nothing", adapter, out, check=False), DATA, out, tmp_path / "nothing")


def test_values_that_would_not_be_finite_are_refused_and_nothing_is_left(make_model, tmp_path):
    base, out = make_model("qwen2"), tmp_path / "out"
    name = "base_model.model.model.layers.2.mlp.down_proj.lora_B.weight"
    of_the_adapter, of_the_model = ["adapter_model.safetensors", name, "not finite"], ["model.layers.2.mlp.down_proj.weight", "float16", "bfloat16"]
    for value, flags, words in [(float("nan"), [], of_the_adapter), (float("inf"), [], of_the_adapter), (1e6, ["--dtype", "float16"], of_the_model)]:
        adapter = peft_adapter(base, tmp_path / f"adapter {value}", lora_config())
        factors = load_file(adapter / "adapter_model.safetensors")
        factors[name][3, 2] = value
        save_file(factors, adapter / "adapter_model.safetensors")
        result = merge(base, adapter, out, *flags, check=False)
        refused(result, DATA, out, *words)
        refused(merge(base, adapter, tmp_path / "above" / "it" / "out", *flags, check=False), DATA, tmp_path / "above")


def test_a_factor_that_is_not_finite_is_refused_where_the_other_one_is_zero(make_model, dataset, tmp_path):
    base, out = make_model("qwen2"), tmp_path / "out"
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config())
    factors = load_file(adapter / "adapter_model.safetensors")
    name = "base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight"
    factors[name][1, 5] = float("nan")
    save_file({key: value * 0 if "lora_B" in key else value for key, value in factors.items()}, adapter / "adapter_model.safetensors")
    refused(merge(base, adapter, out, check=False), DATA, out, "adapter_model.safetensors", name, "not finite")
    result = run("hone-train", "--model_name_or_path", base, "--data_path", dataset, "--output_dir", tmp_path / "run", "--max_steps", 1,
                 "--save_strategy", "no", *lora_flags(lora_weight_path=adapter), check=False)
    assert result.returncode == DATA and name in result.stderr and "not finite" in result.stderr


def test_a_bias_that_peft_saves_three_times_must_be_the_same(make_model, tmp_path):
    base, out = make_model("qwen2"), tmp_path / "out"
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config(bias="all", modules_to_save=["q_proj"], target_modules=["o_proj"]))
    weights = load_file(adapter / "adapter_model.safetensors")
    name = "base_model.model.model.layers.1.self_attn.q_proj.modules_to_save.bias"
    weights[name][3] += 1
    save_file(weights, adapter / "adapter_model.safetensors")
    refused(merge(base, adapter, out, check=False), DATA, out, name, "differs")


@pytest.mark.parametrize("saved", [["lm_head"], ["embed_tokens"]])
def test_an_adapter_that_unties_merges_into_a_base_that_stores_the_two_apart(saved, make_model, dataset, tmp_path):
    base, out = make_model("qwen2_tied"), tmp_path / "out"
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config(modules_to_save=saved))
    refused(merge(base, adapter, out, check=False), DATA, out, "PEFT would untie", "tie_word_embeddings false", "lm_head.weight")
    apart = base_model(base, False)
    apart.config.tie_word_embeddings = False
    apart.lm_head.weight = torch.nn.Parameter(apart.lm_head.weight.detach().clone())
    apart.save_pretrained(tmp_path / "apart")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / name, tmp_path / "apart")
    merge(tmp_path / "apart", adapter, out)
    theirs = PeftModel.from_pretrained(base_model(base, False), adapter)
    opened = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32, attn_implementation="eager")
    for ids, _ in prepared_rows(dataset):
        with torch.no_grad():
            logits = theirs(ids[None]).logits  # of x W + (x A) B, which is rounded at other places
            assert (opened(ids[None]).logits - logits).abs().max() <= 1e-4 * logits.abs().max()


FOREIGN = {"head": ({"target_modules": ["q_proj", "lm_head"]}, "lm_head"), "embedding": ({"target_modules": ["q_proj", "embed_tokens"]}, "embed_tokens"),
           "pattern": ({"target_modules": r".*\.(q|v)_proj"}, "target_modules is a pattern"), "excluded": ({"exclude_modules": ["q_proj"]}, "exclude_modules"),
           "layers": ({"layers_to_transform": [0]}, "layers_to_transform"), "one layer": ({"target_modules": ["layers.0.mlp.down_proj"]}, "mlp.down_proj is named in 1 of 3 blocks"),
           "container": ({"modules_to_save": ["mlp"], "target_modules": ["q_proj"]}, "'mlp' names no module with weights of its own"), "ranks": ({"rank_pattern": {"q_proj": 2}}, "rank_pattern"),
           "tokens": ({"trainable_token_indices": [1, 2]}, "trainable_token_indices"), "dora": ({"use_dora": True}, "use_dora"),
           "first product": ({"init_lora_weights": "pissa"}, "init_lora_weights")}


@pytest.mark.parametrize("form", FOREIGN)
def test_every_form_of_lora_that_the_documentation_calls_refused_is(form, make_model, tmp_path):
    changes, words = FOREIGN[form]
    base, out = make_model("qwen2"), tmp_path / "out"
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config(**changes))
    refused(merge(base, adapter, out, check=False), DATA, out, "adapter_config.json", words)


def test_an_output_that_holds_something_is_left_alone(make_model, tmp_path):
    base = make_model("qwen2")
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config())
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("text")
    result = merge(base, adapter, out, check=False)
    assert result.returncode == USAGE and str(out) in result.stderr and "not empty" in result.stderr
    assert [path.name for path in out.iterdir()] == ["mine"] and len(list(tmp_path.iterdir())) == 2
    (out / "mine").unlink()
    merge(base, adapter, f"{out}/")
    assert (out / "model.safetensors").exists() and len(list(tmp_path.iterdir())) == 2


def test_an_output_that_no_folder_can_be_renamed_to_is_refused_before_any_work(make_model, tmp_path, monkeypatch):
    base = make_model("qwen2")
    adapter = peft_adapter(base, tmp_path / "adapter", lora_config())
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for output in (".", "./", tmp_path / "empty"):
        result = merge(base, adapter, output, check=False)
        assert result.returncode == USAGE and "runs in" in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr
        assert result.stdout == "" and len(list(tmp_path.iterdir())) == 2
    (tmp_path / "link").symlink_to("disk/model")
    monkeypatch.chdir(tmp_path)
    merge(base, adapter, "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "disk" / "model" / "model.safetensors").exists()
    merge(base, adapter, "empty/.")
    assert (tmp_path / "empty" / "model.safetensors").exists() and len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("flags, words", [
    ([], ["--checkpoint", "--adapter"]),
    (["--adapter", "a", "--output", "o"], ["--base"]),
    (["--adapter", "a", "--base", "b"], ["--output"]),
    (["--checkpoint", "c", "--adapter", "a", "--output", "o"], ["--checkpoint", "--adapter"]),
    (["--checkpoint", "c", "--output", "o", "--base_weights", "dequantized"], ["--base_weights", "--checkpoint"]),
    (["--checkpoint", "c", "--output", "o", "--threads", 2], ["--threads", "--checkpoint"]),
    (["--checkpoint", "", "--output", "o"], ["--checkpoint is empty"]),
    (["--checkpoint", "", "--base", "b", "--adapter", "a", "--output", "o"], ["--checkpoint is empty"]),
    (["--checkpoint", "c", "--base", "", "--output", "o"], ["--base is empty"]),
    (["--adapter", "", "--base", "b", "--output", "o"], ["--adapter is empty"]),
    (["--adapter", "a", "--base", "b", "--output", ""], ["--output is empty"]),
    (["--adapter", "a", "--base", "b", "--output", "o", "--base_weights", "quantized"], ["quantized", "original"]),
    (["--adapter", "a", "--base", "b", "--output", "o", "--bnb_4bit_quant_type", "nf4"], ["--bnb_4bit_quant_type", "--base_weights"]),
    (["--adapter", "a", "--base", "b", "--output", "o", "--dtype", "int8"], ["--dtype", "bfloat16"]),
    (["--adapter", "a", "--base", "b", "--output", "o", "--max_shard_size", "5 apples"], ["--max_shard_size", "5GB"]),
    (["--adapter", "a", "--base", "b", "--output", "o", "--max_shard_size", "0"], ["--max_shard_size"]),
    (["--adapter", "a", "--base", "b", "--output", "o", "--threads", "-1"], ["--threads"]),
    (["--adaptor", "a"], ["--adaptor", "--adapter"]),
    (["word"], ["word"]),
])
def test_wrong_usage_is_named_in_one_line(flags, words, tmp_path):
    refused(run("hone-export", *flags, check=False), USAGE, tmp_path / "o", *words)


def test_a_training_checkpoint_given_as_adapter_is_told_apart(make_model, dataset, tmp_path):
    output = run_with_checkpoints(make_model("qwen2"), dataset, tmp_path / "run")
    result = merge(make_model("qwen2"), output / "checkpoint-2", tmp_path / "out", check=False)
    refused(result, DATA, tmp_path / "out", "training checkpoint", "--checkpoint")


def test_the_adapter_in_a_checkpoint_of_lora_merges_as_the_one_made_of_it(make_model, dataset, tmp_path):
    base = make_model("qwen2")
    output = run_with_checkpoints(base, dataset, tmp_path / "run", lora_flags())
    convert(output / "checkpoint-2", tmp_path / "adapter")
    for adapter, name in [(output / "checkpoint-2", "one"), (tmp_path / "adapter", "other")]:
        merge(base, adapter, tmp_path / name)
    assert model_files(tmp_path / "one") == model_files(tmp_path / "other")


def test_help_names_both_jobs_and_every_flag():
    text = run("hone-export", "--help").stdout
    for word in ["--checkpoint", "--base", "--adapter", "--output", "--base_weights", "--bnb_4bit_quant_type", "--allow_other_base", "--dtype",
                 "--max_shard_size", "--threads", "original", "dequantized", "Exit codes"]:
        assert word in text
    assert "hone-export" in run("hone-export", "--version").stdout
