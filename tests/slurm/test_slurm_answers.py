"""What the job scripts make of a Slurm whose controller answers late or not at all; `scontrol` is one of the test's own."""
import subprocess

import pytest

from conftest import ROOT

STOPPED = 75
SCRIPT = """
source slurm/job.sh
set -u
sleep() { :; }
scontrol() {
  echo "$*" >>"$CALLS"
  (($(wc -l <"$CALLS") > SILENT)) || { echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; return 1; }
  [[ $1 != --oneliner ]] || echo "JobId=7 JobState=$STATE Restarts=0 PreemptTime=None"
}
HONE_MAX_RESTARTS=3 SLURM_JOB_ID=7 output_dir=$OUTPUT code=$CODE
end_training
"""
FOREVER = 1000


@pytest.fixture
def end(tmp_path):
    def end(code, silent=0, state="RUNNING", **more):
        calls = tmp_path / "calls"
        calls.write_text("")
        result = subprocess.run(["bash", "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=60,
                                env={"PATH": "/usr/bin:/bin", "CALLS": str(calls), "SILENT": str(silent), "STATE": state,
                                     "CODE": str(code), "OUTPUT": str(tmp_path), **more})
        return result, calls.read_text().splitlines()

    return end


def test_a_run_that_stopped_is_requeued_once_slurm_answers(end):
    result, calls = end(STOPPED, silent=2)
    assert result.returncode == STOPPED and "requeueing" in result.stdout
    assert calls == ["--oneliner show job 7"] * 3 + ["requeue 7"]


def test_a_job_that_slurm_ends_is_not_brought_back_to_life(end):
    result, calls = end(STOPPED, state="COMPLETING")
    assert result.returncode == STOPPED and "while Slurm ends the job: not requeued" in result.stdout
    assert "requeue 7" not in calls


def test_without_an_answer_requeueing_is_tried_all_the_same(end):
    result, calls = end(STOPPED, silent=FOREVER)
    assert result.returncode == STOPPED and "Slurm did not requeue the job; submit it again" in result.stdout
    assert calls.count("requeue 7") > 1


def test_without_an_answer_a_chain_goes_on(end):
    result, calls = end(STOPPED, silent=FOREVER, HONE_CHAIN_NEXT="8")
    assert result.returncode == 0 and "the next job of the chain goes on" in result.stdout


def test_without_an_answer_a_failure_is_not_called_preemption(end):
    result, calls = end(1, silent=FOREVER)
    assert result.returncode == 1 and "Slurm does not tell whether it preempted the job" in result.stdout
    assert "requeue 7" not in calls
