"""A dry run ends as a run of the same command would: in the same line and code, where that would be refused at its start."""
import contextlib
import os
import re
import shutil
import subprocess

import pytest

from conftest import run

USAGE, DATA = 2, 3


def train(model, dataset, output, *flags, ranks=1):
    return run("hone-train", "-m", model, "-d", dataset, "--output_dir", output, "--max_steps", 2, "--per_device_train_batch_size", 2,
               "--gradient_accumulation_steps", 2 // ranks, "--save_strategy", "steps", "--save_steps", 1, *flags, ranks=ranks, check=False)


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("qwen2_tied")


@pytest.fixture(scope="module")
def finished(model, dataset, tmp_path_factory):
    """A run of two steps, with both checkpoints."""
    output = tmp_path_factory.mktemp("finished") / "out"
    result = train(model, dataset, output)
    assert result.returncode == 0, result.stderr
    return output


@pytest.fixture
def output(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "out")


def everything_under(folder):
    paths = [folder, *sorted(folder.rglob("*"))]
    return [(path, status.st_mode, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            for path in paths for status in [path.lstat()]]


def dry(model, dataset, output, *flags, within, ranks=1):
    before = everything_under(within)
    result = train(model, dataset, output, *flags, "--dry_run", ranks=ranks)
    assert everything_under(within) == before
    return result


def errors(result):
    return {line for line in result.stderr.splitlines() if ": error: " in line}


def refused_as_a_run_is(model, dataset, output, *flags, within, code, words, ranks=1):
    looked = dry(model, dataset, output, *flags, within=within, ranks=ranks)
    assert looked.returncode == code and words in looked.stderr, (looked.returncode, looked.stdout, looked.stderr)
    ran = train(model, dataset, output, *flags, ranks=ranks)
    assert ran.returncode == code and errors(ran) == errors(looked) and len(errors(ran)) == 1, (ran.stderr, looked.stderr)


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("name, why", [("file", "Not a directory"), ("file/below/it", "Not a directory"), ("nowhere", "File exists"),
                                       ("nowhere/below", "File exists")])
def test_a_folder_that_cannot_be_made_is_refused(name, why, ranks, model, dataset, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    refused_as_a_run_is(model, dataset, tmp_path / name, within=tmp_path, code=USAGE, words=f"can't make --output_dir {tmp_path / name} ({why})",
                        ranks=ranks)


@contextlib.contextmanager
def unwritable(folder):
    """The folder, which holds `made`, while nothing can be written in it. Root may write in any but on a disk that is read-only."""
    folder.mkdir()
    if os.geteuid() != 0:
        (folder / "made").mkdir(mode=0o555)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "hone-test", str(folder)], check=True)
    try:
        (folder / "made").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("name, words", [("new", "can't make --output_dir"), ("new/below", "can't make --output_dir"), ("made", "can't write")])
def test_a_folder_that_nothing_can_be_written_to_is_refused(name, words, model, dataset, tmp_path):
    with unwritable(tmp_path / "disk") as disk:
        refused_as_a_run_is(model, dataset, disk / name, within=tmp_path, code=USAGE, words=words)


def test_a_lock_that_cannot_be_opened_is_refused(model, dataset, tmp_path):
    (tmp_path / "out" / "run.lock").mkdir(parents=True)
    refused_as_a_run_is(model, dataset, tmp_path / "out", within=tmp_path, code=USAGE, words="run.lock (Is a directory)")


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_folder_that_holds_a_run_is_refused_without_overwriting(ranks, model, dataset, output, tmp_path):
    refused_as_a_run_is(model, dataset, output, "--resume_from_checkpoint", "none", within=tmp_path, code=USAGE, words="already holds a run",
                        ranks=ranks)


def test_a_checkpoint_of_another_run_than_the_folders_is_refused(finished, model, dataset, output, tmp_path):
    refused_as_a_run_is(model, dataset, output, "--resume_from_checkpoint", finished / "checkpoint-1", within=tmp_path, code=USAGE,
                        words="already holds a run")


def damage(checkpoint, kind):
    if kind == "not there":
        shutil.rmtree(checkpoint)
    elif kind == "a file":
        shutil.rmtree(checkpoint)
        checkpoint.write_text("")
    elif kind == "no checkpoint":
        (checkpoint / "manifest.json").unlink()
    else:
        state = next(checkpoint.glob("state-*"))
        state.write_bytes(state.read_bytes()[:-1])


@pytest.mark.parametrize("kind, code, words", [("not there", USAGE, "is no folder"), ("a file", USAGE, "is no folder"),
                                               ("no checkpoint", DATA, "it has no manifest.json"), ("cut short", DATA, "is not a complete checkpoint")])
@pytest.mark.parametrize("new_output", [False, True])
def test_a_named_checkpoint_that_is_none_is_refused(kind, code, words, new_output, model, dataset, output, tmp_path):
    damage(output / "checkpoint-1", kind)
    refused_as_a_run_is(model, dataset, tmp_path / "new" if new_output else output, "--resume_from_checkpoint", output / "checkpoint-1",
                        within=tmp_path, code=code, words=words)


def test_a_named_checkpoint_is_looked_at_without_an_output_folder_too(model, dataset, tmp_path):
    result = run("hone-train", "-m", model, "-d", dataset, "--resume_from_checkpoint", tmp_path / "gone", "--dry_run", check=False)
    assert result.returncode == USAGE and "is no folder" in result.stderr


def test_a_folder_without_a_whole_checkpoint_is_refused(model, dataset, output, tmp_path):
    for step in (1, 2):
        damage(output / f"checkpoint-{step}", "cut short")
    (output / "run.json").unlink()
    refused_as_a_run_is(model, dataset, output, within=tmp_path, code=DATA, words="none of the checkpoints is complete")


def test_a_run_that_nothing_tells_of_is_refused(model, dataset, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("{")
    refused_as_a_run_is(model, dataset, tmp_path / "out", within=tmp_path, code=DATA, words="no checkpoint is there to go on from")


@pytest.mark.parametrize("with_checkpoints", [False, True])
def test_a_run_under_other_settings_is_refused(with_checkpoints, model, dataset, output, tmp_path):
    for step in (1, 2) if not with_checkpoints else ():
        shutil.rmtree(output / f"checkpoint-{step}")
    refused_as_a_run_is(model, dataset, output, "--learning_rate", "0.5", within=tmp_path, code=USAGE, words="learning_rate")


@pytest.mark.parametrize("flags", [(), ("--overwrite_output_dir",), ("--resume_from_checkpoint", "checkpoint-1"),
                                   ("--resume_from_checkpoint", "checkpoint-1", "--overwrite_output_dir")])
@pytest.mark.parametrize("new_output", [False, True])
def test_what_a_run_would_take_up_passes_and_stays(flags, new_output, model, dataset, output, tmp_path):
    (output / "tmp-checkpoint-9").mkdir()
    flags = [output / flag if flag.startswith("checkpoint") else flag for flag in flags]
    result = dry(model, dataset, tmp_path / "new" / "out" if new_output else output, *flags, within=tmp_path)
    assert result.returncode == 0 and "nothing was trained or written" in result.stdout, result.stderr


def test_the_estimate_counts_an_evaluation_that_takes_more_than_training(model, dataset, tmp_path):
    def estimate(*flags):
        result = dry(model, dataset, tmp_path / "out", "--gradient_checkpointing", "--eval_data_path", dataset, *flags, within=tmp_path)
        return float(re.search(r"memory +([\d.]+) MiB a rank", result.stdout)[1])

    large = ["--per_device_eval_batch_size", 8]
    without = estimate("--eval_strategy", "no", *large)
    assert without == estimate("--eval_strategy", "epoch", "--per_device_eval_batch_size", 1) < estimate("--eval_strategy", "epoch", *large)


def test_without_an_output_folder_the_working_folder_is_not_taken_for_it(model, dataset, output, monkeypatch):
    (output / "run.json").write_text("{")
    monkeypatch.chdir(output)
    result = run("hone-train", "-m", model, "-d", dataset, "--dry_run", check=False)
    assert result.returncode == 0, result.stderr
