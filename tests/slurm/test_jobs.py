"""The job scripts under a real Slurm: what ends in a requeue, what never does, and that nothing of the run is lost by it."""
import tempfile
import time

import pytest

from conftest import BIN, ROOT, rows, write_jsonl
from job_control import (ask_to_stop, held, same_to_the_bit, start_now, submit, text_of, training, wait_for,
                         wait_until_asked)
from private_slurm import PrivateSlurm

STOPPED = 75


@pytest.fixture(scope="module")
def slurm():
    with tempfile.TemporaryDirectory(prefix="hone-slurm-") as root:
        private = PrivateSlurm(root, nodes=4)
        private.environment |= {"HONE_HOME": str(ROOT), "HONE_BIN": str(BIN), "HONE_LAUNCHER": "mpirun"}
        try:
            yield private.start()
        finally:
            private.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("qwen2_tied")


@pytest.fixture(scope="module")
def prepared(slurm, folder, tokenizer_folder):
    """The dataset that a job is making, and that job."""
    source = write_jsonl(folder / "rows.jsonl", rows())
    job = submit(slurm, folder / "preprocess.log", [], "slurm/preprocess.sbatch", "-m", tokenizer_folder, "-d", source,
                 "--output", folder / "dataset")
    return folder / "dataset", job


@pytest.fixture(scope="module")
def unbroken_job(slurm, folder, model, prepared):
    dataset, job = prepared
    return submit(slurm, folder / "unbroken.log", [f"--dependency=afterok:{job}"], *training(model, dataset, folder / "unbroken"))


@pytest.fixture(scope="module")
def unbroken(slurm, folder, unbroken_job):
    wait_for(slurm, unbroken_job, folder / "unbroken.log", "COMPLETED")
    return folder / "unbroken"


def test_a_time_limit_ends_in_a_requeue_and_the_result_is_that_of_the_unbroken_run(slurm, folder, model, prepared, unbroken_job,
                                                                                    request):
    dataset, preprocessing = prepared
    output, log = folder / "limited", folder / "limited.log"
    job = submit(slurm, log, [f"--dependency=afterok:{preprocessing}", "--time=1", "--signal=B:USR1@20"],
                 *training(model, dataset, output))
    with held(output, 3, log) as nodes:
        assert len(set(nodes)) == 2
        wait_until_asked(log)
    start_now(slurm, job, log)
    slurm.call("scontrol", "update", f"JobId={job}", "TimeLimit=10")  # the rest may take as long as this machine needs
    wait_for(slurm, job, log, "COMPLETED")
    assert slurm.show(job)["Restarts"] == "1"
    assert "resumed" in text_of(log)
    same_to_the_bit(output, request.getfixturevalue("unbroken"))


def test_a_file_stop_ends_a_job_for_good(slurm, folder, model, prepared, unbroken):
    output, log = folder / "stopped", folder / "stopped.log"
    job = submit(slurm, log, [], *training(model, prepared[0], output))
    with held(output, 3, log):
        (output / "STOP").touch()
        time.sleep(1.2)  # rank 0 looks about once a second
    wait_for(slurm, job, log, "FAILED")
    assert slurm.show(job)["ExitCode"] == f"{STOPPED}:0" and slurm.show(job)["Restarts"] == "0"
    assert f"the file {output / 'STOP'}: not requeued" in text_of(log)


def test_a_chain_goes_on_job_by_job(slurm, folder, model, prepared, unbroken):
    output, log = folder / "chained", folder / "chained-%j.log"
    words = slurm.call(ROOT / "slurm" / "chain.sh", 3, f"--chdir={ROOT}", f"--output={log}",
                       *training(model, prepared[0], output)).split()
    jobs, logs = words[-3:], [folder / f"chained-{job}.log" for job in words[-3:]]
    with held(output, 3, logs[0]):
        ask_to_stop(slurm, jobs[0], logs[0])
    for job, log in zip(jobs, logs):
        wait_for(slurm, job, log, "COMPLETED")
        assert slurm.show(job)["Restarts"] == "0"
    assert "the next job of the chain goes on" in text_of(logs[0])
    assert "resumed" in text_of(logs[1]) and "nothing to do" in text_of(logs[2])
    same_to_the_bit(output, unbroken)


def test_a_chain_ends_with_the_first_job_that_fails(slurm, folder, model, prepared, unbroken):
    words = slurm.call(ROOT / "slurm" / "chain.sh", 3, f"--chdir={ROOT}", f"--output={folder}/broken-%j.log",
                       *training(model, prepared[0], folder / "broken", "--learning_rat", 1)).split()
    jobs = words[-3:]
    wait_for(slurm, jobs[0], folder / f"broken-{jobs[0]}.log", "FAILED")
    for job in jobs[1:]:
        wait_for(slurm, job, folder / f"broken-{job}.log", "CANCELLED")
        assert not (folder / f"broken-{job}.log").exists()
