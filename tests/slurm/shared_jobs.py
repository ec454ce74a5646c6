"""The private Slurm and the jobs that several test modules need: made once a session, whoever asks first."""
import contextlib
import pathlib
import shutil
import tempfile

import pytest

from conftest import BIN, ROOT, rows, write_jsonl
from job_control import submit, training, wait_for
from private_slurm import PrivateSlurm

MADE = pytest.StashKey()
ENDS = pytest.StashKey()


def once(config, name, make):
    """A fixture that modules import is one fixture a module to pytest; what it gives is one a session."""
    made = config.stash.setdefault(MADE, {})
    if name not in made:
        made[name] = make()
    return made[name]


def at_session_end(config, end):
    if ENDS not in config.stash:
        config.stash[ENDS] = contextlib.ExitStack()
        config.add_cleanup(config.stash[ENDS].close)
    config.stash[ENDS].callback(end)


@pytest.fixture(scope="session")
def slurm(pytestconfig):
    def make():
        root = pathlib.Path(tempfile.mkdtemp(prefix="hone-slurm-"))  # short: it holds a socket
        private = PrivateSlurm(root, nodes=4)
        private.environment |= {"HONE_HOME": str(ROOT), "HONE_BIN": str(BIN), "HONE_LAUNCHER": "mpirun"}
        at_session_end(pytestconfig, lambda: shutil.rmtree(root, ignore_errors=True))
        at_session_end(pytestconfig, private.stop)
        return private.start()

    return once(pytestconfig, "slurm", make)


@pytest.fixture(scope="session")
def folder(pytestconfig, tmp_path_factory):
    return once(pytestconfig, "folder", lambda: tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="session")
def model(make_model):
    return make_model("qwen2_tied")


@pytest.fixture(scope="session")
def prepared(pytestconfig, slurm, folder, tokenizer_folder):
    """The dataset that a job is making, and that job."""
    def make():
        source = write_jsonl(folder / "rows.jsonl", rows())
        return folder / "dataset", submit(slurm, folder / "preprocess.log", [], "slurm/preprocess.sbatch", "-m", tokenizer_folder,
                                          "-d", source, "--output", folder / "dataset")

    return once(pytestconfig, "prepared", make)


@pytest.fixture(scope="session")
def unbroken_job(pytestconfig, slurm, folder, model, prepared):
    dataset, job = prepared
    return once(pytestconfig, "unbroken", lambda: submit(slurm, folder / "unbroken.log", [f"--dependency=afterok:{job}"],
                                                         *training(model, dataset, folder / "unbroken")))


@pytest.fixture(scope="session")
def unbroken(slurm, folder, unbroken_job):
    """The folder of a run that nothing stopped."""
    wait_for(slurm, unbroken_job, folder / "unbroken.log", "COMPLETED")
    return folder / "unbroken"


@pytest.fixture(scope="session")
def dataset_of_job(unbroken, prepared):
    """The dataset, made."""
    return prepared[0]
