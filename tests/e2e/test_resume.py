"""A run that was stopped goes on as if it had not been; what can't be gone on from is named."""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time

import pytest
from safetensors.torch import load_file

from conftest import BIN, read_metrics, rows, run, write_jsonl
from job import children
from rewind import rewind, unfinish

RUN_FAILURE, USAGE, DATA = 1, 2, 3
STEPS = 6
# The first step leaves the weights as they are, the others ruin them.
GETTING_WORSE = ["--learning_rate", 10, "--warmup_steps", 1, "--lr_scheduler_type", "constant_with_warmup", "--weight_decay", 0]
MICRO_BATCH = {1: 6, 2: 3, 3: 2}  # six rows a step whatever the rank count: two steps an epoch, the second one short


def command(model, dataset, output, *flags, ranks=1):
    """Later flags replace those given here."""
    given = {"--max_steps": STEPS, "--save_steps": 2, "--logging_steps": 1, "--learning_rate": "2e-3", "--zero_stage": 3,
             "--lr_scheduler_type": "cosine", "--warmup_steps": 2, "--weight_decay": "0.1",
             "--per_device_train_batch_size": MICRO_BATCH.get(ranks)}
    given.update(zip(flags[::2], flags[1::2]))
    return ["--model_name_or_path", model, "--data_path", dataset, "--output_dir", output,
            *(word for pair in given.items() for word in pair)]


def train(model, dataset, output, *flags, ranks=1, check=True, **options):
    return run("hone-train", *command(model, dataset, output, *flags, ranks=ranks), ranks=ranks, check=check, **options)


def refused(result, code, *words):
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    for word in words:
        assert str(word) in result.stderr, result.stderr


def steps_kept(output):
    return sorted(int(folder.name.split("-")[1]) for folder in output.glob("checkpoint-*"))


def numbers(output):
    return [(m["step"], m["epoch"], m["loss"], m["grad_norm"], m["learning_rate"], m["tokens"]) for m in read_metrics(output)]


def state_sums(checkpoint):
    return [file["sha256"] for file in json.loads((checkpoint / "manifest.json").read_text())["files"]]


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("qwen2_tied")


@pytest.fixture(scope="module")
def unbroken(model, dataset, tmp_path_factory):
    """unbroken(ranks) -> the folder of a whole run; not to be changed."""
    done = {}

    def get(ranks):
        if ranks not in done:
            done[ranks] = tmp_path_factory.mktemp("unbroken") / "out"
            train(model, dataset, done[ranks], ranks=ranks)
        return done[ranks]

    return get


@pytest.fixture
def stopped(unbroken, tmp_path):
    """stopped(ranks, step) -> a copy of that run as it was after the checkpoint of `step`."""

    def make(ranks, step):
        output = tmp_path / "out"
        shutil.copytree(unbroken(ranks), output)
        rewind(output, step)
        return output

    return make


def same_to_the_bit(output, whole):
    assert numbers(output) == numbers(whole)
    assert (output / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert state_sums(output / f"checkpoint-{STEPS}") == state_sums(whole / f"checkpoint-{STEPS}")


@pytest.mark.parametrize("ranks, step", [(1, 2), (1, 4), (2, 2)])
def test_a_resumed_run_equals_the_unbroken_one_to_the_bit(ranks, step, model, dataset, unbroken, stopped):
    output = stopped(ranks, step)
    result = train(model, dataset, output, ranks=ranks)
    assert f"checkpoint-{step}" in result.stdout
    same_to_the_bit(output, unbroken(ranks))
    assert steps_kept(output) == [2, 4, 6]


@pytest.mark.parametrize("before, after, stage", [(1, 2, 3), (2, 3, 3), (3, 1, 3), (2, 2, 0), (2, 3, 1), (1, 2, 2)])
def test_any_rank_count_and_stage_goes_on(before, after, stage, model, dataset, unbroken, stopped):
    output = stopped(before, 2)
    train(model, dataset, output, "--zero_stage", stage, ranks=after)
    whole = unbroken(before)
    assert [m["step"] for m in read_metrics(output)] == list(range(1, STEPS + 1))
    assert [m["loss"] for m in read_metrics(output)] == pytest.approx([m["loss"] for m in read_metrics(whole)], rel=1e-6)
    expected = load_file(whole / "model.safetensors")
    for name, value in load_file(output / "model.safetensors").items():
        assert (value - expected[name]).abs().max() < 2e-5, name


def test_stage_0_writes_what_stage_3_reads(model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    train(model, dataset, output, "--zero_stage", 0, ranks=2)
    rewind(output, 2)
    train(model, dataset, output, "--zero_stage", 3, ranks=2)
    whole = [m["loss"] for m in read_metrics(unbroken(2))]
    assert [m["loss"] for m in read_metrics(output)] == pytest.approx(whole, rel=1e-6)


def test_bf16_masters_keep_their_low_bits(model, dataset, tmp_path):
    whole, output = tmp_path / "whole", tmp_path / "out"
    train(model, dataset, whole, "--bf16", "True", ranks=2)
    shutil.copytree(whole, output)
    rewind(output, 4)
    train(model, dataset, output, "--bf16", "True", ranks=2)
    same_to_the_bit(output, whole)


def test_fp16_goes_on_with_the_scale_and_the_rate_it_had(model, dataset, tmp_path):
    settings = tmp_path / "fp16.json"
    settings.write_text(json.dumps({"fp16": {"enabled": True, "initial_scale_power": 60, "loss_scale_window": 1, "hysteresis": 1},
                                    "zero_optimization": {"stage": 3}}))
    whole, output = tmp_path / "whole", tmp_path / "out"
    flags = ["--deepspeed", settings, "--max_steps", 12, "--save_steps", 4, "--max_grad_norm", 0]
    train(model, dataset, whole, *flags, ranks=2)
    scales = [(m["loss_scale"], m["skipped_steps"], m["learning_rate"]) for m in read_metrics(whole)]
    assert 0 < scales[7][1] < scales[-1][1], scales  # skipped before the checkpoint, and after
    shutil.copytree(whole, output)
    rewind(output, 8)
    train(model, dataset, output, *flags, ranks=2)
    assert [(m["loss_scale"], m["skipped_steps"], m["learning_rate"]) for m in read_metrics(output)] == scales
    assert state_sums(output / "checkpoint-12") == state_sums(whole / "checkpoint-12")
    shutil.rmtree(output / "checkpoint-12")
    settings.write_text(settings.read_text().replace('"loss_scale_window": 1', '"loss_scale_window": 9'))
    refused(train(model, dataset, output, *flags, ranks=2, check=False), USAGE, "fp16.loss_scale_window: 1 then, 9 now",
            "--allow_changed fp16.loss_scale_window")


def flip_a_bit(checkpoint):
    path = checkpoint / "state-00001-of-00002.h5"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def cut_a_byte(checkpoint):
    path = checkpoint / "state-00000-of-00002.h5"
    os.truncate(path, path.stat().st_size - 1)


DAMAGES = {
    "state-00001-of-00002.h5 is damaged": flip_a_bit,
    "state-00000-of-00002.h5 has": cut_a_byte,
    "state-00001-of-00002.h5 is missing": lambda checkpoint: (checkpoint / "state-00001-of-00002.h5").unlink(),
    "no manifest.json": lambda checkpoint: (checkpoint / "manifest.json").unlink(),
}


@pytest.mark.parametrize("reason", DAMAGES)
def test_a_damaged_checkpoint_is_named_and_the_older_one_used(reason, model, dataset, unbroken, stopped):
    output = stopped(2, 4)
    DAMAGES[reason](output / "checkpoint-4")
    result = train(model, dataset, output, ranks=2)
    assert "checkpoint-4 is not used" in result.stderr and reason in result.stderr, result.stderr
    assert re.search(r"resumed .* step 2 ", result.stdout), result.stdout
    same_to_the_bit(output, unbroken(2))
    assert (output / "set-aside-checkpoint-4").is_dir() and steps_kept(output) == [2, 4, 6]


@pytest.mark.parametrize("reason", DAMAGES)
def test_inspecting_a_checkpoint_tells_whole_from_damaged(reason, unbroken, stopped):
    text = run("hone-inspect", "checkpoint", unbroken(2) / "checkpoint-4", "--verify").stdout
    assert "step        4" in text and "2 ranks" in text and "verified" in text
    output = stopped(2, 4)
    DAMAGES[reason](output / "checkpoint-4")
    refused(run("hone-inspect", "checkpoint", output / "checkpoint-4", "--verify", check=False), DATA, "checkpoint-4", reason)


def test_what_is_asked_for_by_name_must_be_whole(model, dataset, stopped, tmp_path):
    output = stopped(2, 4)
    flip_a_bit(output / "checkpoint-4")
    refused(train(model, dataset, output, "--resume_from_checkpoint", output / "checkpoint-4", ranks=2, check=False), DATA,
            "checkpoint-4", "state-00001-of-00002.h5 is damaged")
    refused(train(model, dataset, output, "--resume_from_checkpoint", output / "checkpoint-3", check=False), USAGE, "checkpoint-3")
    flip_a_bit(output / "checkpoint-2")
    refused(train(model, dataset, output, check=False), DATA, "checkpoint-2 is not used", "checkpoint-4 is not used")


def test_a_named_checkpoint_goes_on_in_its_own_folder_or_a_new_one(model, dataset, unbroken, stopped, tmp_path):
    output, fresh = stopped(1, 4), tmp_path / "fresh"
    train(model, dataset, fresh, "--resume_from_checkpoint", output / "checkpoint-2")
    same_to_the_bit(fresh, unbroken(1))
    result = train(model, dataset, output, "--resume_from_checkpoint", output / "checkpoint-2")
    assert "set-aside-checkpoint-4" in result.stderr
    same_to_the_bit(output, unbroken(1))
    refused(train(model, dataset, output, "--resume_from_checkpoint", fresh / "checkpoint-4", check=False), USAGE, "already holds a run")


def test_a_killed_run_goes_on_from_whatever_moment(model, dataset, tmp_path):
    whole, output = tmp_path / "whole", tmp_path / "out"
    flags = ["--max_steps", 10, "--save_steps", 1]
    train(model, dataset, whole, *flags, ranks=2)
    words = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "2", str(BIN / "hone-train"),
             *map(str, command(model, dataset, output, *flags, ranks=2))]
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    for kill in range(4):
        job = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        seen = 0
        for line in job.stdout:
            seen += line.startswith("checkpoint ") and "checkpoint-" in line
            if seen > kill % 2:
                time.sleep(0.01 * kill)  # at different moments of the next step and save
                break
        for process in [*children(job.pid), job.pid]:
            os.kill(process, signal.SIGKILL)
        job.wait()
        job.stdout.close()
    train(model, dataset, output, *flags, ranks=2)
    assert numbers(output) == numbers(whole)
    assert (output / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert not list(output.glob("tmp-*"))


def test_changed_data_is_refused_with_both_values_unless_allowed(model, dataset, tokenizer_folder, stopped, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", rows(9))
    run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", tmp_path / "other")
    output = stopped(1, 4)
    refused(train(model, tmp_path / "other", output, ranks=2, check=False), DATA, "data_path", dataset, tmp_path / "other", "SHA-256")
    result = train(model, tmp_path / "other", output, "--allow_changed", "data_path")
    assert "data_path was" in result.stderr
    refused(train(model, dataset, output, check=False), DATA, "data_path")


def test_another_base_model_is_refused(make_model, dataset, stopped):
    refused(train(make_model("qwen3"), dataset, stopped(1, 4), check=False), DATA, "model_name_or_path")


def test_changed_settings_are_refused_with_both_values_unless_allowed(model, dataset, stopped):
    output = stopped(1, 4)
    flags = ["--learning_rate", "1e-3", "--adam_beta2", "0.9"]
    refused(train(model, dataset, output, *flags, check=False), USAGE, "learning_rate: 0.002 then, 0.001 now",
            "adam_beta2: 0.999 then, 0.9 now", "--allow_changed learning_rate,adam_beta2")
    refused(train(model, dataset, output, *flags, "--allow_changed", "learning_rate", check=False), USAGE, "adam_beta2")
    refused(train(model, dataset, output, "--per_device_train_batch_size", 2, check=False), USAGE, "global_batch_size: 6 then, 2 now")
    train(model, dataset, output, *flags, "--allow_changed", "learning_rate,adam_beta2")
    # The new values are this run's own from here on.
    unfinish(output)
    train(model, dataset, output, *flags)


def test_a_finished_run_says_so_and_more_steps_must_be_allowed(model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    shutil.copytree(unbroken(1), output)
    before = (output / "model.safetensors").stat().st_mtime_ns
    assert "nothing to do" in train(model, dataset, output, ranks=2).stdout
    assert (output / "model.safetensors").stat().st_mtime_ns == before
    refused(train(model, dataset, output, "--max_steps", 8, check=False), USAGE, "max_steps: 6 then, 8 now")
    train(model, dataset, output, "--max_steps", 8, "--allow_changed", "max_steps")
    assert [m["step"] for m in read_metrics(output)] == list(range(1, 9))


@pytest.mark.parametrize("reason, damage", [("model.safetensors is missing", lambda path: path.unlink()),
                                            ("model.safetensors has 1000 bytes", lambda path: os.truncate(path, 1000))])
def test_a_finished_run_whose_model_was_lost_is_saved_again(reason, damage, model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    shutil.copytree(unbroken(1), output)
    damage(output / "model.safetensors")
    result = train(model, dataset, output)
    assert f"{output} holds a finished run, but {reason}" in result.stderr and f"step {STEPS} from" in result.stdout, result.stderr
    same_to_the_bit(output, unbroken(1))
    assert "nothing to do" in train(model, dataset, output).stdout


@pytest.mark.parametrize("text", [lambda lines: "".join(lines[:2]) + '{"step":3,"lo', lambda lines: "\0" * 500 + "".join(lines[3:]),
                                  lambda lines: '{"step":"four"}\n'], ids=["cut", "zeroes", "not ours"])
def test_lines_of_metrics_that_a_dying_host_lost_come_back_from_the_checkpoint(text, model, dataset, unbroken, stopped):
    output = stopped(1, 4)
    lines = (output / "metrics.jsonl").read_text().splitlines(keepends=True)
    (output / "metrics.jsonl").write_text(text(lines))
    train(model, dataset, output)
    same_to_the_bit(output, unbroken(1))
    state = json.loads((output / f"checkpoint-{STEPS}" / "trainer_state.json").read_text())
    assert [line["step"] for line in state["log_history"]] == list(range(1, STEPS + 1))


def test_a_folder_that_holds_a_run_is_started_over_only_when_told(model, dataset, unbroken, stopped):
    output = stopped(1, 4)
    refused(train(model, dataset, output, "--resume_from_checkpoint", "none", check=False), USAGE, "already holds a run",
            "overwrite_output_dir")
    train(model, dataset, output, "--overwrite_output_dir", "True", "--save_steps", 3)
    assert steps_kept(output) == [3, 6]
    assert numbers(output) == numbers(unbroken(1))


def test_a_run_killed_before_its_first_checkpoint_starts_again(model, dataset, unbroken, stopped):
    output = stopped(1, 0)
    assert steps_kept(output) == []
    assert "step 0" in train(model, dataset, output).stdout
    same_to_the_bit(output, unbroken(1))


def test_a_failed_write_ends_the_run_and_leaves_the_older_checkpoint(model, dataset, unbroken, stopped):
    """The limit on file sizes stands for a full disk: write() fails in the middle of the state file."""
    output = stopped(1, 2)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))

    result = subprocess.run([str(BIN / "hone-train"), *map(str, command(model, dataset, output))], capture_output=True, text=True,
                            preexec_fn=limit, timeout=120)
    refused(result, RUN_FAILURE, "checkpoint-4 could not be written", "rank 0", "earlier checkpoints are whole")
    assert steps_kept(output) == [2]
    train(model, dataset, output)
    same_to_the_bit(output, unbroken(1))


@pytest.mark.parametrize("ranks", [1, 2])
def test_the_newest_and_the_best_checkpoint_stay(ranks, model, dataset, tmp_path):
    output = tmp_path / "out"
    flags = ["--eval_data_path", dataset, "--eval_strategy", "steps", "--eval_steps", 1, "--save_steps", 1,
             "--save_total_limit", 1, "--load_best_model_at_end", "True", "--max_steps", 3, *GETTING_WORSE]
    train(model, dataset, output, *flags, ranks=ranks)
    losses = {m["step"]: m["eval_loss"] for m in read_metrics(output) if "eval_loss" in m}
    best = min(losses, key=losses.get)
    assert best == 1
    assert steps_kept(output) == [1, 3]
    state = json.loads((output / "checkpoint-3" / "trainer_state.json").read_text())
    assert state["best_model_checkpoint"] == str(output / "checkpoint-1") and state["best_metric"] == losses[best]
    # The final model is the best one: evaluated before its first step is taken, it has that loss.
    run("hone-train", *command(output, dataset, tmp_path / "again", "--eval_data_path", dataset, "--eval_strategy", "steps",
                               "--eval_steps", 1, "--max_steps", 1, "--save_strategy", "no"))
    again = [m for m in read_metrics(tmp_path / "again") if "eval_loss" in m]
    assert again[0]["eval_loss"] == pytest.approx(losses[best], rel=1e-5)


@pytest.mark.parametrize("reason", DAMAGES)
def test_a_damaged_best_checkpoint_is_not_taken_for_the_model(reason, model, dataset, tmp_path):
    output = tmp_path / "out"
    flags = ["--eval_data_path", dataset, "--eval_strategy", "steps", "--eval_steps", 1, "--save_steps", 1, "--max_steps", 3,
             *GETTING_WORSE]
    train(model, dataset, output, *flags, "--load_best_model_at_end", "True", ranks=2)
    rewind(output, 2)
    DAMAGES[reason](output / "checkpoint-1")
    result = train(model, dataset, output, *flags, "--load_best_model_at_end", "True", ranks=2, check=False)
    refused(result, DATA, "checkpoint-1, the one with the lowest eval_loss", reason, "--load_best_model_at_end False")
    assert not list(output.glob("*.safetensors"))
    train(model, dataset, output, *flags, ranks=2)
    assert (output / "model.safetensors").exists()


def test_a_run_without_progress_stops_early_and_counts_on_after_resuming(model, dataset, tmp_path):
    output, resumed = tmp_path / "out", tmp_path / "resumed"
    flags = ["--eval_data_path", dataset, "--eval_strategy", "steps", "--eval_steps", 1, "--save_steps", 1,
             "--early_stopping_patience", 2, "--max_steps", 30, *GETTING_WORSE]
    train(model, dataset, output, *flags)
    losses = [m["eval_loss"] for m in read_metrics(output) if "eval_loss" in m]
    assert len(losses) == 3 and min(losses) == losses[0]
    assert "nothing to do" in train(model, dataset, output, *flags).stdout
    shutil.copytree(output, resumed)
    rewind(resumed, len(losses) - 1)
    train(model, dataset, resumed, *flags)
    assert numbers_of_training(resumed) == numbers_of_training(output)


def numbers_of_training(output):
    return [(m["step"], m["loss"]) for m in read_metrics(output) if "loss" in m]


def test_the_plan_names_the_size_of_a_checkpoint_and_it_is_right(model, dataset, tmp_path):
    output = tmp_path / "out"
    text = train(model, dataset, output, ranks=2).stdout
    said, unit = re.search(r"checkpoint every 2 steps, ([\d.]+) (\w+) each, all kept", text).groups()
    real = sum(path.stat().st_size for path in (output / "checkpoint-2").glob("*.h5"))
    assert float(said) * {"KiB": 1024, "MiB": 1024 ** 2}[unit] == pytest.approx(real, rel=0.05)


def test_the_adapter_that_a_run_starts_from_is_part_of_what_it_is(model, dataset, tmp_path):
    """Refused with both digests, on resume and where the run is finished; the folder's name alone changes nothing."""
    lora = ["--use_lora", "True", "--lora_r", 2, "--lora_alpha", 4]
    for seed, name in [(1, "start"), (2, "other")]:
        train(model, dataset, tmp_path / name, *lora, "--seed", seed, "--max_steps", 1, "--save_strategy", "no")
    output, flags = tmp_path / "out", ["--use_lora", "True", "--save_total_limit", 1]

    def again(start, **options):
        return train(model, dataset, output, *flags, *(["--lora_weight_path", tmp_path / start] if start else lora), **options)

    again("start")
    shutil.copytree(tmp_path / "start", tmp_path / "renamed")
    assert "nothing to do" in again("renamed").stdout
    for finished in (True, False):
        if not finished:
            (output / "run.json").unlink()
        refused(again("other", check=False), DATA, "lora_weight_path", "start of SHA-256", "other of SHA-256")
        refused(again(None, check=False), DATA, "lora_weight_path", "not set now")


def test_a_finished_run_whose_model_is_to_be_written_otherwise_is_not_done(model, dataset, tmp_path):
    output = tmp_path / "out"
    train(model, dataset, output)
    result = train(model, dataset, output, "--save_dtype", "bfloat16")
    assert "nothing to do" not in result.stdout
    assert {str(tensor.dtype) for tensor in load_file(output / "model.safetensors").values()} == {"torch.bfloat16"}
    train(model, dataset, tmp_path / "bare", "--save_strategy", "no")
    result = train(model, dataset, tmp_path / "bare", "--save_strategy", "no", "--save_dtype", "bfloat16", check=False)
    refused(result, USAGE, "holds a finished run that differs", "save_dtype")


def test_a_finished_run_goes_on_where_its_outcome_would_be_another(model, dataset, tmp_path):
    """Without the patience that ended it, and for the best model instead of the last."""
    evaluated = ["--eval_data_path", dataset, "--eval_strategy", "steps", "--eval_steps", 1, "--save_steps", 1]
    early, output = tmp_path / "early", tmp_path / "out"
    result = train(model, dataset, early, *evaluated, "--learning_rate", 0, "--early_stopping_patience", 1)
    assert "evaluations brought nothing better" in result.stdout
    result = train(model, dataset, early, *evaluated, "--learning_rate", 0)
    assert "nothing to do" not in result.stdout and f"step {STEPS}/{STEPS}" in result.stdout
    assert "nothing to do" in train(model, dataset, early, *evaluated, "--learning_rate", 0).stdout

    flags = [*evaluated, *GETTING_WORSE, "--max_steps", 3]
    train(model, dataset, output, *flags)
    last = (output / "model.safetensors").read_bytes()
    assert "with the lowest eval_loss" in train(model, dataset, output, *flags, "--load_best_model_at_end", "True").stdout
    best = (output / "model.safetensors").read_bytes()
    assert best != last
    train(model, dataset, output, *flags)
    assert (output / "model.safetensors").read_bytes() == last


def test_a_file_that_a_loader_needs_is_written_again(model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    shutil.copytree(unbroken(1), output)
    (output / "config.json").unlink()
    assert "config.json is missing" in train(model, dataset, output).stderr
    assert (output / "config.json").exists()


def test_a_cut_run_json_is_not_in_the_way_of_checkpoints(model, dataset, stopped, unbroken):
    output = stopped(1, 4)
    text = (output / "run.json").read_text()
    (output / "run.json").write_text(text[:len(text) // 2])
    result = train(model, dataset, output)
    assert "going on from the newest checkpoint" in result.stderr
    same_to_the_bit(output, unbroken(1))


def test_a_cut_run_json_without_checkpoints_is_refused_with_what_helps(model, dataset, tmp_path):
    output, flags = tmp_path / "out", ["--save_strategy", "no", "--max_steps", 1]
    train(model, dataset, output, *flags)
    text = (output / "run.json").read_text()
    (output / "run.json").write_text(text[:len(text) // 2])
    before = sorted(path.name for path in output.iterdir())
    result = train(model, dataset, output, *flags, check=False)
    refused(result, DATA, f"{output}/run.json does not tell of the run", "no checkpoint is there to go on from", "--overwrite_output_dir")
    assert "repair" not in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr
    assert sorted(path.name for path in output.iterdir()) == before
    train(model, dataset, output, *flags, "--overwrite_output_dir", "True")
    assert "nothing to do" in train(model, dataset, output, *flags).stdout


def test_checkpoints_of_the_output_folder_are_no_inputs(model, dataset, stopped):
    output = stopped(1, 4)
    kept = state_sums(output / "checkpoint-4")
    folder = output / "checkpoint-4"
    shutil.copytree(model, folder, dirs_exist_ok=True)
    result = train(folder, dataset, output, "--overwrite_output_dir", "True", check=False)
    refused(result, USAGE, f"{folder} is a checkpoint of --output_dir and an input of this run")
    assert state_sums(folder) == kept


def test_nothing_is_removed_for_a_checkpoint_that_is_of_another_run(model, dataset, stopped, tmp_path):
    output = tmp_path / "mine"
    train(model, dataset, output)
    before = sorted(path.name for path in output.iterdir())
    result = train(model, dataset, output, "--learning_rate", "1e-3", "--overwrite_output_dir", "True",
                   "--resume_from_checkpoint", stopped(1, 4) / "checkpoint-4", check=False)
    refused(result, USAGE, "learning_rate")
    assert sorted(path.name for path in output.iterdir()) == before


def test_a_folder_never_holds_a_model_and_another_runs_adapter(model, dataset, tmp_path):
    output = tmp_path / "out"
    for flags, here, gone in [([], "model", "adapter_model"), (["--use_lora", "True", "--lora_r", 2], "adapter_model", "model"),
                              ([], "model", "adapter_model")]:
        train(model, dataset, output, "--overwrite_output_dir", "True", "--max_steps", 1, "--save_strategy", "no", *flags)
        assert (output / f"{here}.safetensors").exists() and not (output / f"{gone}.safetensors").exists()
        assert (output / "adapter_config.json").exists() == (here == "adapter_model")
