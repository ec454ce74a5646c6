"""hone-preprocess over ranks and slices, killed and continued, split, without duplicates and shuffled."""
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import h5py
import numpy
import pytest

from conftest import BIN, rows, run, write_jsonl
from job import fault

SEGMENT = ("--segment_bytes", 20000)


def command(tokenizer, source, output, *flags):
    sources = source if isinstance(source, list) else [source]
    return ["--tokenizer", tokenizer, "--input", *sources, "--output", output, *SEGMENT, *flags]


def preprocess(tokenizer, source, output, *flags, **options):
    return run("hone-preprocess", *command(tokenizer, source, output, *flags), **options)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def read_rows(folder):
    """(file, line, ids, mask) of each row, by h5py."""
    found = []
    for part in manifest(folder)["parts"]:
        with h5py.File(folder / part["file"]) as file:
            tokens, mask, offsets = file["tokens"][:], file["loss_mask"][:], file["offsets"][:]
            for i in range(len(offsets) - 1):
                cut = slice(offsets[i], offsets[i + 1])
                found.append((int(file["source/file"][i]), int(file["source/line"][i]), tuple(tokens[cut]), tuple(mask[cut])))
    return found


def until(job, path, timeout=120):
    """Comes back when `path` is there; a job that never makes it is killed."""
    deadline = time.monotonic() + timeout
    while not path.exists():
        assert job.poll() is None, f"the job ended before {path} was there"
        if time.monotonic() > deadline:
            job.kill()
            pytest.fail(f"{path} was not there after {timeout} seconds")
        time.sleep(0.01)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Some 200 kB of lines, none like another."""
    items = rows(60)
    for i in range(8):
        for j, item in enumerate(rows(60)):
            item["messages"][-1]["content"] += f" {i} {j}"
            items.append(item)
    path = write_jsonl(tmp_path_factory.mktemp("source") / "rows.jsonl", items)
    assert path.stat().st_size > 5 * SEGMENT[1]
    return path


@pytest.fixture(scope="module")
def plain(tokenizer_folder, source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain") / "out"
    run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", folder, "--threads", 1)
    return folder


ALL = ("--deduplicate", "--eval_fraction", 0.2, "--shuffle_seed", 5)


@pytest.mark.parametrize("flags", [(), ALL])
def test_ranks_slices_and_threads_give_the_bytes_of_one_process(flags, tokenizer_folder, source, plain, tmp_path):
    def outputs(name):
        return (tmp_path / name, *flags, *(["--eval_output", tmp_path / f"{name}-eval"] if flags else []))

    def made(name):
        return contents(tmp_path / name), contents(tmp_path / f"{name}-eval") if flags else {}

    preprocess(tokenizer_folder, source, *outputs("one"), "--threads", 2)
    expected = made("one")
    assert flags or expected[0] == contents(plain)
    for ranks in [2, 4]:
        preprocess(tokenizer_folder, source, *outputs(f"np{ranks}"), "--threads", 1, ranks=ranks)
        assert made(f"np{ranks}") == expected, ranks
    for slices in [1, 3]:
        for i in random.Random(1).sample(range(1, slices + 1), slices):
            preprocess(tokenizer_folder, source, *outputs(f"slices{slices}"), "--slice", f"{i}/{slices}")
            assert not (tmp_path / f"slices{slices}").exists()
        preprocess(tokenizer_folder, source, *outputs(f"slices{slices}"), "--finish")
        assert made(f"slices{slices}") == expected, slices
    assert not list(tmp_path.glob("*.hone-*"))  # work is put away


def test_bad_lines_have_the_lines_of_their_files_whoever_read_them(tokenizer_folder, tmp_path):
    good = [json.dumps(row, ensure_ascii=False) for row in rows(60) * 5]
    sources = []
    for name, faults in [("a", {3, 77, 250}), ("b", {1, 199, 300})]:
        lines = ["{" if number in faults else line for number, line in enumerate(good, 1)]
        lines[150] = "x" * 50000  # a line over several segments
        sources.append(tmp_path / f"{name}.jsonl")
        sources[-1].write_text("\n".join(lines))
    flags = ("--on_bad_line", "skip")
    preprocess(tokenizer_folder, sources, tmp_path / "one", *flags)
    rejected = [json.loads(line) for line in (tmp_path / "one" / "rejected.jsonl").read_text().splitlines()]
    assert [(entry["file"][-7], entry["line"]) for entry in rejected] == [
        ("a", 3), ("a", 77), ("a", 151), ("a", 250), ("b", 1), ("b", 151), ("b", 199), ("b", 300)]
    for entry in rejected:
        data = sources["ab".index(entry["file"][-7])].read_bytes()
        assert data[:entry["byte"]].count(b"\n") == entry["line"] - 1
    preprocess(tokenizer_folder, sources, tmp_path / "np3", *flags, ranks=3)
    assert contents(tmp_path / "np3") == contents(tmp_path / "one")
    for name, ranks in [("stop", 1), ("stop3", 3)]:
        result = preprocess(tokenizer_folder, sources, tmp_path / name, ranks=ranks, check=False)
        assert result.returncode == 3 and f"{sources[0]}:3 (byte" in result.stderr and not (tmp_path / name).exists()


def test_a_template_that_fails_names_the_line_of_the_file(tokenizer_folder, tmp_path):
    items = rows(60) * 5
    items[280]["messages"] = [{"role": "user", "content": "loop"}, {"role": "assistant", "content": "x"}]
    source = write_jsonl(tmp_path / "rows.jsonl", items)
    template = tmp_path / "t.jinja"
    template.write_text("{% for message in messages %}{% if message.content == 'loop' %}{% for i in range(99999999) %}{% endfor %}{% endif %}"
                        "<|im_start|>{{ message.role }}\n{% generation %}{{ message.content }}<|im_end|>{% endgeneration %}\n{% endfor %}")
    for ranks in [1, 2]:
        result = preprocess(tokenizer_folder, source, tmp_path / "out", "--template", template, ranks=ranks, check=False)
        assert result.returncode == 3 and f"{source}:281 (byte" in result.stderr, result.stderr


def test_slices_that_are_missing_or_of_other_options_are_refused(tokenizer_folder, source, tmp_path):
    def attempt(*flags):
        result = preprocess(tokenizer_folder, source, tmp_path / "out", *flags, check=False)
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1, result.stderr
        return result.stderr

    assert "no slice" in attempt("--finish")
    preprocess(tokenizer_folder, source, tmp_path / "out", "--slice", "1/3")
    assert "segments are missing" in attempt("--finish")
    assert "--model_max_length changed" in attempt("--slice", "2/3", "--model_max_length", 100)
    assert "--model_max_length changed" in attempt("--finish", "--model_max_length", 100)
    for wrong in ["0/3", "4/3", "1", "1/3x", "-1/3"]:
        assert "--slice" in attempt(f"--slice={wrong}")
    whole = preprocess(tokenizer_folder, source, tmp_path / "out")  # goes on with what the slice has made
    assert "going on" in whole.stdout and (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize(("ranks", "flags"), [(1, ALL), (2, ALL), (1, ("--deduplicate", "--eval_fraction", 0.2))])
def test_a_killed_run_goes_on_and_gives_the_bytes_of_an_unbroken_one(ranks, flags, tokenizer_folder, source, tmp_path):
    # A file that is read whole, and one that is cut.
    small = write_jsonl(tmp_path / "small.jsonl", rows(9))
    sources = [small, write_jsonl(tmp_path / "big.jsonl", [json.loads(line) for line in source.read_text().splitlines()] * 4)]
    flags = [*flags, "--threads", "1"]
    started = time.monotonic()
    preprocess(tokenizer_folder, sources, tmp_path / "one", *flags, "--eval_output", tmp_path / "one-eval", ranks=ranks)
    whole_run = time.monotonic() - started
    expected = contents(tmp_path / "one"), contents(tmp_path / "one-eval")
    arguments = [str(word) for word in command(tokenizer_folder, sources, tmp_path / "out", *flags, "--eval_output", tmp_path / "eval")]
    launcher = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks)] if ranks > 1 else []
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    generator = random.Random(ranks)
    for attempt in range(8):
        job = subprocess.Popen([*launcher, BIN / "hone-preprocess", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=environment, start_new_session=True)
        if attempt < 7:
            time.sleep(whole_run * generator.uniform(0.2, 0.9))
            os.killpg(job.pid, signal.SIGKILL)
        _, err = job.communicate()
        if (tmp_path / "out").exists():  # a kill may come when all is done
            break
        assert attempt < 7, err
    assert (contents(tmp_path / "out"), contents(tmp_path / "eval")) == expected
    assert job.returncode != 0 or not list(tmp_path.glob("*.hone-*"))


def as_killed_run(output):
    """What slices have made becomes that of one process that was killed."""
    for name in (output.parent / f"{output.name}.hone-work").glob("slice-*"):
        shutil.rmtree(name)


@pytest.mark.parametrize("flags", [(), ALL])
def test_a_run_goes_on_wherever_segments_are_missing(flags, tokenizer_folder, source, plain, tmp_path):
    if flags:
        preprocess(tokenizer_folder, source, tmp_path / "expected", *ALL, "--eval_output", tmp_path / "expected-eval")
    for index in range(1, 4):  # the first segment is there, or one behind it; the last one too, where 3 divides their number
        output, held_out = tmp_path / f"out-{index}", tmp_path / f"eval-{index}"
        words = [*flags, "--eval_output", held_out] if flags else []
        preprocess(tokenizer_folder, source, output, *words, "--slice", f"{index}/3")
        as_killed_run(output)
        result = preprocess(tokenizer_folder, source, output, *words)
        assert "going on" in result.stdout
        assert contents(output) == contents(tmp_path / "expected" if flags else plain)
        assert not flags or contents(held_out) == contents(tmp_path / "expected-eval")
    assert not list(tmp_path.glob("*.hone-*"))


def test_a_disk_that_fails_while_an_input_is_read_again_takes_no_work_away(tokenizer_folder, source, plain, tmp_path):
    out, work = tmp_path / "out", tmp_path / "out.hone-work"
    preprocess(tokenizer_folder, source, out, "--slice", "1/1")
    as_killed_run(out)
    (work / "input-000000.sha256").unlink()  # so that the input is read for its hash alone
    result = preprocess(tokenizer_folder, source, out, check=False,
                        env=fault("read", source, "fail:5", when=tmp_path / "out.hone-new"))  # behind the first look
    assert result.returncode == 1 and f"can't read {source} (Input/output error)" in result.stderr
    assert "going on" in preprocess(tokenizer_folder, source, out).stdout and contents(out) == contents(plain)


def test_work_that_cannot_be_removed_does_not_hide_why_the_run_ended(tokenizer_folder, source, tmp_path):
    flags = ("--eval_output", tmp_path / "eval", "--eval_rows", 540)
    result = preprocess(tokenizer_folder, source, tmp_path / "out", *flags, check=False, env=fault("unlink", "out.hone-work", "fail:5"))
    assert result.returncode == 2 and "nothing to train on" in result.stderr
    assert "warning: can't remove" in result.stderr and "Input/output error" in result.stderr


def test_work_whose_plan_is_gone_is_not_gone_on_with(tokenizer_folder, source, plain, tmp_path):
    out = tmp_path / "out"
    preprocess(tokenizer_folder, source, out, "--model_max_length", 8, "--slice", "1/1")
    as_killed_run(out)
    (tmp_path / "out.hone-work" / "plan.json").unlink()  # as a kill leaves it while the work is thrown away
    result = preprocess(tokenizer_folder, source, out)
    assert "going on" not in result.stdout and contents(out) == contents(plain)


def test_a_tokenizer_that_changes_while_standard_input_is_read_is_noticed(tokenizer_folder, source, tmp_path):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "tokenizer")
    words = [str(word) for word in command(folder, "-", tmp_path / "out")]
    job = subprocess.Popen([BIN / "hone-preprocess", *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    job.stdin.write(source.read_bytes() * 8)  # more than the block that is looked at first
    job.stdin.flush()
    until(job, tmp_path / "out.hone-work" / "plan.json")
    with open(folder / "tokenizer.json", "a") as file:
        file.write(" ")
    _, err = job.communicate()
    assert job.returncode == 3 and b"tokenizer.json changed" in err, err
    assert not (tmp_path / "out").exists()


def test_inputs_in_another_order_are_those_of_another_run(tokenizer_folder, tmp_path):
    one, two = (write_jsonl(tmp_path / f"{name}.jsonl", rows(60)[start:]) for name, start in [("one", 0), ("two", 9)])
    preprocess(tokenizer_folder, [one, two], tmp_path / "out", "--slice", "1/2")
    for flags in [("--slice", "2/2"), ("--finish",), ()]:
        result = preprocess(tokenizer_folder, [two, one], tmp_path / "out", *flags, check=False)
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1, result.stderr
        assert re.search(rf"input 1 changed from .*{one}.* to .*{two}", result.stderr)
    as_killed_run(tmp_path / "out")
    assert "anew" in preprocess(tokenizer_folder, [two, one], tmp_path / "out").stdout
    preprocess(tokenizer_folder, [two, one], tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def killed_when_it_hangs(file, when, arguments):
    """Kills hone-preprocess where it syncs `file` for the first time after `when` is there."""
    job = subprocess.Popen([BIN / "hone-preprocess", *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={**os.environ, **fault("fsync", file, "hang", when=when)})
    until(job, when)
    time.sleep(0.2)
    assert job.poll() is None
    job.kill()
    job.wait()


def test_killed_between_two_names_goes_on_and_replaces_only_what_it_made_itself(tokenizer_folder, source, tmp_path):
    out, held = tmp_path / "out", tmp_path / "eval"
    flags = ["--eval_rows", 50, "--eval_output"]
    preprocess(tokenizer_folder, source, tmp_path / "other")
    preprocess(tokenizer_folder, source, tmp_path / "one", *flags, tmp_path / "one-eval")
    killed_when_it_hangs("out.hone-new", held / "manifest.json", command(tokenizer_folder, source, out, *flags, held))
    assert held.exists() and not out.exists()

    result = preprocess(tokenizer_folder, source, out, *flags, tmp_path / "other", check=False)
    assert result.returncode == 2 and f"{tmp_path / 'other'} already exists" in result.stderr
    assert manifest(tmp_path / "other")["counts"]["rows"] == 540

    held.rename(tmp_path / "made")
    shutil.copytree(tmp_path / "other", held)  # under the name, but not of that run
    result = preprocess(tokenizer_folder, source, out, *flags, held, check=False)
    assert result.returncode == 2 and manifest(held)["counts"]["rows"] == 540

    shutil.rmtree(held)
    (tmp_path / "made").rename(held)
    result = preprocess(tokenizer_folder, source, out, *flags, held)
    assert "going on" in result.stdout
    assert contents(out) == contents(tmp_path / "one") and contents(held) == contents(tmp_path / "one-eval")
    assert not list(tmp_path.glob("*.hone-*"))


def test_what_is_left_by_a_kill_after_the_last_name_is_put_away(tokenizer_folder, source, tmp_path):
    out = tmp_path / "out"
    killed_when_it_hangs(tmp_path, out / "manifest.json", command(tokenizer_folder, source, out))
    made = contents(out)
    assert (tmp_path / "out.hone-work").exists()
    result = preprocess(tokenizer_folder, source, out, check=False)
    assert result.returncode == 2 and "already exists" in result.stderr and contents(out) == made
    assert not list(tmp_path.glob("*.hone-*"))


def test_what_a_killed_process_was_writing_is_removed_by_whoever_goes_on_there(tokenizer_folder, source, tmp_path):
    work = tmp_path / "out.hone-work"
    preprocess(tokenizer_folder, source, tmp_path / "out", "--slice", "1/3")
    half = [f"segment-{i:06}.tmp-1" for i in range(6)] + [f"input-{i:06}.sha256.tmp-1" for i in range(2)]
    for name in half:
        (work / name).write_bytes(b"x")
    preprocess(tokenizer_folder, source, tmp_path / "out", "--slice", "2/3")
    left = {path.name for path in work.glob("*.tmp-*")}
    assert left == {name for name in half if int(name.split("-")[1][:6]) % 3 != 1}  # other slices may write theirs just now
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--finish", check=False)
    assert result.returncode == 2 and "segments are missing" in result.stderr and not list(work.glob("*.tmp-*"))


def test_a_run_beside_a_slice_that_works_is_refused(tokenizer_folder, source, tmp_path):
    arguments = command(tokenizer_folder, source, tmp_path / "out", "--slice", "1/2")
    slice_ = subprocess.Popen([BIN / "hone-preprocess", *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, **fault("fsync", "segment-000002", "hang")})
    until(slice_, tmp_path / "out.hone-work" / "segment-000000.rows")
    for flags in [(), ("--finish",)]:
        result = preprocess(tokenizer_folder, source, tmp_path / "out", *flags, check=False)
        assert result.returncode == 2 and f"process {slice_.pid}" in result.stderr and len(result.stderr.splitlines()) == 1
    slice_.kill()
    slice_.wait()
    preprocess(tokenizer_folder, source, tmp_path / "out")
    assert not list(tmp_path.glob("out.hone-*"))


def test_an_eval_output_that_another_run_makes_is_refused(tokenizer_folder, source, tmp_path):
    flags = ["--eval_rows", 50, "--eval_output", tmp_path / "eval"]
    holder = subprocess.Popen([BIN / "hone-preprocess", "--tokenizer", tokenizer_folder, "--input", "-", "--output", tmp_path / "a",
                               *map(str, flags)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    holder.stdin.write("".join(json.dumps(row) + "\n" for row in rows(60) * 60))
    holder.stdin.flush()
    until(holder, tmp_path / "a.hone-work" / "plan.json")
    for output, more in [("b", flags), ("eval", ())]:
        result = preprocess(tokenizer_folder, source, tmp_path / output, *more, check=False)
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
        assert "another job works in" in result.stderr and "eval.hone-work" in result.stderr and f"process {holder.pid}" in result.stderr
    holder.stdin.close()
    assert holder.wait(timeout=60) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a", "eval"}


def test_a_run_whose_input_or_options_changed_begins_anew_and_says_what(tokenizer_folder, source, tmp_path):
    own = tmp_path / "rows.jsonl"
    own.write_bytes(source.read_bytes())
    preprocess(tokenizer_folder, own, tmp_path / "out", "--slice", "1/2")
    as_killed_run(tmp_path / "out")
    with own.open("a") as file:
        file.write(json.dumps(rows(1)[0]) + "\n")
    result = preprocess(tokenizer_folder, own, tmp_path / "out")
    assert re.search(rf"anew .* input 1 changed from .*{own}.* to .*{own}.* since the run", result.stdout) and "going on" not in result.stdout
    preprocess(tokenizer_folder, own, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_second_run_on_the_same_output_is_refused(tokenizer_folder, source, tmp_path):
    holder = subprocess.Popen([BIN / "hone-preprocess", "--tokenizer", tokenizer_folder, "--input", "-", "--output", tmp_path / "out"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    # Enough for the first look at the input, but not its end.
    holder.stdin.write("".join(json.dumps(row) + "\n" for row in rows(60) * 60))
    holder.stdin.flush()
    until(holder, tmp_path / "out.hone-work" / "plan.json")
    result = preprocess(tokenizer_folder, source, tmp_path / "out", check=False)
    assert result.returncode == 2 and "another job works in" in result.stderr and f"process {holder.pid}" in result.stderr
    holder.stdin.close()
    assert holder.wait(timeout=60) == 0 and (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize("flags, count", [(("--eval_rows", 37), 37), (("--eval_fraction", 0.25), None)])
def test_held_out_rows_and_the_rest_are_the_whole_and_hang_on_the_seed(flags, count, tokenizer_folder, source, plain, tmp_path):
    chosen = {}
    for seed in [1, 2]:
        out, held = tmp_path / f"out{seed}", tmp_path / f"eval{seed}"
        preprocess(tokenizer_folder, source, out, *flags, "--eval_output", held, "--split_seed", seed)
        train_rows, eval_rows = read_rows(out), read_rows(held)
        assert sorted(train_rows + eval_rows, key=lambda row: row[:2]) == read_rows(plain)
        assert [row[:2] for row in train_rows] == sorted(row[:2] for row in train_rows)
        if count:
            assert len(eval_rows) == count
        else:  # five standard deviations
            total = len(train_rows) + len(eval_rows)
            assert abs(len(eval_rows) - 0.25 * total) < 5 * (total * 0.25 * 0.75) ** 0.5
        for folder, found in [(out, train_rows), (held, eval_rows)]:
            assert manifest(folder)["counts"]["rows"] == len(found)
            run("hone-inspect", "dataset", folder, "--verify")
        chosen[seed] = {row[:2] for row in eval_rows}
    assert chosen[1] != chosen[2]


@pytest.mark.parametrize("flags, count", [(("--eval_rows", 37), 37), (("--eval_fraction", 0.25), None)])
def test_rows_of_an_array_on_one_line_are_held_out_each_by_itself(flags, count, tokenizer_folder, tmp_path):
    items = rows(300)
    for i, item in enumerate(items):
        item["messages"][-1]["content"] += f" {i}"
    source = tmp_path / "rows.json"
    source.write_text(json.dumps(items))
    preprocess(tokenizer_folder, source, tmp_path / "plain")
    total = len(read_rows(tmp_path / "plain"))
    for threads in [1, 3]:
        out, held = tmp_path / f"out{threads}", tmp_path / f"eval{threads}"
        preprocess(tokenizer_folder, source, out, *flags, "--eval_output", held, "--threads", threads)
        assert sorted(read_rows(out) + read_rows(held)) == sorted(read_rows(tmp_path / "plain"))
        eval_rows = len(read_rows(held))
        assert eval_rows == count if count else abs(eval_rows - 0.25 * total) < 5 * (total * 0.25 * 0.75) ** 0.5
    assert contents(tmp_path / "out1") == contents(tmp_path / "out3") and contents(tmp_path / "eval1") == contents(tmp_path / "eval3")


def test_rows_of_one_conversation_stay_on_one_side(tokenizer_folder, source, tmp_path):
    preprocess(tokenizer_folder, source, tmp_path / "out", "--thinking", "split", "--eval_fraction", 0.5, "--eval_output", tmp_path / "eval")
    train, held = ({row[:2] for row in read_rows(tmp_path / name)} for name in ["out", "eval"])
    assert train and held and not train & held


@pytest.mark.parametrize("flags, word", [(("--eval_rows", 5), "--eval_output"), (("--eval_output", "e"), "--eval_rows"),
                                         (("--eval_output", "e", "--eval_rows", 540), "nothing to train on"),
                                         (("--eval_output", "e", "--eval_rows", 0), "--eval_rows"),
                                         (("--eval_output", "e", "--eval_fraction", 1), "between 0 and 1"),
                                         (("--eval_output", "e", "--eval_fraction", "nan"), "between 0 and 1"),
                                         (("--eval_output", "e", "--eval_rows", 3, "--eval_fraction", 0.5), "--eval_fraction"),
                                         (("--eval_output", "e", "--eval_rows", 3, "--thinking", "split"), "--thinking split"),
                                         (("--shuffle_seed", -1), "--shuffle_seed")])
def test_splits_that_cannot_be_are_refused(flags, word, tokenizer_folder, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = preprocess(tokenizer_folder, source, "out", *flags, check=False)
    assert result.returncode == 2 and word in result.stderr and not list(tmp_path.iterdir())


def test_duplicates_are_dropped_but_for_the_first_and_counted(tokenizer_folder, tmp_path):
    items = rows(20)
    source = write_jsonl(tmp_path / "rows.jsonl", items + items[5:8] + [dict(items[3], note="other keys")] + rows(22)[20:])
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--deduplicate")
    assert [row[1] for row in read_rows(tmp_path / "out")] == [*range(1, 21), 25, 26]
    assert manifest(tmp_path / "out")["counts"]["dropped"] == {"duplicate": 4}
    assert f"dropped for duplicate: first at {source}:21" in result.stdout


def test_a_shuffle_holds_every_row_once_in_an_order_that_the_seed_gives(tokenizer_folder, source, plain, tmp_path):
    orders = []
    for name, seed in [("a", 1), ("b", 2), ("c", 1)]:
        preprocess(tokenizer_folder, source, tmp_path / name, "--shuffle_seed", seed)
        found = read_rows(tmp_path / name)
        assert collections.Counter(found) == collections.Counter(read_rows(plain))
        orders.append([row[1] for row in found])
        run("hone-inspect", "dataset", tmp_path / name, "--verify")
    assert orders[0] == orders[2] != orders[1]
    # No trace of the order of the inputs: a rank correlation of a few standard deviations (1 / sqrt(n)).
    assert abs(numpy.corrcoef(orders[0], range(len(orders[0])))[0, 1]) < 4 / len(orders[0]) ** 0.5


def test_help_and_print_config_answer_under_a_launcher_without_its_peers(tokenizer_folder):
    lost = {"OMPI_COMM_WORLD_SIZE": "4"}
    assert "--slice" in run("hone-preprocess", "--help", env=lost).stdout
    shown = json.loads(run("hone-preprocess", "--print_config", "--slice", "2/3", "--eval_output", "e", "--eval_rows", 4, env=lost).stdout)
    assert shown["slice"] == "2/3" and shown["eval_rows"] == 4 and shown["split_seed"] == 42 and shown["shuffle_seed"] is None
