"""SIGKILLs at random moments while every step is saved. `HONE_KILLS=100 pytest -s` runs the long form."""
import json
import os
import random
import re
import signal
import time

from conftest import read_metrics
from job import Job
from test_resume import command, model, numbers, state_sums, train  # noqa: F401

KILLS = int(os.environ.get("HONE_KILLS", 8))
SEED = int(os.environ.get("HONE_KILL_SEED", 1))
STEPS_PER_KILL = 8
SAVES_IN_FLIGHT = 2  # one is written while the next step is done


def complete(output):
    return [int(folder.name.split("-")[1]) for folder in output.glob("checkpoint-*") if (folder / "manifest.json").exists()]


def announced(job):
    """Steps whose checkpoints the job said were complete."""
    return [int(step) for step in re.findall(r"^checkpoint \S+/checkpoint-(\d+) after", job.out.read_text(), re.MULTILINE)]


def reached(job):
    """The last step that this launch logged; 0 before its first."""
    return int(([0] + re.findall(r"^step (\d+)/", job.out.read_text(), re.MULTILINE))[-1])


def kill(job, draw):
    """All processes at once, as a node that fails; one rank, as the OOM killer; or the launcher, as an operator."""
    victims = draw.choice([[*job.ranks(), job.process.pid], [draw.choice(job.ranks())], [job.process.pid]])
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    job.wait()


def test_kills_at_random_moments_lose_at_most_the_steps_since_the_last_save(model, dataset, tmp_path):
    draw = random.Random(SEED)
    whole, output = tmp_path / "whole", tmp_path / "out"
    last = 4 * STEPS_PER_KILL * KILLS + 10  # a kill comes some steps after its target: far more must be left than the targets need
    flags = ["--save_steps", 1, "--save_total_limit", 3, "--max_steps", last]
    train(model, dataset, whole, *flags, ranks=2)
    words = command(model, dataset, output, *flags, ranks=2)
    lost, at_kill, resumed_from, starts = [], [], [], time.monotonic()
    for number in range(KILLS):
        with Job(output, words, ranks=2, logs=tmp_path) as job:
            done = max(complete(output), default=0) if output.exists() else 0
            target = min(done + draw.randint(1, STEPS_PER_KILL), last - 5)
            job.wait_until(lambda: reached(job) >= target, f"kill {number} at step {target}")
            time.sleep(draw.uniform(0, 0.12))
            if job.process.poll() is None:
                kill(job, draw)
            text = job.out.read_text()
            if done > 0:
                start = int(re.search(r"resumed .* of step (\d+) from", text).group(1))
                resumed_from.append(start)
                assert start == done, "the newest complete checkpoint is not the one used"
            assert "not used" not in job.err.read_text()
            metrics = [m["step"] for m in read_metrics(output)] if (output / "metrics.jsonl").exists() else []
            kept = max(complete(output), default=0)
            assert kept >= max(announced(job), default=0)
            lost.append(max(metrics, default=0) - kept)
            at_kill.append(max(metrics, default=0))
    assert max(lost) <= SAVES_IN_FLIGHT, lost
    train(model, dataset, output, *flags, ranks=2)
    assert numbers(output) == numbers(whole)
    assert (output / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert state_sums(output / f"checkpoint-{last}") == state_sums(whole / f"checkpoint-{last}")
    assert not list(output.glob("tmp-*")) and not list(output.glob("*.tmp*"))
    print(json.dumps({"kills": KILLS, "seed": SEED, "steps": last, "seconds": round(time.monotonic() - starts, 1),
                      "most_steps_lost": max(lost), "steps_lost_in_all": sum(lost), "resumes": len(resumed_from),
                      "killed_at_steps": at_kill}))
