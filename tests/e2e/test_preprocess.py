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


def test_any_number_of_threads_gives_the_same_bytes(tokenizer_folder, tmp_path):
    # More than one block of lines, so that threads have something to disagree about.
    source = write_jsonl(tmp_path / "rows.jsonl", rows(12) * 600)
    assert source.stat().st_size > 2 << 20
    for threads in [1, 2, 5]:
        preprocess(tokenizer_folder, source, tmp_path / str(threads), "--threads", threads)
    one = contents(tmp_path / "1")
    assert contents(tmp_path / "2") == one and contents(tmp_path / "5") == one


def test_print_config_tells_the_options_in_effect(tokenizer_folder, tmp_path):
    written = {"deduplicate": False, "eval_output": "", "eval_fraction": None, "eval_rows": None, "split_seed": 42,
               "shuffle_seed": None, "slice": None, "finish": False, "segment_bytes": 0}
    shown = json.loads(run("hone-preprocess", "--print_config").stdout)
    assert shown == {"tokenizer": "", "input": [], "format": "auto", "column": {}, "weight": {}, "output": "", "template": "auto", "system_prompt": None, "loss": "assistant",
                     "thinking": "keep", "model_max_length": 512, "overlong": "truncate", "on_bad_line": "stop", "threads": 0,
                     "overwrite_output_dir": False, "show": 0, **written}
    shown = json.loads(run("hone-preprocess", "--tokenizer", "m", "--input", "a,b", "c", "--output", "o", "--template", "chatml",
                           "--system-prompt", "Be brief.", "--loss=last", "--model_max_length", 9, "--overlong", "drop",
                           "--on_bad_line", "skip", "--threads", 3, "--overwrite_output_dir", "True", "--thinking", "split",
                           "--show", 4, "--format", "alpaca", "--column", "output=answer", "--weight", "a=2", "--print_config").stdout)
    assert shown == {"tokenizer": "m", "input": ["a", "b", "c"], "format": "alpaca", "column": {"output": "answer"},
                     "weight": {"a": 2.0, "b": 1.0, "c": 1.0}, "output": "o", "template": "chatml", "system_prompt": "Be brief.", "loss": "last", "thinking": "split", "model_max_length": 9, "overlong": "drop", "on_bad_line": "skip",
                     "threads": 3, "overwrite_output_dir": True, "show": 4, **written}
    assert run("hone-preprocess", "--print_config", "--loss", "lst", check=False).returncode == 2


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


def test_a_length_beyond_the_models_positions_is_warned_of_once(make_model, tmp_path):
    source, model = write_jsonl(tmp_path / "rows.jsonl", rows(3)), make_model("qwen2")  # 512 positions
    assert "max_position_embeddings" not in preprocess(model, source, tmp_path / "a", "--model_max_length", 512).stderr
    (line,) = preprocess(model, source, tmp_path / "b", "--model_max_length", 513).stderr.splitlines()
    assert line.startswith("hone-preprocess: warning: --model_max_length 513 exceeds max_position_embeddings 512 of ")
    assert str(model / "config.json") in line


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_rejected_lines_are_listed_with_file_line_offset_and_reason(mark, end, tokenizer_folder, tmp_path):
    good = [json.dumps(row, ensure_ascii=False).encode() for row in rows(10) * 100]
    faults = {17: good[0][:40], 230: good[1].replace(b'"role"', b'"role', 1), 401: good[2] + b" " + good[3], 612: b"null",
              900: b"17", 1000: good[4].replace(b"jumps", b"\xc0jumps", 1).replace(b"fox", b"\xc0fox", 1)}
    lines = [faults.get(number, line) for number, line in enumerate(good, 1)]
    lines[499] = b""  # blank lines are counted, not refused
    source = tmp_path / "rows.jsonl"
    source.write_bytes(mark + end.join(lines) + end)
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--on_bad_line", "skip")
    rejected = [json.loads(line) for line in (tmp_path / "out" / "rejected.jsonl").read_text().splitlines()]
    assert [entry["line"] for entry in rejected] == sorted(faults)
    data = source.read_bytes()
    for entry in rejected:
        assert set(entry) == {"file", "line", "byte", "reason"}
        assert entry["file"] == str(source) and entry["reason"]
        text = faults[entry["line"]]
        assert data[entry["byte"]:entry["byte"] + len(text) + len(end)] == text + end
        assert f"{source}:{entry['line']} (byte {entry['byte']}): " in result.stderr
    counts = json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]
    assert counts["dropped"] == {"bad_line": 6} and counts["rows"] == 993
    assert "skipped    1 blank lines" in result.stdout


def test_a_killed_overwrite_leaves_a_whole_dataset_or_one_the_next_run_puts_back(tokenizer_folder, tmp_path):
    old, new = (write_jsonl(tmp_path / f"{name}.jsonl", rows(count)) for name, count in [("old", 3), ("new", 5)])
    data = tmp_path / "data"
    preprocess(tokenizer_folder, old, data)
    started = time.monotonic()
    preprocess(tokenizer_folder, new, data, "--overwrite_output_dir")
    whole_run = time.monotonic() - started
    random.seed(3)
    for i in range(25):
        source = [old, new][i % 2]
        job = subprocess.Popen([BIN / "hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", data,
                                "--overwrite_output_dir"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole_run * random.uniform(0.3, 1.1))
        job.send_signal(signal.SIGKILL)
        job.wait()
        if not data.exists():
            message = run("hone-inspect", "dataset", data, check=False).stderr
            assert "interrupted while it replaced it" in message
            assert run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", old, "--output", data, check=False).returncode == 2
        run("hone-inspect", "dataset", data, "--verify")
    preprocess(tokenizer_folder, new, data, "--overwrite_output_dir")
    assert json.loads((data / "manifest.json").read_text())["counts"]["rows"] == 5
    assert not (tmp_path / "data.hone-replaced").exists()


@pytest.mark.parametrize("flags, word", [(["--output", ""], "--output"), (["--system_prompt", b"caf\xe9"], "UTF-8"),
                                         (["--output", b"caf\xe9"], "UTF-8"), (["--threads", 1025], "--threads"),
                                         (["--output", "/"], "/")])
def test_wrong_flags_end_before_any_work(flags, word, tokenizer_folder, tmp_path):
    command = [BIN / "hone-preprocess", "--tokenizer", tokenizer_folder, "--input", write_jsonl(tmp_path / "rows.jsonl", rows(3))]
    if "--output" not in flags:
        command += ["--output", tmp_path / "out"]
    result = subprocess.run([*command, *(flag if isinstance(flag, bytes) else str(flag) for flag in flags)], cwd=tmp_path,
                            capture_output=True, text=True, errors="replace", timeout=60)
    assert result.returncode == 2 and word in result.stderr and "rows " not in result.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["rows.jsonl"]


@pytest.mark.parametrize("template", [5, ["x"], [{"name": 5, "template": "x"}], [{"name": "default", "template": 5}]])
def test_a_chat_template_that_is_no_text_is_bad_data(template, tokenizer_folder, tmp_path):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "tokenizer")
    (folder / "chat_template.jinja").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    result = run("hone-preprocess", "--tokenizer", folder, "--input", write_jsonl(tmp_path / "rows.jsonl", rows(3)),
                 "--output", tmp_path / "out", check=False)
    assert result.returncode == 3 and "tokenizer_config.json" in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("damage", [{"added_tokens": [{"id": -1, "content": "<|im_start|>"}]}, {"added_tokens": [1]},
                                    {"added_tokens": [{"id": 4_000_000_000, "content": "<|im_start|>"}]},
                                    {"normalizer": "NFC"}, {"model": {"type": "BPE"}},
                                    {"model": {"type": "BPE", "vocab": {"a": "b"}, "merges": []}},
                                    {"model": {"type": "BPE", "vocab": {"a": 1}, "merges": [5]}}])
def test_a_damaged_tokenizer_is_bad_data(damage, tokenizer_folder, tmp_path):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "tokenizer")
    good = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps({**good, **damage}))
    result = run("hone-preprocess", "--tokenizer", folder, "--input", write_jsonl(tmp_path / "rows.jsonl", rows(3)),
                 "--output", tmp_path / "out", check=False)
    assert result.returncode == 3 and "tokenizer.json" in result.stderr and len(result.stderr.splitlines()) == 1
