"""hone-train as a build without CUDA has it (-DHONE_CUDA=OFF), which every build links for this test."""
import os
import pathlib
import subprocess

from conftest import ROOT, read_metrics

TRAIN = pathlib.Path(os.environ.get("HONE_TESTS", ROOT / "build" / "tests")) / "hone_train_without_cuda"
USAGE = 2


def train(model, dataset, output, *flags):
    return subprocess.run([TRAIN, "--model_name_or_path", model, "--data_path", dataset, "--output_dir", output, "--max_steps", "2",
                           "--logging_steps", "1", "--save_strategy", "no", *flags], capture_output=True, text=True, timeout=300)


def test_a_device_is_refused_in_one_line_that_says_why(make_model, dataset, tmp_path):
    result = train(make_model("qwen3"), dataset, tmp_path / "out", "--device", "cuda")
    assert result.returncode == USAGE and result.stderr.count("\n") == 1, result.stderr
    assert "--device cuda, but no CUDA device is seen (this build has no CUDA)" in result.stderr
    assert not (tmp_path / "out").exists()


def test_it_trains_on_the_cpu(make_model, dataset, tmp_path):
    result = train(make_model("qwen3"), dataset, tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert len(read_metrics(tmp_path / "out")) == 2


def test_its_version_says_that_there_is_no_nccl():
    text = subprocess.run([TRAIN, "--version"], capture_output=True, text=True, check=True).stdout
    assert [line.split() for line in text.splitlines() if line.startswith("NCCL")] == [["NCCL", "none"]]
