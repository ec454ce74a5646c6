"""One rank fails while the others wait for it: the job ends with that rank's line and exit code."""
import os
import pathlib
import subprocess

import pytest

from conftest import ROOT

PROGRAM = pathlib.Path(os.environ.get("HONE_TESTS", ROOT / "build" / "tests")) / "dying_rank"


@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("failure, code, text", [
    ("data", 3, "part 3 is broken (its checksum differs); copy it again"),
    ("usage", 2, "--x is wrong; leave it out"),
    ("unknown", 1, "something else"),
])
def test_a_failing_rank_ends_the_job_with_its_line_and_code(ranks, failure, code, text):
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    result = subprocess.run(["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks), PROGRAM, failure],
                            capture_output=True, text=True, timeout=60, env=environment)
    assert result.returncode == code
    lines = [line for line in result.stderr.splitlines() if line.startswith("dying_rank: error: ")]
    assert len(lines) == 1
    assert f"[rank {ranks - 1}/{ranks} host " in lines[0] and lines[0].endswith(text)
