"""hone-export beside another one: of runs that make the same folder one does."""
import os
import subprocess
import time

import pytest

from conftest import BIN, run
from job import fault

USAGE = 2


@pytest.fixture(scope="module")
def checkpoint(make_model, dataset, tmp_path_factory):
    output = tmp_path_factory.mktemp("run") / "out"
    run("hone-train", "--model_name_or_path", make_model("qwen2"), "--data_path", dataset, "--output_dir", output, "--max_steps", 1,
        "--save_steps", 1, "--per_device_train_batch_size", 2)
    return output / "checkpoint-1"


def export(checkpoint, output):
    return ["--checkpoint", str(checkpoint), "--output", str(output)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_second_export_to_the_same_folder_is_refused_before_any_work(checkpoint, tmp_path):
    output = tmp_path / "model"
    (tmp_path / "link").symlink_to("model")
    first = subprocess.Popen([str(BIN / "hone-export"), *export(checkpoint, output)], stdout=subprocess.DEVNULL,
                             env={**os.environ, **fault("write", "model.safetensors", "hang")})
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("model.hone-new-*/model.safetensors*")):
            assert first.poll() is None and time.monotonic() < deadline, "the first export never came to its weights"
            time.sleep(0.02)
        before = names(tmp_path)
        for name in (output, f"{output}/", tmp_path / "link"):
            second = run("hone-export", *export(checkpoint, name), check=False)
            assert second.returncode == USAGE and second.stdout == "", (second.returncode, second.stdout, second.stderr)
            assert f"process {first.pid} on " in second.stderr and "another job works in" in second.stderr, second.stderr
            assert len(second.stderr.splitlines()) == 1, second.stderr
        assert names(tmp_path) == before
        run("hone-export", *export(checkpoint, tmp_path / "other"))
    finally:
        first.kill()
        first.wait()
    # The lock went with its holder, and what that left goes with the next run.
    run("hone-export", *export(checkpoint, output))
    assert names(tmp_path) == ["link", "model", "other"]
    assert names(output) == names(tmp_path / "other")
