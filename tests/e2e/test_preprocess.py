"""hone-preprocess as a program: its options, warnings, rejected lines, and what it leaves behind."""
import json
import random
import shutil
import signal
import subprocess
import time

import pytest

from conftest import BIN, rows, run, write_jsonl


def preprocess(tokenizer, source, output, *flags, **options):
    return run("hone-preprocess", "--tokenizer", tokenizer, "--input", source, "--output", output, *flags, **options)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("flags, prompt", [([], "You are a test."), (["--system_prompt", "Mine."], "Mine."),
                                           (["--system_prompt", ""], "")])
def test_the_manifest_tells_which_system_turn_was_put_in(flags, prompt, tokenizer_folder, tmp_path):
    preprocess(tokenizer_folder, write_jsonl(tmp_path / "rows.jsonl", rows(3)), tmp_path / "out", *flags)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["template"]["system_prompt"] == prompt


def test_no_system_turn_is_null_in_the_manifest(tokenizer_folder, tmp_path):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "tokenizer")
    (folder / "chat_template.jinja").unlink()
    preprocess(folder, write_jsonl(tmp_path / "rows.jsonl", rows(3)), tmp_path / "out", "--template", "chatml")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["template"]["system_prompt"] is None
