"""Submits training jobs to the private Slurm, holds and stops them, and compares what they leave."""
import contextlib
import os
import pathlib
import signal
import time

from conftest import ROOT, read_metrics

STEPS = 60
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")


def training(model, dataset, output, *flags, save_steps=1000):
    return ["slurm/full.sbatch", "-m", model, "-d", dataset, "--output_dir", output, "--max_steps", STEPS,
            "--save_steps", save_steps, "--learning_rate", "2e-3", "--bf16", "False", "--per_device_train_batch_size", 1,
            "--gradient_accumulation_steps", 1, "--threads", 1, *flags]


def submit(slurm, log, options, *words, **environment):
    return slurm.call("sbatch", "--parsable", f"--chdir={ROOT}", f"--output={log}", *options, *words, **environment).strip()


def text_of(log):
    return log.read_text() if log.exists() else ""


def wait_for(slurm, job, log, *states):
    def reached():
        state = slurm.state(job)
        assert state in states or state not in ENDED, f"job {job} is {state}, not {states}\n{text_of(log)}"
        return state in states

    until(reached, lambda: f"job {job} does not become {states}: {slurm.show(job)}\n{text_of(log)}")


def until(condition, complaint):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.05)


def start_now(slurm, job, log):
    """Slurm lets a requeued job wait for two minutes; within a second its nodes would refuse it, as one that was ended."""
    wait_for(slurm, job, log, "PENDING")
    slurm.call("scontrol", "update", f"JobId={job}", "StartTime=now+3")


def steps_done(output):
    path = output / "metrics.jsonl"
    return path.read_text().count("\n") if path.exists() else 0


def ranks_of(output):
    """By process id: the node that Slurm started the rank on."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0") if entry.name.isdigit() else [""]
            if pathlib.Path(words[0]).name == "hone-train" and str(output) in words:
                variables = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
                found[int(entry.name)] = next(v.split("=")[1] for v in variables if v.startswith("SLURMD_NODENAME="))
    return found


@contextlib.contextmanager
def held(output, step, log):
    """Lets training stand still once it is past `step`, however fast this machine is; gives its ranks' nodes."""
    until(lambda: steps_done(output) >= step, lambda: f"{output} did not get to step {step}\n{text_of(log)}")
    ranks = ranks_of(output)
    for pid in ranks:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert ranks and steps_done(output) < STEPS, f"the run was over before it could be held\n{text_of(log)}"
        yield sorted(ranks.values())
    finally:
        for pid in ranks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def ask_to_stop(slurm, job, log, times=1):
    """What Slurm does before the time limit, at a moment that the test chooses."""
    slurm.call("scancel", "--batch", "--signal=USR1", job)
    wait_until_asked(log, times)


def wait_until_asked(log, times=1):
    until(lambda: text_of(log).count("asked to stop") >= times, lambda: f"nobody asked to stop\n{text_of(log)}")


def same_to_the_bit(output, whole):
    def numbers(folder):
        return [(m["step"], m["loss"], m["grad_norm"], m["learning_rate"]) for m in read_metrics(folder)]

    assert numbers(output) == numbers(whole) and len(numbers(whole)) == STEPS
    assert (output / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
