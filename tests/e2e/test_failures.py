"""User errors end in one line with the right exit code, and no job is left waiting."""
import json
import os
import shutil
import signal
import subprocess
import time

import h5py
import pytest
import torch
from safetensors.torch import load_file, save_file

from conftest import BIN, read_metrics, run, write_jsonl
from job import children

USAGE, DATA, NOT_FINITE = 2, 3, 4


def train(model, dataset, output, *flags, ranks=1, steps=2, **options):
    return run("hone-train", "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, "--max_steps", steps,
               "--per_device_train_batch_size", 2, "--logging_steps", 1, "--save_strategy", "no", *flags, ranks=ranks,
               check=False, **options)


def refused(result, code, *words):
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    for word in words:
        assert word in result.stderr, result.stderr


@pytest.mark.parametrize("flags, words", [
    (["--learning_rat", "1e-3"], ["--learning_rate"]),
    (["--zero_stage", "4"], ["zero_stage"]),
    (["--per_device_train_batch_size", "0"], ["per_device_train_batch_size"]),
    (["--lr_scheduler_type", "cosin"], ["cosine"]),
    (["--device", "cuda"], ["--device cuda"]),
    (["--resume_from_checkpoint", "some/checkpoint-5"], ["some/checkpoint-5"]),
])
def test_wrong_flags_are_named(flags, words, make_model, dataset, tmp_path):
    refused(train(make_model("qwen2"), dataset, tmp_path / "out", *flags), USAGE, *words)
    assert not (tmp_path / "out").exists()


# LibTorch's products would leave out the part of the threads that aren't there.
def test_fewer_threads_than_asked_for_are_refused(make_model, dataset, tmp_path):
    result = train(make_model("qwen2"), dataset, tmp_path / "out", "--threads", 2, env={"OMP_THREAD_LIMIT": "1"})
    refused(result, USAGE, "1 of 2 threads", "OMP_THREAD_LIMIT")


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_dataset_that_is_not_there_is_refused(ranks, make_model, tmp_path):
    result = train(make_model("qwen2"), tmp_path / "nothing", tmp_path / "out", ranks=ranks)
    assert result.returncode in (USAGE, DATA)
    assert "nothing" in result.stderr


def test_a_dataset_of_another_tokenizer_is_refused(make_model, dataset, tmp_path):
    foreign = tmp_path / "foreign"
    shutil.copytree(make_model("qwen2"), foreign)
    tokenizer = json.loads((foreign / "tokenizer.json").read_text())
    tokenizer["model"]["merges"] = tokenizer["model"]["merges"][:-1]
    (foreign / "tokenizer.json").write_text(json.dumps(tokenizer))
    refused(train(foreign, dataset, tmp_path / "out"), DATA, "tokenizer")


def test_an_unknown_architecture_is_refused_by_name(make_model, dataset, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(make_model("qwen2"), other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "architectures": ["Qwen2MoeForCausalLM"]}))
    refused(train(other, dataset, tmp_path / "out"), DATA, "Qwen2MoeForCausalLM")


def test_a_missing_part_is_refused(make_model, dataset, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(dataset, damaged)
    next(damaged.glob("part-*.h5")).unlink()
    refused(train(make_model("qwen2"), damaged, tmp_path / "out"), DATA, "part-00000")


@pytest.mark.parametrize("ranks, flags", [(1, []), (2, []), (2, ["--gradient_accumulation_steps", 2])])
def test_tokens_damaged_on_disk_end_the_job_while_it_runs(ranks, flags, make_model, dataset, tmp_path):
    damaged = shutil.copytree(dataset, tmp_path / "damaged")
    (part,) = damaged.glob("part-*.h5")
    with h5py.File(part) as file:
        place = file["tokens"].id.get_chunk_info(0).byte_offset
    content = bytearray(part.read_bytes())
    content[place + 100] ^= 1
    part.write_bytes(content)
    result = train(make_model("qwen2"), damaged, tmp_path / "out", "--zero_stage", 3, *flags, ranks=ranks)
    refused(result, DATA, part.name + ":tokens", "step 1")
    assert not list((tmp_path / "out").glob("*.safetensors*"))


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("name, value, flags, code", [
    ("model.layers.1.mlp.up_proj.weight", torch.inf, [], DATA),
    ("model.embed_tokens.weight", torch.nan, [], DATA),  # in a row that no token has: no loss ever shows it
    ("model.embed_tokens.weight", 1e6, ["--save_dtype", "float16"], USAGE)])
def test_weights_that_could_never_be_saved_are_refused_before_the_first_step(name, value, flags, code, ranks, make_model, dataset,
                                                                             tmp_path):
    broken, output = tmp_path / "broken", tmp_path / "out"
    shutil.copytree(make_model("qwen2"), broken)
    weights = load_file(broken / "model.safetensors")
    weights[name][-1, 5] = value
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    result = train(broken, dataset, output, *flags, ranks=ranks)
    refused(result, code, name, *flags)
    assert "step 1/" not in result.stdout and not list(output.glob("*.safetensors"))


@pytest.mark.parametrize("flags, ranks", [(["--learning_rate", "1e38"], 2), (["--learning_rate", "1e6", "--save_dtype", "float16"], 1),
                                          (["--learning_rate", "1e38", "--use_lora"], 2)])
def test_weights_that_the_last_step_ruined_are_not_saved(flags, ranks, make_model, dataset, tmp_path):
    output = tmp_path / "out"
    refused(train(make_model("qwen2"), dataset, output, "--lr_scheduler_type", "constant", *flags, ranks=ranks, steps=1), NOT_FINITE, "inf or nan")
    assert not list(output.glob("*.safetensors*"))


def test_the_result_is_never_written_over_an_input(make_model, dataset, tmp_path):
    model = shutil.copytree(make_model("qwen2"), tmp_path / "model")
    (tmp_path / "link").symlink_to(model)
    before = {file.name: file.read_bytes() for file in model.iterdir()}
    for output in [model, tmp_path / "link", dataset]:
        refused(train(model, dataset, output, "--overwrite_output_dir"), USAGE, str(output), "input")
    assert {file.name: file.read_bytes() for file in model.iterdir()} == before


def test_a_length_below_the_longest_row_is_refused(make_model, dataset, tmp_path):
    lengths = [len(json.loads(line)["ids"]) for line in
               run("hone-inspect", "dataset", dataset, "--show", 1000, "--format", "jsonl").stdout.splitlines()]
    for packing in ["none", "best_fit"]:
        refused(train(make_model("qwen2"), dataset, tmp_path / "out", "--packing", packing, "--model_max_length", max(lengths) - 1),
                USAGE, "--model_max_length", str(max(lengths)))
    assert train(make_model("qwen2"), dataset, tmp_path / "out", "--model_max_length", max(lengths)).returncode == 0


def test_weights_beside_an_index_are_named(make_model, dataset, tmp_path):
    sharded, single = tmp_path / "sharded", make_model("qwen2")
    assert train(single, dataset, sharded, "--max_shard_size", "100KB").returncode == 0
    assert "index" not in train(sharded, dataset, tmp_path / "a").stderr
    shutil.copy(single / "model.safetensors", sharded)
    result = train(sharded, dataset, tmp_path / "b")
    assert result.returncode == 0 and "warning" in result.stderr and "model.safetensors beside it" in result.stderr


def test_a_folder_that_holds_a_run_is_not_overwritten(make_model, dataset, tmp_path):
    output = tmp_path / "out"
    assert train(make_model("qwen2"), dataset, output).returncode == 0
    refused(train(make_model("qwen2"), dataset, output, "--resume_from_checkpoint", "none"), USAGE, "overwrite_output_dir")
    assert train(make_model("qwen2"), dataset, output, "--overwrite_output_dir").returncode == 0


@pytest.mark.parametrize("flags", [[], ["--dry_run"], ["--resume_from_checkpoint", "none"]])
@pytest.mark.parametrize("left_out", ["model.safetensors", "config.json"])
def test_the_folder_of_a_model_that_no_run_made_is_not_written_over(left_out, flags, make_model, dataset, tmp_path):
    other = shutil.copytree(make_model("qwen3"), tmp_path / "other")
    (other / left_out).unlink()
    before = {file.name: file.read_bytes() for file in other.iterdir()}
    refused(train(make_model("qwen2"), dataset, other, *flags), USAGE, str(other), "of a model", "--overwrite_output_dir")
    assert {file.name: file.read_bytes() for file in other.iterdir()} == before


def test_a_config_json_of_something_else_is_no_model(make_model, dataset, tmp_path):
    output = tmp_path / "out"
    output.mkdir()
    settings = json.dumps({"use_lora": True, "lora_r": 2})
    (output / "config.json").write_text(settings)
    assert train(make_model("qwen2"), dataset, output, "--config", output / "config.json").returncode == 0
    assert (output / "config.json").read_text() == settings


def test_the_folder_of_another_model_is_written_over_when_that_is_said(make_model, dataset, tmp_path):
    other = shutil.copytree(make_model("qwen3"), tmp_path / "other")
    assert train(make_model("qwen2"), dataset, other, "--overwrite_output_dir").returncode == 0
    assert json.loads((other / "config.json").read_text())["model_type"] == "qwen2"


def test_bad_lines_are_all_named_and_nothing_is_written(tokenizer_folder, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", [{"messages": [{"role": "user", "content": "a"},
                                                                 {"role": "assistant", "content": "b"}]}])
    with source.open("a") as file:
        file.write("{broken\n" + json.dumps({"messages": []}) + "\n")
    result = run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", tmp_path / "out", check=False)
    refused(result, DATA, "rows.jsonl:2", "rows.jsonl:3")
    assert not (tmp_path / "out" / "manifest.json").exists()


def running(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return state != "" and not state.startswith("Z")


def test_a_killed_rank_takes_the_job_down(make_model, dataset, tmp_path):
    output = tmp_path / "out"
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    job = subprocess.Popen(["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "2", BIN / "hone-train",
                            "--model_name_or_path", make_model("qwen2"), "--data_path", dataset, "--output_dir", output,
                            "--max_steps", "1000000", "--logging_steps", "1", "--save_strategy", "no"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        deadline = time.monotonic() + 120
        while not (output / "metrics.jsonl").exists() or len(read_metrics(output)) < 3:
            assert job.poll() is None and time.monotonic() < deadline, "the job did not get to its third step"
            time.sleep(0.2)
        ranks = children(job.pid)
        assert len(ranks) == 2
        os.kill(ranks[1], signal.SIGKILL)
        assert job.wait(timeout=60) != 0
        deadline = time.monotonic() + 30
        while any(running(rank) for rank in ranks):
            assert time.monotonic() < deadline, "a rank outlived its job"
            time.sleep(0.2)
    finally:
        if job.poll() is None:
            job.kill()
