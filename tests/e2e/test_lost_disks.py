"""Disks that fill up or fail in the middle of a run: the first cause is named, and the last complete checkpoint resumes."""
import contextlib
import errno
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from conftest import read_metrics, run
from job import Job, fault
from test_resume import STEPS, command, model, numbers, refused, same_to_the_bit, steps_kept, stopped, train, unbroken  # noqa: F401
from test_watchdog import endless, long_dataset  # noqa: F401

RUN_FAILURE, DATA, DIVERGED = 1, 3, 4
DISK = 30 << 20
HELD_BY_ONE_RANK = ["--timeout", 60]


@contextlib.contextmanager
def small_disk(folder):
    """A tmpfs of 30 MB. It is mounted in a namespace of its own, which users other than root may have too, and reached through
    the process that holds that."""
    folder.mkdir()
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    holder = subprocess.Popen(["unshare", *user, "--mount", "sh", "-c",
                               f'mount -t tmpfs -o size={DISK} hone-test "$0" && echo mounted && exec cat', str(folder)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = holder.stdout.readline()
        assert said == "mounted\n", f"no disk of 30 MB can be mounted here ({said.strip()}); run as root, in a container with CAP_SYS_ADMIN"
        yield pathlib.Path(f"/proc/{holder.pid}/root{folder}")
    finally:
        holder.stdin.close()
        holder.wait()


def fill(folder, leave):
    """Takes the disk's free space but for `leave` bytes."""
    path = folder / "filler"
    free = shutil.disk_usage(folder).free
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - leave)
    return path


def size_of(checkpoint):
    return sum(path.stat().st_size for path in checkpoint.iterdir())


def verified(checkpoint):
    assert "verified" in run("hone-inspect", "checkpoint", checkpoint, "--verify").stdout


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_full_disk_is_named_before_the_save_and_earlier_checkpoints_stay(ranks, model, dataset, unbroken, tmp_path):
    whole = unbroken(ranks)
    with small_disk(tmp_path / "disk") as disk:
        output = disk / "out"
        filler = fill(disk, leave=int(1.6 * size_of(whole / "checkpoint-2")))
        result = train(model, dataset, output, ranks=ranks, check=False)
        refused(result, RUN_FAILURE, f"no room for a checkpoint in {output}", "are free", "earlier checkpoints are whole")
        assert "step 4]" in result.stderr
        assert steps_kept(output) == [2]
        verified(output / "checkpoint-2")
        filler.unlink()
        assert "step 2 from" in train(model, dataset, output, ranks=ranks).stdout
        same_to_the_bit(output, whole)


def test_a_disk_without_room_for_one_checkpoint_is_warned_about_before_the_run(model, dataset, unbroken, tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        fill(disk, leave=size_of(unbroken(1) / "checkpoint-2") // 2)
        result = train(model, dataset, disk / "out", "--dry_run", "True")
        assert f"no room for a checkpoint in {disk / 'out'}" in result.stderr


@pytest.mark.parametrize("failing", [0, 1])
def test_a_disk_that_fills_while_a_checkpoint_is_written_is_reported_by_all_ranks(failing, model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    shutil.copytree(unbroken(2), output)
    for step in (4, 6):
        shutil.rmtree(output / f"checkpoint-{step}")
    (output / "run.json").unlink()
    result = train(model, dataset, output, ranks=2, check=False,
                   env=fault("write", f"state-0000{failing}", f"fail:{errno.ENOSPC}", failing))
    refused(result, RUN_FAILURE)
    lines = [line for line in result.stderr.splitlines() if ": error: " in line]
    # Each rank has it; mpirun may end one before its line is out.
    assert lines and all(re.search(rf"step [56]\] checkpoint-4 could not be written \(rank {failing}: .*No space left on device.*\); "
                                   "earlier checkpoints are whole", line) for line in lines), result.stderr
    assert steps_kept(output) == [2]
    train(model, dataset, output, ranks=2)
    same_to_the_bit(output, unbroken(2))


def test_an_old_checkpoint_that_can_t_be_removed_is_warned_about_and_the_run_goes_on(model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    flags = ["--save_total_limit", 1]
    result = train(model, dataset, output, *flags, ranks=2, env=fault("unlink", "removed-checkpoint-2", f"fail:{errno.ENOTEMPTY}"))
    left = output / "tmp-removed-checkpoint-2"
    warning = f"hone-train: warning: can't remove {left} (Directory not empty); check permissions; it is tried again after the next checkpoint"
    assert result.stderr.count(warning) == 2, result.stderr  # after steps 4 and 6
    assert "; removed step 4" in result.stdout
    assert left.exists() and steps_kept(output) == [6]
    same_to_the_bit(output, unbroken(2))
    # In the next launch's way neither; it goes once nobody holds it.
    again = [*flags, "--max_steps", 8, "--allow_changed", "max_steps"]
    train(model, dataset, output, *again, ranks=2, env=fault("unlink", "removed-checkpoint-2", f"fail:{errno.ENOTEMPTY}"))
    assert left.exists()
    train(model, dataset, output, *again[:2], "--max_steps", 10, *again[4:], ranks=2)
    assert not left.exists() and steps_kept(output) == [10]


@pytest.mark.parametrize("file", ["manifest.json", "trainer_state.json"])
def test_a_disk_that_fails_at_the_last_file_of_a_checkpoint_leaves_none_of_it(file, model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    result = train(model, dataset, output, "--save_steps", 3, ranks=2, check=False, env=fault("write", file, f"fail:{errno.EIO}"))
    refused(result, RUN_FAILURE, "checkpoint-3 could not be written", file, "Input/output error")
    assert steps_kept(output) == []
    train(model, dataset, output, ranks=2)
    assert numbers(output) == numbers(unbroken(2))


def test_a_disk_that_fills_while_the_model_is_saved_is_named_and_the_last_checkpoint_finishes_the_run(model, dataset, unbroken, tmp_path):
    output = tmp_path / "out"
    result = train(model, dataset, output, ranks=2, check=False, env=fault("write", "model.safetensors", f"fail:{errno.ENOSPC}"))
    refused(result, RUN_FAILURE, "model.safetensors", "No space left on device")
    assert not list(output.glob("*.safetensors*"))
    assert f"step {STEPS} from" in train(model, dataset, output, ranks=2).stdout
    same_to_the_bit(output, unbroken(2))


def test_a_disk_that_fails_under_the_metrics_ends_the_run_with_their_name(model, dataset, tmp_path):
    trigger = tmp_path / "now"
    with Job(tmp_path / "out", endless(model, dataset, tmp_path / "out", *HELD_BY_ONE_RANK),
             env=fault("write", "metrics.jsonl", f"fail:{errno.ENOSPC}", when=trigger)) as job:
        job.wait_for_step(2)
        trigger.touch()
        assert job.wait() == RUN_FAILURE
        assert any("metrics.jsonl" in line and "No space left on device" in line for line in job.errors()), job.errors()


def running_job(model, dataset, output, *flags, **options):
    return Job(output, endless(model, dataset, output, "--save_strategy", "steps", "--save_steps", 2, *HELD_BY_ONE_RANK, *flags),
               **options)


def resumes(model, dataset, output, step):
    """The job goes on from a checkpoint not more than two saves behind `step`."""
    with running_job(model, dataset, output) as job:
        job.wait_until(lambda: "resumed " in job.out.read_text(), "being resumed")
        assert int(re.search(r"resumed .* of step (\d+)", job.out.read_text()).group(1)) >= step - 4


def test_a_dataset_cut_short_under_the_run_is_named(model, long_dataset, tmp_path):
    data, output = tmp_path / "data", tmp_path / "out"
    shutil.copytree(long_dataset, data)
    part = next(data.glob("part-*.h5"))
    with running_job(model, data, output) as job:
        job.wait_until(lambda: len(steps_kept(output)) >= 2, "its second checkpoint")
        os.truncate(part, part.stat().st_size // 2)
        assert job.wait() == DATA
        assert any(str(part) in line and "changed while it is read" in line for line in job.errors()), job.errors()
        step = job.steps()
    refused(run("hone-train", *endless(model, data, output), check=False), DATA, part)
    shutil.copy(long_dataset / part.name, part)
    resumes(model, data, output, step)


def test_a_dataset_that_can_t_be_read_any_more_is_named(model, long_dataset, tmp_path):
    trigger, output = tmp_path / "now", tmp_path / "out"
    with running_job(model, long_dataset, output, env=fault("read", "part-", f"fail:{errno.EIO}", 1, trigger)) as job:
        job.wait_until(lambda: len(steps_kept(output)) >= 2, "its second checkpoint")
        trigger.touch()
        assert job.wait() == DATA
        (line,) = job.errors()
        assert re.search(r"\[rank 1/2 host \S+ step \d+\] can't read \S*part-\S+ \(.*Input/output error", line), line
        step = job.steps()
    resumes(model, long_dataset, output, step)


def test_a_dataset_removed_under_the_run_is_read_to_the_end(model, long_dataset, tmp_path):
    """An open file is there until it is closed; the next launch misses it."""
    data, output = tmp_path / "data", tmp_path / "out"
    shutil.copytree(long_dataset, data)
    with running_job(model, data, output) as job:
        job.wait_for_step(2)
        shutil.rmtree(data)
        job.wait_for_step(job.steps() + 10)
        assert job.errors() == []
    refused(run("hone-train", *endless(model, data, output), check=False), DATA, data)


@pytest.mark.parametrize("killed", [0, 1])
def test_a_rank_killed_while_it_writes_a_checkpoint_takes_the_job_down(killed, model, dataset, tmp_path):
    output = tmp_path / "out"
    with running_job(model, dataset, output, env=fault("fsync", f"state-0000{killed}", "hang", killed)) as job:
        job.wait_until(lambda: (output / "tmp-checkpoint-2" / "state-00000-of-00002.h5").exists(), "its first save")
        os.kill(job.ranks()[killed], signal.SIGKILL)
        assert job.wait() not in (0, 75)
        assert steps_kept(output) == []
    with running_job(model, dataset, output) as job:
        job.wait_until(lambda: steps_kept(output), "its first checkpoint")


def test_divergence_keeps_the_last_good_checkpoint(model, dataset, unbroken, stopped):
    output = stopped(2, 4)
    result = train(model, dataset, output, "--learning_rate", "1e38", "--allow_changed", "learning_rate", ranks=2, check=False)
    refused(result, DIVERGED, "diverged at step")
    assert "step 4 from" in result.stdout
    assert steps_kept(output) == [2, 4] and not list(output.glob("tmp-*/manifest.json"))
    verified(output / "checkpoint-4")
    train(model, dataset, output, ranks=2)
    same_to_the_bit(output, unbroken(2))
