"""How jobs end: restarts up to the cap, scancel, preemption, and failures that are not tried again."""
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from conftest import run
from job_control import STEPS, held, same_to_the_bit, start_now, steps_done, submit, text_of, training, until, wait_for
from shared_jobs import dataset_of_job, folder, model, prepared, slurm, unbroken, unbroken_job  # noqa: F401

USAGE, DATA, DIVERGED, STOPPED = 2, 3, 4, 75


def checkpoints(output):
    return sorted(int(path.name.split("-")[1]) for path in output.glob("checkpoint-*"))


def verified(checkpoint):
    assert "verified" in run("hone-inspect", "checkpoint", checkpoint, "--verify").stdout


def goes_on_to_the_end(slurm, log, options, words, step, unbroken):  # noqa: F811
    """The same script submitted again ends with the model of the run that nothing stopped."""
    job = submit(slurm, log, options, *words)
    wait_for(slurm, job, log, "COMPLETED")
    assert f"resumed    weights, optimizer and position of step {step} " in text_of(log)
    same_to_the_bit(words[words.index("--output_dir") + 1], unbroken)


def test_a_job_that_stops_every_time_is_requeued_up_to_the_cap_and_nothing_is_lost(slurm, folder, model, unbroken, dataset_of_job):  # noqa: F811
    output, log = folder / "capped", folder / "capped.log"
    words = training(model, dataset_of_job, output)
    # Each launch does one step, then its time is up.
    job = submit(slurm, log, [], *words, "--max_hours", "1e-9", HONE_MAX_RESTARTS="2")
    for restarts in (1, 2):
        until(lambda: slurm.show(job)["Restarts"] == str(restarts), lambda: text_of(log))
        start_now(slurm, job, log)
    wait_for(slurm, job, log, "FAILED")
    shown = slurm.show(job)
    assert shown["ExitCode"] == f"{STOPPED}:0" and shown["Restarts"] == "2", text_of(log)
    assert text_of(log).count("requeueing") == 2
    assert text_of(log).rstrip().endswith(
        f"stopped on request (exit {STOPPED}) after 2 restarts (HONE_MAX_RESTARTS): not requeued; submit it again to go on")
    assert checkpoints(output) == [1, 2, 3]
    verified(output / "checkpoint-3")
    # Slurm counts requeues of others too: here one by hand.
    slurm.call("scontrol", "requeue", job)
    start_now(slurm, job, log)
    wait_for(slurm, job, log, "FAILED")
    assert slurm.show(job)["ExitCode"] == "1:0" and checkpoints(output) == [1, 2, 3]
    assert "given up after 2 restarts (HONE_MAX_RESTARTS); submit it again to go on" in text_of(log)
    goes_on_to_the_end(slurm, folder / "capped-again.log", [], words, 3, unbroken)


def test_scancel_under_srun_leaves_a_checkpoint_of_the_moment(slurm, folder, model, unbroken, dataset_of_job):  # noqa: F811
    output, log = folder / "cancelled-srun", folder / "cancelled-srun.log"
    words, options = training(model, dataset_of_job, output), ["--nodes=1", "--ntasks-per-node=2"]
    job = submit(slurm, log, options, *words, HONE_LAUNCHER="srun")
    with held(output, 3, log) as nodes:
        assert len(nodes) == 2 and len(set(nodes)) == 1
        slurm.call("scancel", job)
    wait_for(slurm, job, log, "CANCELLED")
    until(lambda: "hone-job: stopped" in text_of(log), lambda: text_of(log))
    assert f"stopped on request (exit {STOPPED}) while Slurm ends the job: not requeued; submit it again to go on" in text_of(log)
    (step,) = checkpoints(output)
    assert 3 <= step == steps_done(output) < STEPS
    verified(output / f"checkpoint-{step}")
    slurm.environment["HONE_LAUNCHER"] = "srun"
    try:
        goes_on_to_the_end(slurm, folder / "cancelled-srun-again.log", options, words, step, unbroken)
    finally:
        slurm.environment["HONE_LAUNCHER"] = "mpirun"


def test_scancel_under_mpirun_leaves_the_last_checkpoint(slurm, folder, model, unbroken, dataset_of_job):  # noqa: F811
    output, log = folder / "cancelled-mpirun", folder / "cancelled-mpirun.log"
    words = training(model, dataset_of_job, output, save_steps=2)
    job = submit(slurm, log, [], *words)
    until(lambda: checkpoints(output), lambda: text_of(log))
    with held(output, 3, log):
        slurm.call("scancel", job)
    wait_for(slurm, job, log, "CANCELLED")
    until(lambda: "not requeued" in text_of(log), lambda: text_of(log))
    step = max(checkpoints(output))
    verified(output / f"checkpoint-{step}")
    goes_on_to_the_end(slurm, folder / "cancelled-mpirun-again.log", [], words, step, unbroken)


def test_a_preempted_job_is_requeued_and_goes_on_from_its_last_checkpoint(slurm, folder, model, unbroken, dataset_of_job):  # noqa: F811
    output, log = folder / "preempted", folder / "preempted.log"
    job = submit(slurm, log, [], *training(model, dataset_of_job, output, save_steps=2))
    until(lambda: checkpoints(output), lambda: text_of(log))
    with held(output, 3, log):
        urgent = submit(slurm, folder / "urgent.log", ["--partition=urgent", "--nodes=4", "--exclusive"], "--wrap", "sleep 1")
        until(lambda: slurm.show(job)["PreemptTime"] != "None", lambda: text_of(log))
    wait_for(slurm, urgent, folder / "urgent.log", "COMPLETED")
    start_now(slurm, job, log)
    wait_for(slurm, job, log, "COMPLETED")
    assert slurm.show(job)["Restarts"] == "1" and "resumed" in text_of(log)
    same_to_the_bit(output, unbroken)


def cut_dataset(dataset, copy):
    shutil.copytree(dataset, copy)
    (part,) = copy.glob("part-*.h5")
    part.write_bytes(part.read_bytes()[:-100])
    return copy


def model_with(value, model, copy):  # noqa: F811
    shutil.copytree(model, copy)
    weights = load_file(copy / "model.safetensors")
    weights["model.layers.1.mlp.up_proj.weight"][3] = value
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    return copy


@pytest.fixture(scope="module")
def failures(slurm, folder, model, dataset_of_job):  # noqa: F811
    """By name: job, log, exit code, and what the first line about an error says. All are queued at once."""
    cut = cut_dataset(dataset_of_job, folder / "cut-dataset")
    infinite, huge = model_with(torch.inf, model, folder / "infinite"), model_with(3e38, model, folder / "huge")
    cases = {
        "a flag that is none": (model, dataset_of_job, ["--learning_rat", 1], USAGE, "'--learning_rat'"),
        "a length below the rows'": (model, dataset_of_job, ["--model_max_length", 8], USAGE, "--model_max_length 8"),
        "a dataset that is cut short": (model, cut, [], DATA, str(cut)),
        "a model that is not there": (folder / "nowhere", dataset_of_job, [], DATA, str(folder / "nowhere")),
        "a weight that is infinite": (infinite, dataset_of_job, [], DATA, "holds inf or nan"),
        "weights that overflow": (huge, dataset_of_job, [], DIVERGED, "training diverged at step 1"),
    }
    submitted = {}
    for number, (name, (model_folder, data, flags, code, cause)) in enumerate(cases.items()):
        log = folder / f"failure-{number}.log"
        job = submit(slurm, log, [], *training(model_folder, data, folder / f"failure-{number}", *flags))
        submitted[name] = job, log, code, cause
    return submitted


@pytest.mark.parametrize("name", ["a flag that is none", "a length below the rows'", "a dataset that is cut short",
                                  "a model that is not there", "a weight that is infinite", "weights that overflow"])
def test_a_failure_that_would_come_again_is_not_requeued_and_its_cause_is_the_first_error(name, slurm, failures):  # noqa: F811
    job, log, code, cause = failures[name]
    wait_for(slurm, job, log, "FAILED")
    shown, lines = slurm.show(job), text_of(log).splitlines()
    assert shown["ExitCode"] == f"{code}:0" and shown["Restarts"] == "0", text_of(log)
    assert cause in next(line for line in lines if ": error: " in line), text_of(log)
    assert lines[-1] == f"hone-job: exit {code}: not requeued", text_of(log)


@pytest.mark.parametrize("flags, named", [(["--overwrite_output_dir"], "--overwrite_output_dir"),
                                          (["--resume_from_checkpoint", "none"], "--resume_from_checkpoint")])
def test_flags_that_would_lose_a_restart_are_refused(flags, named, slurm, folder, model, dataset_of_job):  # noqa: F811
    output, log = folder / f"refused{named}", folder / f"refused{named}.log"
    job = submit(slurm, log, ["--nodes=1"], *training(model, dataset_of_job, output, *flags))
    wait_for(slurm, job, log, "FAILED")
    assert slurm.show(job)["ExitCode"] == f"{USAGE}:0"
    assert f"hone-job: error: {named}" in text_of(log) and not output.exists()


def test_a_second_job_on_the_same_folder_ends_and_names_the_first(slurm, folder, model, dataset_of_job):  # noqa: F811
    output, log, second_log = folder / "shared", folder / "first.log", folder / "second.log"
    words = training(model, dataset_of_job, output)
    first = submit(slurm, log, [], *words)
    with held(output, 3, log):
        second = submit(slurm, second_log, [], *words)
        wait_for(slurm, second, second_log, "FAILED")
    assert slurm.show(second)["ExitCode"] == f"{USAGE}:0"
    assert f"another job works in {output}" in text_of(second_log) and f"(job {first})" in text_of(second_log)
    wait_for(slurm, first, log, "COMPLETED")
    assert steps_done(output) == STEPS and "finished" in json.loads((output / "run.json").read_text())
