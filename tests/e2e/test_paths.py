"""Paths that can't be looked at end a program in one line with the right exit code."""
import os

import pytest

from conftest import rows, run, write_jsonl

USAGE, DATA = 2, 3


@pytest.fixture(params=["too long", "a circle", "text with line breaks"])
def unreachable(request, tmp_path):
    if request.param == "a circle":
        (tmp_path / "circle").symlink_to(tmp_path / "circle")
        return tmp_path / "circle"
    return "x" * 300 if request.param == "too long" else "{% for message in messages %}\n" * 20


def refused(result, code, *words):
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


@pytest.mark.parametrize("flag", ["--model_name_or_path", "--data_path", "--eval_data_path", "--output_dir", "--resume_from_checkpoint"])
def test_a_folder_of_hone_train_that_cannot_be_looked_at_is_named_by_its_flag(flag, unreachable, make_model, dataset, tmp_path):
    flags = {"--model_name_or_path": make_model("qwen2"), "--data_path": dataset, "--output_dir": tmp_path / "out", flag: unreachable}
    refused(run("hone-train", "--dry_run", *[word for pair in flags.items() for word in pair], check=False), USAGE, flag)


@pytest.mark.parametrize("flag, code", [("--tokenizer", USAGE), ("--input", DATA), ("--output", USAGE), ("--template", USAGE)])
def test_a_path_of_hone_preprocess_that_cannot_be_looked_at_is_named_by_its_flag(flag, code, unreachable, tokenizer_folder, tmp_path):
    flags = {"--tokenizer": tokenizer_folder, "--input": write_jsonl(tmp_path / "rows.jsonl", rows(2)), "--output": tmp_path / "out",
             flag: unreachable}
    refused(run("hone-preprocess", *[word for pair in flags.items() for word in pair], check=False), code, flag)


@pytest.mark.parametrize("given", ["", ","])
def test_an_input_without_a_name_is_a_wrong_flag(given, tokenizer_folder, tmp_path):
    refused(run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", given, "--output", tmp_path / "out", check=False), USAGE, "--input")


def test_a_tokenizer_folder_that_is_not_there_is_named_as_that(tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", rows(2))
    result = run("hone-preprocess", "--tokenizer", tmp_path / "none", "--input", source, "--output", tmp_path / "out", check=False)
    refused(result, DATA, f"--tokenizer {tmp_path / 'none'} is no folder")


@pytest.mark.parametrize("flag, beside", [("--output", ".rejected.jsonl.hone-new"), ("--eval_output", ".hone-replaced")])
def test_an_output_beside_which_no_longer_name_fits_is_refused_before_work(flag, beside, tokenizer_folder, tmp_path):
    source, made = write_jsonl(tmp_path / "rows.jsonl", rows(8)), tmp_path / "made"
    made.mkdir()
    longest = os.pathconf(tmp_path, "PC_NAME_MAX") - len(beside)

    def preprocess(name, **options):
        flags = {"--tokenizer": tokenizer_folder, "--input": source, "--output": made / "out", "--eval_output": made / "eval", "--eval_rows": 2,
                 flag: made / name}
        return run("hone-preprocess", "--overwrite_output_dir", *[word for pair in flags.items() for word in pair], **options)

    refused(preprocess("x" * (longest + 1), check=False), USAGE, flag, "has too long a name", beside)
    assert not list(made.iterdir())
    for _ in range(2):  # the second one replaces a dataset
        preprocess("x" * longest)
    preprocess("ü" * (longest // 2))
    with source.open("a") as file:
        file.write("no row\n")
    refused_rows = preprocess("y" * longest, check=False)
    assert refused_rows.returncode == DATA and "rejected.jsonl" in refused_rows.stderr, refused_rows.stderr
