"""What lies beside the base model's weights is looked at before a run trains, so that its last save can't fail on it."""
import codecs
import json
import os
import shutil
import socket

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from conftest import rows as make_rows
from conftest import run, write_jsonl


def train(model, dataset, output, *flags, **options):
    return run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, "--max_steps", 1,
               "--per_device_train_batch_size", 2, "--save_strategy", "no", *flags, check=False, **options)


def bind_socket(path):
    listener = socket.socket(socket.AF_UNIX)
    folder = os.open(path.parent, os.O_RDONLY)  # the whole path may be longer than a socket's may be
    listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)
    listener.close()


def link_to_a_device(path):
    path.symlink_to("/dev/zero")


@pytest.fixture
def base(make_model, tmp_path):
    return shutil.copytree(make_model("qwen2_tied"), tmp_path / "base")


@pytest.mark.parametrize("name, text, word", [
    ("generation_config.json", "{\n\"eos_token_id\": 1,\n", "generation_config.json:3"),
    ("generation_config.json", "[1]", "no JSON object"),
    ("generation_config.json", '{"eos_token_id": "<|im_end|>"}', "eos_token_id"),
    ("generation_config.json", '{"eos_token_id": [1, null]}', "eos_token_id"),
    ("tokenizer_config.json", '{"model_max_length": ', "tokenizer_config.json"),
    ("special_tokens_map.json", "", "special_tokens_map.json"),
    ("added_tokens.json", "nothing", "added_tokens.json"),
])
@pytest.mark.parametrize("flags", [[], ["--dry_run"]])
def test_a_malformed_file_is_refused_before_training(name, text, word, flags, base, dataset, tmp_path):
    (base / name).write_text(text)
    result = train(base, dataset, tmp_path / "out", *flags)
    assert result.returncode == 3, result.stderr
    assert name in result.stderr and word in result.stderr
    assert "loaded" not in result.stdout and not (tmp_path / "out").exists()


@pytest.mark.parametrize("flags", [[], ["--use_lora"]])
def test_nothing_of_an_earlier_model_in_the_folder_is_read_with_the_new_one(flags, base, dataset, tmp_path):
    other, output = shutil.copytree(base, tmp_path / "other"), tmp_path / "out"
    template = (base / "chat_template.jinja").read_text().replace("You are a test.", "You are another.")
    (other / "chat_template.jinja").unlink()
    (other / "generation_config.json").unlink()
    fields = json.loads((other / "tokenizer_config.json").read_text())
    (other / "tokenizer_config.json").write_text(json.dumps({**fields, "chat_template": template}))
    fields = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**fields, "eos_token_id": AutoTokenizer.from_pretrained(other).eos_token_id}))
    (base / "additional_chat_templates").mkdir()
    (base / "additional_chat_templates" / "tool_use.jinja").write_text("tools")
    (base / "generation_config.json").write_text('{"eos_token_id": 7}')
    assert train(base, dataset, output, *flags).returncode == 0
    (output / "notes.txt").write_text("mine")
    rows = write_jsonl(tmp_path / "rows.jsonl", make_rows(4))
    run("hone-preprocess", "--tokenizer", other, "--input", rows, "--output", tmp_path / "data")
    result = train(other, tmp_path / "data", output, "--overwrite_output_dir", *flags)
    assert result.returncode == 0, result.stderr
    assert AutoTokenizer.from_pretrained(output).chat_template == template
    assert not (output / "additional_chat_templates" / "tool_use.jinja").exists()
    assert flags or not (output / "generation_config.json").exists()
    assert (output / "notes.txt").read_text() == "mine"


def test_what_is_no_models_in_the_folder_stays_and_is_not_looked_into(base, dataset, tmp_path):
    output, mine = tmp_path / "out", tmp_path / "mine"
    for folder in (output, mine, output / "tokenizer_backup"):
        folder.mkdir()
    (mine / "precious.jinja").write_text("mine")
    (output / "additional_chat_templates").symlink_to(mine)
    (output / "tokenizer_loop").symlink_to("tokenizer_loop")
    (output / "tokenizer_backup" / "tokenizer.json").write_text("mine")
    result = train(base, dataset, output)
    assert result.returncode == 0, result.stderr
    assert (mine / "precious.jinja").read_text() == (output / "tokenizer_backup" / "tokenizer.json").read_text() == "mine"
    assert (output / "tokenizer_loop").is_symlink()


def test_the_rank_that_saves_refuses_for_all(base, dataset, tmp_path):
    (base / "generation_config.json").write_text("{")
    result = train(base, dataset, tmp_path / "out", ranks=2, timeout=60)
    assert result.returncode == 3 and "generation_config.json" in result.stderr


@pytest.mark.parametrize("name", ["chat_template.jinja", "tokenizer_config.json", "generation_config.json"])
def test_a_link_to_nothing_is_refused(name, base, dataset, tmp_path):
    (base / name).unlink(missing_ok=True)
    (base / name).symlink_to(tmp_path / "gone")
    result = train(base, dataset, tmp_path / "out")
    assert result.returncode == 3 and name in result.stderr
    assert "loaded" not in result.stdout


def test_sampling_settings_without_sampling_are_named_and_kept(base, dataset, tmp_path):
    odd = {"do_sample": False, "temperature": 0.6, "top_k": 20, "top_p": 1.0, "typical_p": None}
    (base / "generation_config.json").write_text(json.dumps(odd))
    result = train(base, dataset, tmp_path / "out")
    assert result.returncode == 0, result.stderr
    warnings = [line for line in result.stderr.splitlines() if "generation_config.json" in line]
    # transformers' own verdict is the oracle of what is odd.
    with pytest.raises(ValueError) as complaint:
        GenerationConfig(**odd).validate(strict=True)
    named = [name for name in odd if f"`{name}`" in str(complaint.value) and name != "do_sample"]
    assert named and len(warnings) == len(named)
    assert all(any(f"sets {name} " in line for line in warnings) for name in named)
    saved = json.loads((tmp_path / "out" / "generation_config.json").read_text())
    assert {**saved, **odd} == saved
    AutoModelForCausalLM.from_pretrained(tmp_path / "out")


def test_sampling_settings_with_sampling_are_in_order(base, dataset, tmp_path):
    (base / "generation_config.json").write_text(json.dumps({"do_sample": True, "temperature": 0.6, "top_k": 20}))
    result = train(base, dataset, tmp_path / "out")
    assert result.returncode == 0 and "generation_config.json" not in result.stderr


def test_a_missing_tokenizer_config_is_told_and_the_weights_are_saved(base, dataset, tmp_path):
    (base / "tokenizer_config.json").unlink()
    result = train(base, dataset, tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "has no tokenizer_config.json" in result.stderr
    AutoModelForCausalLM.from_pretrained(tmp_path / "out")


def test_read_only_files_are_copied_and_a_second_save_goes_over_them(base, dataset, tmp_path):
    templates = base / "additional_chat_templates"
    templates.mkdir()
    (templates / "tool_use.jinja").write_text("{{ messages }}")
    for path in [*base.glob("*.json"), *base.glob("*.jinja"), templates / "tool_use.jinja"]:
        path.chmod(0o444)
    for _ in range(2):
        result = train(base, dataset, tmp_path / "out", "--overwrite_output_dir")
        assert result.returncode == 0, result.stderr
    for name in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "additional_chat_templates/tool_use.jinja"]:
        assert (tmp_path / "out" / name).read_bytes() == (base / name).read_bytes()
        assert (tmp_path / "out" / name).stat().st_mode & 0o200
    AutoTokenizer.from_pretrained(tmp_path / "out")


@pytest.mark.parametrize("name", ["tokenizer.fifo", "tokenizer_config.json", "chat_template.jinja", "generation_config.json",
                                  "additional_chat_templates/tool_use.jinja"])
@pytest.mark.parametrize("make", [os.mkfifo, bind_socket, link_to_a_device])
def test_what_is_no_file_is_refused_and_not_waited_for(make, name, base, dataset, tmp_path):
    path = base / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    make(path)
    result = train(base, dataset, tmp_path / "out", timeout=60)
    assert result.returncode == 3, result.stderr
    assert f"{path} can't be copied" in result.stderr and "loaded" not in result.stdout


@pytest.mark.parametrize("flags", [[], ["--use_lora"]])
def test_a_pipe_beside_the_earlier_model_of_the_output_folder_stays(flags, base, dataset, tmp_path):
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / "tokenizer.fifo")
    result = train(base, dataset, tmp_path / "out", *flags, timeout=60)
    assert result.returncode == 0 and (tmp_path / "out" / "tokenizer.fifo").is_fifo(), result.stderr


def mark(path):
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.json"])
@pytest.mark.parametrize("flags", [[], ["--dry_run"]])
def test_a_json_file_with_a_byte_order_mark_is_refused_as_transformers_does(name, flags, base, dataset, tmp_path):
    if not (base / name).exists():
        (base / name).write_text("{}")
    mark(base / name)
    with pytest.raises(ValueError):
        json.loads((base / name).read_text(encoding="utf-8"))
    result = train(base, dataset, tmp_path / "out", *flags)
    assert result.returncode == 3, result.stderr
    assert f"{base / name} starts with a byte order mark" in result.stderr and "without the mark" in result.stderr
    assert not (tmp_path / "out").exists()


def test_rows_may_have_the_mark_that_a_tokenizer_may_not(base, tmp_path):
    rows = write_jsonl(tmp_path / "rows.jsonl", make_rows(4))
    mark(rows)
    flags = ["--tokenizer", base, "--input", rows, "--output", tmp_path / "data"]
    run("hone-preprocess", *flags)
    mark(base / "tokenizer.json")
    with pytest.raises(Exception):
        AutoTokenizer.from_pretrained(base)
    result = run("hone-preprocess", *flags, "--overwrite_output_dir", check=False)
    assert result.returncode == 3 and f"{base / 'tokenizer.json'} starts with a byte order mark" in result.stderr
