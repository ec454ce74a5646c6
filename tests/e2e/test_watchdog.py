"""A rank that does not arrive is named with its host, the operation, the unit and what it did last; slow ones are waited for."""
import os
import re
import signal
import socket
import time

import pytest

from conftest import read_metrics, run, write_jsonl
from job import Job, fault, state_of

RUN_FAILURE = 1
TIMEOUT = 2
UNIT = r"(embedding|head|block \d+)"
OPERATION = rf"(all_gather|reduce_scatter|all_reduce) of ({UNIT}|step \d+: [\w ]+) \(collective \d+\)"


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("qwen2")


@pytest.fixture(scope="module")
def long_dataset(tmp_path_factory, tokenizer_folder):
    """More tokens than HDF5 keeps in memory, so that every step reads from the disk."""
    folder = tmp_path_factory.mktemp("long")
    words = "the quick brown fox jumps over a lazy dog while seven wizards, 42 geese and naïve café owners watch 你好".split()
    items = [{"messages": [{"role": "user", "content": "go on"},
                           {"role": "assistant", "content": " ".join(words[(7 * i * (j + 1)) % len(words)] for j in range(300))}]}
             for i in range(1500)]
    run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", write_jsonl(folder / "rows.jsonl", items), "--output",
        folder / "dataset")
    return folder / "dataset"


def endless(model, dataset, output, *flags):
    """Later flags replace those given here."""
    given = {"--model_name_or_path": model, "--data_path": dataset, "--output_dir": output, "--max_steps": 1000000,
             "--per_device_train_batch_size": 2, "--logging_steps": 1, "--save_strategy": "no", "--timeout": TIMEOUT}
    given.update(zip(flags[::2], flags[1::2]))
    return [word for pair in given.items() for word in pair]


@pytest.mark.parametrize("ranks, stopped, zero_stage", [(2, 1, 3), (2, 0, 2), (3, 1, 0)])
def test_a_stopped_rank_is_named(ranks, stopped, zero_stage, model, dataset, tmp_path):
    with Job(tmp_path / "out", endless(model, dataset, tmp_path / "out", "--zero_stage", zero_stage), ranks=ranks) as job:
        job.wait_for_step(3)
        os.kill(job.ranks()[stopped], signal.SIGSTOP)
        start = time.monotonic()
        assert job.wait() == RUN_FAILURE
        assert TIMEOUT <= time.monotonic() - start < 20
        (line,) = job.errors()
        assert re.search(rf"rank {stopped} on host {socket.gethostname()} did not arrive in {OPERATION} within {TIMEOUT} s", line), line
        # What it last said of itself may be a turn of the watchdog old.
        assert re.search(r"no sign of life for \d+ s: .* last seen at .+, after \w+ of .+ \(collective \d+\)", line), line


def test_every_stopped_rank_is_named_by_the_one_that_is_left(model, dataset, tmp_path):
    with Job(tmp_path / "out", endless(model, dataset, tmp_path / "out"), ranks=3) as job:
        job.wait_for_step(3)
        first, middle, last = job.ranks()
        os.kill(first, signal.SIGSTOP)
        os.kill(last, signal.SIGSTOP)
        assert job.wait() == RUN_FAILURE
        (line,) = job.errors()
        assert re.search(r"\[rank 1/3 host", line) and re.search(r"rank (0|2) on host \S+ \(and rank (2|0)\) did not arrive", line), line


def test_a_rank_that_hangs_in_reading_is_named_with_what_it_reads(model, long_dataset, tmp_path):
    trigger = tmp_path / "now"
    with Job(tmp_path / "out", endless(model, long_dataset, tmp_path / "out"), env=fault("read", "part-", "hang", 1, trigger)) as job:
        job.wait_for_step(3)
        trigger.touch()
        assert job.wait() == RUN_FAILURE
        (line,) = job.errors()
        assert re.search(rf"rank 1 on host \S+ did not arrive in {OPERATION}.*\(it lives, but is stuck at step \d+: reading rows", line), line


@pytest.mark.parametrize("file", ["state-00000", "model.safetensors"])
def test_a_disk_that_takes_three_timeouts_is_waited_for(file, model, dataset, tmp_path):
    output = tmp_path / "out"
    flags = ["--max_steps", 2, "--save_strategy", "steps", "--save_steps", 2, "--timeout", 1]
    start = time.monotonic()
    with Job(output, endless(model, dataset, output, *flags), env=fault("fsync", file, "sleep:3.2", 0)) as job:
        assert job.wait(timeout=120) == 0, job.err.read_text()
        assert job.errors() == [] and time.monotonic() - start > 3.2
    assert len(read_metrics(output)) == 2 and (output / "checkpoint-2").is_dir() and (output / "model.safetensors").exists()


def test_a_job_that_was_suspended_goes_on(model, dataset, tmp_path):
    with Job(tmp_path / "out", endless(model, dataset, tmp_path / "out")) as job:
        job.wait_for_step(3)
        for rank in job.ranks():
            os.kill(rank, signal.SIGSTOP)
        job.wait_until(lambda: all(state_of(rank) == "T" for rank in job.ranks()), "being stopped")
        before = job.steps()
        time.sleep(2.5 * TIMEOUT)
        assert job.steps() == before
        for rank in job.ranks():
            os.kill(rank, signal.SIGCONT)
        job.wait_for_step(before + 20)
        time.sleep(1.5 * TIMEOUT)
        assert job.process.poll() is None and job.errors() == []
