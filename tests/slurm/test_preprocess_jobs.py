"""slurm/preprocess.sbatch as an array: the dataset of one job, and what a slice that fails leaves."""
import gzip
import json

import pytest

from conftest import rows
from job_control import submit, text_of, wait_for
from shared_jobs import folder, slurm  # noqa: F401

USAGE, DATA = 2, 3
# Small enough that every slice has some; an array's tasks share nodes, so that they run side by side.
SEGMENTS = ["--segment_bytes", 5000]


@pytest.fixture(scope="module")
def lines():
    items = rows(60)
    return [json.dumps({**item, "messages": [*item["messages"][:-1], {**item["messages"][-1], "content": f"{i} {j}"}]})
            for i in range(2) for j, item in enumerate(items)]


@pytest.fixture(scope="module")
def source(folder, lines):  # noqa: F811
    path = folder / "array.jsonl"
    path.write_text("\n".join(lines) + "\n")
    assert path.stat().st_size > 10 * SEGMENTS[1]
    return path


@pytest.fixture
def preprocess(slurm, folder, tokenizer_folder):  # noqa: F811
    """preprocess(name, options, source, flags...) -> the job's number; its log is NAME.log, NAME-I.log of an array's task."""
    def start(name, options, source, *flags):
        array = any(option.startswith("--array") for option in options)
        return submit(slurm, folder / f"{name}{'-%a' if array else ''}.log", options, "slurm/preprocess.sbatch", "-m", tokenizer_folder, *SEGMENTS,
                      "-d", source, *flags)

    return start


def contents(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def failed_with(slurm, job, log, code):  # noqa: F811
    wait_for(slurm, job, log, "FAILED")
    assert slurm.show(job)["ExitCode"] == f"{code}:0", text_of(log)


@pytest.mark.parametrize("numbers", ["1-3", "0-1"])
def test_an_array_of_slices_gives_the_bytes_of_one_job(numbers, slurm, folder, source, preprocess):  # noqa: F811
    single, output = folder / "single", folder / f"array-{numbers}"
    one = preprocess("single", [], source, "--output", single, "--overwrite_output_dir")
    array = preprocess(output.name, [f"--array={numbers}"], source, "--output", output)
    last = preprocess(f"{output.name}-finish", [f"--dependency=afterok:{array}"], source, "--output", output, "--finish")
    wait_for(slurm, one, folder / "single.log", "COMPLETED")
    wait_for(slurm, last, folder / f"{output.name}-finish.log", "COMPLETED")
    assert contents(output) == contents(single) and len(contents(single)) >= 2
    first, end = map(int, numbers.split("-"))
    for number in range(first, end + 1):
        slice_name = f"{number - first + 1}/{end - first + 1}"
        text = text_of(folder / f"{output.name}-{number}.log")
        assert f"slice {slice_name} of {output}" in text and f"hone-job: slice {slice_name}: exit 0" in text
    assert not list(folder.glob(f"{output.name}.hone-*"))


def test_a_slice_that_is_missing_is_named_and_made_by_itself(slurm, folder, source, preprocess):  # noqa: F811
    output = folder / "missing"
    array = preprocess("missing", ["--array=1-3", "--hold"], source, "--output", output)
    waits = preprocess("missing-waits", [f"--dependency=afterok:{array}"], source, "--output", output, "--finish")
    cancelled = preprocess("missing-cancelled", [f"--dependency=afterok:{array}", "--kill-on-invalid-dep=yes"], source,
                           "--output", output, "--finish")
    slurm.call("scancel", f"{array}_2")
    slurm.call("scontrol", "release", array)
    for number in (1, 3):
        wait_for(slurm, f"{array}_{number}", folder / f"missing-{number}.log", "COMPLETED")
    wait_for(slurm, cancelled, folder / "missing-cancelled.log", "CANCELLED")
    assert slurm.state(waits) == "PENDING"
    slurm.call("scancel", waits)
    early = preprocess("missing-early", [], source, "--output", output, "--finish")
    failed_with(slurm, early, folder / "missing-early.log", USAGE)
    assert "segments are missing in" in text_of(folder / "missing-early.log")
    assert "of slice 2/3)" in text_of(folder / "missing-early.log") and not output.exists()
    again = preprocess("missing-2", [], source, "--output", output, "--slice", "2/3")
    last = preprocess("missing-finish", [f"--dependency=afterok:{again}"], source, "--output", output, "--finish")
    one = preprocess("missing-single", [], source, "--output", folder / "whole")
    wait_for(slurm, last, folder / "missing-finish.log", "COMPLETED")
    wait_for(slurm, one, folder / "missing-single.log", "COMPLETED")
    assert contents(output) == contents(folder / "whole")


def test_a_slice_that_fails_names_the_cause_and_itself(slurm, folder, lines, source, preprocess):  # noqa: F811
    """A packed file that ends early is found by the slice that unpacks it."""
    packed = folder / "cut.jsonl.gz"
    packed.write_bytes(gzip.compress("\n".join(lines * 40).encode())[:-20])  # all look at its beginning
    array = preprocess("cut", ["--array=1-2"], source, packed, "--output", folder / "cut")
    logs = {number: folder / f"cut-{number}.log" for number in (1, 2)}
    for number, log in logs.items():
        wait_for(slurm, f"{array}_{number}", log, "FAILED", "COMPLETED")
    (failed,) = [number for number in logs if slurm.state(f"{array}_{number}") == "FAILED"]
    failed_with(slurm, f"{array}_{failed}", logs[failed], DATA)
    text = text_of(logs[failed])
    assert f"{packed} is cut short" in text and text.rstrip().endswith(f"hone-job: slice {failed}/2 failed: exit {DATA}"), text
    last = preprocess("cut-finish", [], source, packed, "--output", folder / "cut", "--finish")
    failed_with(slurm, last, folder / "cut-finish.log", USAGE)
    assert f"of slice {failed}/2)" in text_of(folder / "cut-finish.log")


def test_a_bad_line_is_named_by_the_job_that_joins_the_slices(slurm, folder, lines, preprocess):  # noqa: F811
    bad = folder / "bad.jsonl"
    bad.write_text("\n".join("{" if number == 100 else line for number, line in enumerate(lines, 1)) + "\n")
    array = preprocess("bad", ["--array=1-2"], bad, "--output", folder / "bad")
    last = preprocess("bad-finish", [f"--dependency=afterok:{array}"], bad, "--output", folder / "bad", "--finish")
    failed_with(slurm, last, folder / "bad-finish.log", DATA)
    assert f"{bad}:100 (byte" in text_of(folder / "bad-finish.log") and not (folder / "bad").exists()


@pytest.mark.parametrize("numbers", ["2-3", "1-5:2", "3"])
def test_an_array_that_would_cut_the_rows_otherwise_than_it_looks_is_refused(numbers, slurm, folder, source, preprocess):  # noqa: F811
    name = f"refused-{numbers.replace(':', '-')}"
    array = preprocess(name, [f"--array={numbers}"], source, "--output", folder / name)
    first = numbers.split("-")[0]
    log = folder / f"{name}-{first}.log"
    failed_with(slurm, f"{array}_{first}", log, USAGE)
    assert "--slice I/N" in text_of(log) and not list(folder.glob(f"{name}*.hone-work"))
