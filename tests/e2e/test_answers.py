"""What a program was asked to print must get through, or the program fails."""
import subprocess

import pytest

from conftest import BIN


@pytest.mark.parametrize("answer", ["--help", "--version"])
@pytest.mark.parametrize("program", ["hone-train", "hone-preprocess", "hone-inspect", "hone-export"])
def test_an_answer_that_did_not_get_through_is_a_failure(program, answer):
    with open("/dev/full", "w") as full:
        result = subprocess.run([BIN / program, answer], stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1 and "No space left" in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("program", ["hone-train", "hone-preprocess"])
def test_a_configuration_that_did_not_get_through_is_a_failure(program):
    with open("/dev/full", "w") as full:
        result = subprocess.run([BIN / program, "--print_config"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1 and "No space left" in result.stderr
