"""A run that is stopped, by whatever means, leaves a checkpoint and 75, and goes on as if nothing had been."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from safetensors.torch import load_file

from conftest import BIN, read_metrics, rows, run, write_jsonl
from job import fault
from test_failures import children
from test_resume import command, state_sums, steps_kept, train

RUN_FAILURE, USAGE, STOPPED = 1, 2, 75
STEPS, STOPS = 5, [1, 2, 3]  # two steps an epoch, two of warm-up: stops in the warm-up, at an epoch's end, inside epoch 2
ONE_STEP = ["--max_hours", "1e-9"]  # each launch does a step, whatever it takes
LORA = ["--use_lora", "True", "--lora_r", 4, "--lora_alpha", 8, "--lora_dropout", "0.2"]
KINDS = {"full": [], "lora": LORA, "q_lora": [*LORA, "--q_lora", "True"]}
ENDLESS = ["--max_steps", 1_000_000, "--save_strategy", "no", "--lr_scheduler_type", "constant", "--learning_rate", "1e-4"]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("qwen2_tied")


@pytest.fixture(scope="module")
def many_rows(tokenizer_folder, tmp_path_factory):
    """A dataset that takes seconds to go through."""
    folder = tmp_path_factory.mktemp("many")
    source = write_jsonl(folder / "rows.jsonl", rows() * 250)
    run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", folder / "dataset")
    return folder / "dataset"


def lines(output):
    """metrics.jsonl without what depends on the clock."""
    return [{key: value for key, value in line.items() if key not in ("tokens_per_second", "peak_share")}
            for line in read_metrics(output)]


class Job:
    """A launch of hone-train that is looked at while it runs."""

    def __init__(self, output, words, ranks=1, env=None):
        launcher = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks)] if ranks > 1 else []
        self.output, self.ranks = output, ranks
        self.log = output.with_name(output.name + ".log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*launcher, str(BIN / "hone-train"), *map(str, words)], stdout=log,
                                            stderr=subprocess.STDOUT, env={**ENVIRONMENT, **(env or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in [*children(self.process.pid), self.process.pid]:
            if self.process.poll() is None:
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def text(self):
        return self.log.read_text()

    def wait_until(self, holds, what):
        deadline = time.monotonic() + 120
        while not holds():
            assert self.process.poll() is None and time.monotonic() < deadline, f"{what}\n{self.text()}"
            time.sleep(0.01)

    def steps(self):
        path = self.output / "metrics.jsonl"
        return path.read_text().count("\n") if path.exists() else 0

    def wait_for_steps(self, count):
        self.wait_until(lambda: self.steps() >= count, f"step {count} does not come")

    def pid_of(self, rank):
        return self.process.pid if self.ranks == 1 else sorted(children(self.process.pid))[rank]

    def end(self, code):
        assert self.process.wait(timeout=120) == code, self.text()
        return self.text()


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_stopped_again_and_again_equals_the_unbroken_one_to_the_bit(kind, ranks, model, dataset, tmp_path):
    whole, output = tmp_path / "whole", tmp_path / "out"
    flags = [*KINDS[kind], "--max_steps", STEPS, "--eval_data_path", dataset, "--eval_strategy", "steps", "--eval_steps", 2]
    train(model, dataset, whole, *flags, ranks=ranks)
    for step in STOPS:
        result = train(model, dataset, output, *flags, *ONE_STEP, ranks=ranks, check=False)
        assert result.returncode == STOPPED, result.stderr
        assert f"stopped    by --max_hours after step {step} of {STEPS}: {output / f'checkpoint-{step}'} is complete" in result.stdout
        assert not list(output.glob("*.safetensors"))
    train(model, dataset, output, *flags, ranks=ranks)
    assert lines(output) == lines(whole)
    assert sum("eval_loss" in line for line in lines(whole)) == 3
    weights = "model.safetensors" if kind == "full" else "adapter_model.safetensors"
    assert (output / weights).read_bytes() == (whole / weights).read_bytes()
    assert state_sums(output / f"checkpoint-{STEPS}") == state_sums(whole / f"checkpoint-{STEPS}")


@pytest.mark.parametrize("kind", ["full", "lora"])
def test_every_launch_may_have_another_rank_count_and_stage(kind, model, dataset, tmp_path):
    whole, output = tmp_path / "whole", tmp_path / "out"
    flags = [*KINDS[kind], "--max_steps", STEPS]

    def batch(ranks):
        return ["--per_device_train_batch_size", 4 // ranks]

    train(model, dataset, whole, *flags, *batch(1))
    for ranks, stage in [(1, 3), (2, 0), (4, 3), (2, 1)]:
        result = train(model, dataset, output, *flags, *ONE_STEP, *batch(ranks), "--zero_stage", stage, ranks=ranks, check=False)
        assert result.returncode == STOPPED, result.stderr
    train(model, dataset, output, *flags, *batch(1))
    assert [m["loss"] for m in lines(output)] == pytest.approx([m["loss"] for m in lines(whole)], rel=1e-6)
    weights = "model.safetensors" if kind == "full" else "adapter_model.safetensors"
    expected = load_file(whole / weights)
    for name, value in load_file(output / weights).items():
        assert (value - expected[name]).abs().max() < 2e-5, name


def test_a_checkpoint_tells_what_it_took_on_its_slowest_rank(model, dataset, tmp_path):
    output = tmp_path / "out"
    train(model, dataset, output, "--max_steps", 2, "--save_steps", 2, ranks=2, env=fault("fsync", "state-00001", "sleep:3", 1))
    assert json.loads((output / "checkpoint-2" / "manifest.json").read_text())["save_seconds"] > 3


MEANS = {
    "SIGTERM": lambda job: os.kill(job.pid_of(job.ranks - 1), signal.SIGTERM),
    "SIGINT": lambda job: os.kill(job.pid_of(job.ranks - 1), signal.SIGINT),
    "SIGUSR1": lambda job: os.kill(job.pid_of(job.ranks - 1), signal.SIGUSR1),
    "SIGUSR1 to the launcher": lambda job: os.kill(job.process.pid, signal.SIGUSR1),
    "the file STOP": lambda job: (job.output / "STOP").touch(),
}


@pytest.mark.parametrize("means, ranks", [(means, ranks) for ranks in (1, 2) for means in MEANS if ranks > 1 or "launcher" not in means])
def test_each_means_stops_all_ranks_after_a_checkpoint(means, ranks, model, dataset, tmp_path):
    """--save_strategy no: the stop's checkpoint is the only one."""
    whole, output = tmp_path / "whole", tmp_path / "out"
    with Job(output, command(model, dataset, output, *ENDLESS, ranks=ranks), ranks) as job:
        job.wait_for_steps(3)
        MEANS[means](job)
        text = job.end(STOPPED)
    last = lines(output)[-1]["step"]
    assert steps_kept(output) == [last] and last >= 3
    assert f"stopped    by {means.removesuffix(' to the launcher')} after step {last} of" in text
    assert "hone-train: error" not in text
    run("hone-inspect", "checkpoint", output / f"checkpoint-{last}", "--verify")
    if means in ("SIGTERM", "the file STOP"):
        with Job(output, command(model, dataset, output, *ENDLESS, ranks=ranks), ranks) as job:
            job.wait_for_steps(last + 3)
        with Job(whole, command(model, dataset, whole, *ENDLESS, ranks=ranks), ranks) as job:
            job.wait_for_steps(last + 3)
        assert f"resumed    weights, optimizer and position of step {last}" in (tmp_path / "out.log").read_text()
        assert lines(output)[:last + 3] == lines(whole)[:last + 3]


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_stop_amid_saves_waits_for_the_last_one(ranks, model, dataset, tmp_path):
    output = tmp_path / "out"
    flags = [*ENDLESS, "--save_strategy", "steps", "--save_steps", 1, "--save_total_limit", 2]
    with Job(output, command(model, dataset, output, *flags, ranks=ranks), ranks) as job:
        job.wait_for_steps(4)
        os.kill(job.pid_of(ranks - 1), signal.SIGTERM)
        job.end(STOPPED)
    last = lines(output)[-1]["step"]
    assert steps_kept(output) == [last - 1, last]
    assert not list(output.glob("tmp-*"))
    run("hone-inspect", "checkpoint", output / f"checkpoint-{last}", "--verify")


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_file_SAVE_asks_for_a_checkpoint_and_the_run_goes_on(ranks, model, dataset, tmp_path):
    output = tmp_path / "out"
    with Job(output, command(model, dataset, output, *ENDLESS, ranks=ranks), ranks) as job:
        job.wait_for_steps(3)
        (output / "SAVE").touch()
        job.wait_until(lambda: steps_kept(output), "no checkpoint comes")
        assert not (output / "SAVE").exists()
        job.wait_for_steps(job.steps() + 3)
        (output / "SAVE").touch()
        job.wait_until(lambda: len(steps_kept(output)) == 2, "no second checkpoint comes")
        job.wait_for_steps(job.steps() + 3)
        os.kill(job.pid_of(0), signal.SIGUSR1)
        job.end(STOPPED)
    kept = steps_kept(output)
    assert len(kept) == 3
    for step in kept:
        run("hone-inspect", "checkpoint", output / f"checkpoint-{step}", "--verify")


def test_a_checkpoint_that_was_asked_for_is_never_taken_for_the_best(model, dataset, tmp_path):
    """The unbroken run chooses among its own checkpoints alone: so must the one that was stopped in between."""
    whole, output = tmp_path / "whole", tmp_path / "out"
    flags = ["--max_steps", 4, "--save_steps", 2, "--eval_data_path", dataset, "--eval_strategy", "steps", "--eval_steps", 1,
             "--load_best_model_at_end", "True", "--learning_rate", 10, "--warmup_steps", 1,
             "--lr_scheduler_type", "constant_with_warmup"]
    train(model, dataset, whole, *flags)
    for _ in range(4):
        assert train(model, dataset, output, *flags, *ONE_STEP, check=False).returncode == STOPPED
    train(model, dataset, output, *flags)
    losses = {m["step"]: m["eval_loss"] for m in lines(whole) if "eval_loss" in m}
    assert min(losses, key=losses.get) == 1 and 1 in steps_kept(output)
    assert lines(output) == lines(whole)
    assert (output / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_files_of_an_earlier_launch_are_removed_with_a_notice(model, dataset, tmp_path):
    output = tmp_path / "out"
    output.mkdir()
    for name in ["STOP", "SAVE"]:
        (output / name).touch()
    text = train(model, dataset, output, "--max_steps", 2).stdout
    for name in ["STOP", "SAVE"]:
        assert f"removed    the file {output / name}" in text
        assert not (output / name).exists()


def test_files_of_an_earlier_launch_go_before_checkpoints_are_read(model, dataset, tmp_path):
    output = tmp_path / "out"
    assert train(model, dataset, output, *ONE_STEP, ranks=2, check=False).returncode == STOPPED
    (output / "STOP").touch()
    with Job(output, command(model, dataset, output, ranks=2), 2, env=fault("read", "state-00001", "hang", 1)) as job:
        job.wait_until(lambda: f"removed    the file {output / 'STOP'}" in job.text(), "STOP stays")
        assert not (output / "STOP").exists()


@pytest.mark.parametrize("ranks", [1, 2])
def test_an_evaluation_is_broken_off_and_done_by_the_next_launch(ranks, model, dataset, many_rows, tmp_path):
    whole, output = tmp_path / "whole", tmp_path / "out"
    flags = ["--max_steps", 2, "--save_strategy", "no", "--eval_data_path", many_rows, "--eval_strategy", "epoch",
             "--per_device_eval_batch_size", 1]
    with Job(output, command(model, dataset, output, *flags, ranks=ranks), ranks) as job:
        job.wait_until(lambda: "loaded" in job.text(), "it does not load")
        last = job.pid_of(ranks - 1)
        job.wait_for_steps(2)
        os.kill(last, signal.SIGUSR1)
        job.end(STOPPED)
    assert [line["step"] for line in lines(output) if "loss" in line] == [1, 2]
    assert not any("eval_loss" in line for line in lines(output))
    assert steps_kept(output) == [2]
    for folder in [output, whole]:
        train(model, dataset, folder, *flags, ranks=ranks)
    assert any("eval_loss" in line for line in lines(whole))
    assert lines(output) == lines(whole)
    assert (output / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_second_signal_ends_at_once(ranks, model, many_rows, tmp_path):
    """In the middle of a step that takes long: all rows are one batch."""
    output = tmp_path / "out"
    words = command(model, many_rows, output, *ENDLESS, "--per_device_train_batch_size", 1,
                    "--gradient_accumulation_steps", 1000 // ranks)
    with Job(output, words, ranks) as job:
        job.wait_until(lambda: "loaded" in job.text(), "it does not load")
        last = job.pid_of(ranks - 1)
        os.kill(last, signal.SIGTERM)
        os.kill(last, signal.SIGINT)
        text = job.end(RUN_FAILURE)
    assert "hone-train: error: ended at once" in text
    assert not steps_kept(output) and job.steps() == 0


def test_two_jobs_in_one_folder_are_refused_and_a_dead_one_needs_no_hand(model, dataset, tmp_path):
    output = tmp_path / "out"
    words = command(model, dataset, output, *ENDLESS)
    with Job(output, words, env={"SLURM_JOB_ID": "4711"}) as job:
        job.wait_for_steps(1)
        for ranks in [1, 2]:
            second = train(model, dataset, output, *ENDLESS, "--overwrite_output_dir", "True", ranks=ranks, check=False)
            assert second.returncode == USAGE, second.stderr
            assert f"another job works in {output}" in second.stderr
            assert f"process {job.process.pid} on {os.uname().nodename} (job 4711), since 20" in second.stderr
        job.wait_for_steps(job.steps() + 3)  # untouched
        os.kill(job.process.pid, signal.SIGKILL)
        job.process.wait()
    assert (output / "run.lock").exists()
    train(model, dataset, output, "--max_steps", 2)


def test_ranks_with_other_rows_are_refused_with_both(model, dataset, many_rows, tmp_path):
    parts = [[str(BIN / "hone-train"), *map(str, command(model, data, tmp_path / "out", ranks=2))] for data in (dataset, many_rows)]
    result = subprocess.run(["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "1", *parts[0], ":", "-np", "1", *parts[1]],
                            capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
    assert result.returncode == USAGE, result.stderr
    assert f'rank 1 was started with --data_path "{many_rows}", rank 0 with "{dataset}"' in result.stderr
    assert not (tmp_path / "out").exists()


def cores_to_be_had():
    """What the kernel gives a process that asks for all of them, however this one is bound."""
    ask = "import os; os.sched_setaffinity(0, range(1024)); print(len(os.sched_getaffinity(0)))"
    return int(subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout)


def test_the_plan_names_hosts_ranks_and_cores(model, dataset, tmp_path):
    text = train(model, dataset, tmp_path / "out", "--dry_run", "True", ranks=2).stdout
    assert f"job        2 ranks on 1 host: {os.uname().nodename} (ranks 0-1, {cores_to_be_had()} cores)" in text


def test_cores_count_as_idle_where_a_rank_is_bound_and_not_where_all_have_the_same(model, dataset, tmp_path):
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        alone, sharing = (train(model, dataset, tmp_path / "out", "--dry_run", "True", ranks=ranks) for ranks in (1, 2))
    finally:
        os.sched_setaffinity(0, cores)
    had = cores_to_be_had()
    warning = f"{had - 1} of {had} cores on {os.uname().nodename} will idle; start with `mpirun --bind-to none`\n"
    assert (warning in alone.stderr) == (had > 1), alone.stderr
    assert "will idle" not in sharing.stderr
    assert "; 1 thread each" in sharing.stdout
