"""The job scripts under a real Slurm: what ends in a requeue, what never does, and that nothing of the run is lost by it."""
import time

from conftest import ROOT
from job_control import (ask_to_stop, held, same_to_the_bit, start_now, submit, text_of, training, wait_for,
                         wait_until_asked)
from shared_jobs import folder, model, prepared, slurm, unbroken, unbroken_job  # noqa: F401

STOPPED = 75


def test_a_time_limit_ends_in_a_requeue_and_the_result_is_that_of_the_unbroken_run(slurm, folder, model, prepared, unbroken_job,
                                                                                    request):
    dataset, preprocessing = prepared
    output, log = folder / "limited", folder / "limited.log"
    job = submit(slurm, log, [f"--dependency=afterok:{preprocessing}", "--time=2", "--signal=B:USR1@40"],
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
