"""What hone-preprocess reads: the formats of rows, files and streams, weights, and what it refuses."""
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import time

import pytest
from tokenizers import Tokenizer, processors
from transformers import AutoTokenizer

from conftest import BIN, rows, run, write_jsonl

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Weather.", "parameters": {
    "type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}}]
# As the plain ChatML template, but with tools and calls.
TOOL_TEMPLATE = ("{% if tools %}<|im_start|>tools\n{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|im_end|>\n{% endif %}"
                 "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
                 "{% for c in m.tool_calls or [] %}<call>{{ c.function.name }} {{ c.function.arguments | tojson }}</call>{% endfor %}"
                 "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")


def preprocess(tokenizer, sources, output, *flags, **options):
    sources = sources if isinstance(sources, list) else [sources]
    return run("hone-preprocess", "--tokenizer", tokenizer, "--input", *sources, "--output", output, *flags, **options)


def shown(folder):
    lines = run("hone-inspect", "dataset", folder, "--show", 100000, "--format", "jsonl").stdout.split("\n")  # rows may hold other breaks
    return [json.loads(line) for line in lines if line]


def ids(folder):
    return [row["ids"] for row in shown(folder)]


def targets(row):
    return [token for token, learnt in zip(row["ids"], row["loss_mask"]) if learnt]


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


ALPACA = [({"instruction": "Add.", "input": "1 2", "output": "3"}, [turn("user", "Add.\n1 2"), turn("assistant", "3")]),
          ({"instruction": "Hi?", "input": "", "output": "naïve 你好", "system": ""}, [turn("user", "Hi?"), turn("assistant", "naïve 你好")]),
          ({"instruction": "And?", "input": None, "output": "So.", "system": "Be brief.", "history": [["a b", "c d"], ["e", "f"]]},
           [turn("system", "Be brief."), turn("user", "a b"), turn("assistant", "c d"), turn("user", "e"), turn("assistant", "f"),
            turn("user", "And?"), turn("assistant", "So.")])]
SHAREGPT = [({"conversations": [{"from": "human", "value": "the quick"}, {"from": "gpt", "value": "brown fox"}]},
             [turn("user", "the quick"), turn("assistant", "brown fox")]),
            ({"system": "Be brief.", "conversations": [{"from": "user", "value": "q"}, {"from": "assistant", "value": "a"},
                                                       {"from": "human", "value": "r"}, {"from": "bing", "value": "b"}]},
             [turn("system", "Be brief."), turn("user", "q"), turn("assistant", "a"), turn("user", "r"), turn("assistant", "b")]),
            ({"conversations": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
             [turn("user", "q"), turn("assistant", "a")])]
MESSAGES = [({"messages": row["messages"]}, row["messages"]) for row in rows(5)]
COMPLETION = [({"prompt": messages[:-1], "completion": messages[-1:]}, messages) for _, messages in MESSAGES]


@pytest.mark.parametrize("name, cases", [("messages", MESSAGES), ("sharegpt", SHAREGPT), ("alpaca", ALPACA), ("prompt_completion", COMPLETION)])
def test_each_format_gives_the_ids_of_the_conversation_that_it_holds(name, cases, tokenizer_folder, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", [row for row, _ in cases])
    result = preprocess(tokenizer_folder, source, tmp_path / "out")
    assert f"{source}: format {name} (recognised from its first row" in result.stdout
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    assert ids(tmp_path / "out") == [tokenizer.apply_chat_template(messages, return_dict=False) for _, messages in cases]
    preprocess(tokenizer_folder, source, tmp_path / "forced", "--format", name)
    assert ids(tmp_path / "forced") == ids(tmp_path / "out")
    assert [entry["format"] for entry in manifest(tmp_path / "out")["inputs"]] == [name]


def test_function_calls_of_sharegpt_and_tools_of_any_format_reach_the_template(tokenizer_folder, tmp_path):
    template = tmp_path / "tools.jinja"
    template.write_text(TOOL_TEMPLATE)
    call = {"name": "weather", "arguments": {"place": "北京"}}
    conversation = [turn("user", "How is it?"), turn("assistant", "", tool_calls=[{"type": "function", "function": call}]),
                    turn("tool", "sunny"), turn("assistant", "Sunny.")]
    files = {"messages": {"messages": conversation, "tools": TOOLS},
             "sharegpt": {"tools": json.dumps(TOOLS), "conversations": [
                 {"from": "human", "value": "How is it?"}, {"from": "function_call", "value": json.dumps(call, ensure_ascii=False)},
                 {"from": "observation", "value": "sunny"}, {"from": "gpt", "value": "Sunny."}]},
             "prompt_completion": {"prompt": conversation[:3], "completion": conversation[3:], "tools": TOOLS}}
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    expected = tokenizer.apply_chat_template(conversation, tools=TOOLS, chat_template=TOOL_TEMPLATE, return_dict=False)
    learnt = {}
    for name, row in files.items():
        source = write_jsonl(tmp_path / f"{name}.jsonl", [row])
        preprocess(tokenizer_folder, source, tmp_path / name, "--template", template)
        (only,) = shown(tmp_path / name)
        assert only["ids"] == expected, name
        learnt[name] = targets(only)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert learnt["prompt_completion"] == [*tokenizer("Sunny.")["input_ids"], end]
    assert learnt["messages"] == learnt["sharegpt"] and learnt["messages"].count(end) == 2


def test_plain_text_is_learnt_with_its_end_and_needs_no_template(tokenizer_folder, tmp_path):
    texts = ["the quick brown fox", "naïve 你好\n\n", "ends itself<|im_end|>", "<|im_start|>user\nq<|im_end|>"]
    source = write_jsonl(tmp_path / "rows.jsonl", [{"text": text} for text in texts])
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    # As TRL: the tokenizer's own call, after the end token was put behind each text that lacks one.
    expected = [tokenizer(text if text.endswith("<|im_end|>") else text + "<|im_end|>")["input_ids"] for text in texts]
    preprocess(tokenizer_folder, source, tmp_path / "out")
    assert ids(tmp_path / "out") == expected
    assert all(targets(row) == row["ids"][1:] for row in shown(tmp_path / "out"))
    (tokenizer_folder_without := tmp_path / "bare").mkdir()
    for file in tokenizer_folder.iterdir():
        if file.name != "chat_template.jinja":
            (tokenizer_folder_without / file.name).write_bytes(file.read_bytes())
    preprocess(tokenizer_folder_without, source, tmp_path / "bare out", "--format", "text")
    assert ids(tmp_path / "bare out") == expected
    template = manifest(tmp_path / "bare out")["template"]
    assert template["name"] == "none" and template["turn_end_id"] == tokenizer.eos_token_id
    config = json.loads((tokenizer_folder_without / "tokenizer_config.json").read_text())
    del config["eos_token"]
    (tokenizer_folder_without / "tokenizer_config.json").write_text(json.dumps(config))
    (tokenizer_folder_without / "special_tokens_map.json").unlink(missing_ok=True)
    result = preprocess(tokenizer_folder_without, source, tmp_path / "no end", "--format", "text", check=False)
    assert result.returncode == 3 and "eos_token" in result.stderr and f"{source}:1 " in result.stderr


def test_plain_text_gets_the_tokens_that_the_tokenizer_itself_adds(tokenizer_folder, tmp_path):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "bos")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    start = tokenizer.token_to_id("<|im_start|>")
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", start)])])
    tokenizer.save(str(folder / "tokenizer.json"))
    source = write_jsonl(tmp_path / "rows.jsonl", [{"text": "the quick"}, {"text": "brown"}])
    preprocess(folder, source, tmp_path / "out")
    expected = AutoTokenizer.from_pretrained(folder)(["the quick<|im_end|>", "brown<|im_end|>"])["input_ids"]
    assert ids(tmp_path / "out") == expected and expected[0][0] == start


def test_a_plain_completion_is_learnt_behind_its_prompt(tokenizer_folder, tmp_path):
    pairs = [("the quick brown", " fox jumps"), ("", "over"), ("a lazy dog\n", "while <|im_end|>")]
    source = write_jsonl(tmp_path / "rows.jsonl", [{"prompt": prompt, "completion": completion} for prompt, completion in pairs])
    preprocess(tokenizer_folder, source, tmp_path / "out")
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    for row, (prompt, completion) in zip(shown(tmp_path / "out"), pairs, strict=True):
        whole = completion if completion.endswith("<|im_end|>") else completion + "<|im_end|>"
        learnt = tokenizer(whole)["input_ids"]
        assert row["ids"] == tokenizer(prompt)["input_ids"] + learnt
        assert targets(row) == (learnt if prompt else learnt[1:])
    preprocess(tokenizer_folder, source, tmp_path / "all", "--loss", "all")
    assert all(targets(row) == row["ids"][1:] for row in shown(tmp_path / "all"))


def test_columns_name_the_fields_of_a_format(tokenizer_folder, tmp_path):
    plain = write_jsonl(tmp_path / "plain.jsonl", [row for row, _ in ALPACA])
    renamed = write_jsonl(tmp_path / "renamed.jsonl", [
        {"question": row["instruction"], "input": row["input"], "answer": row["output"], "system": row.get("system"),
         "turns": row.get("history")} for row, _ in ALPACA])
    preprocess(tokenizer_folder, plain, tmp_path / "plain")
    preprocess(tokenizer_folder, renamed, tmp_path / "renamed", "--column", "instruction=question", "output=answer", "--column", "history=turns")
    assert ids(tmp_path / "renamed") == ids(tmp_path / "plain")
    result = preprocess(tokenizer_folder, renamed, tmp_path / "out", check=False)
    assert result.returncode == 3 and "question, input, answer, system, turns" in result.stderr and "--column" in result.stderr


@pytest.mark.parametrize("flags, word", [(["--column", "instructoin=x"], "instruction"), (["--column", "text"], "NAME=FIELD"),
                                         (["--format", "alpca"], "choose one of"), (["--format", "text", "--column", "prompt=x"], "of no use"),
                                         (["--weight", "other.jsonl=2"], "weighs no input"), (["--weight", "rows.jsonl"], "no weight"),
                                         (["--template", "none", "--system_prompt", "x"], "--template none")])
def test_wrong_input_flags_end_with_a_usage_error(flags, word, tokenizer_folder, tmp_path):
    result = preprocess(tokenizer_folder, write_jsonl(tmp_path / "rows.jsonl", rows(2)), tmp_path / "out", *flags, check=False)
    assert result.returncode == 2 and word in result.stderr and not (tmp_path / "out").exists()


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_files_of_every_kind_give_the_same_rows(mark, end, tokenizer_folder, tmp_path):
    nasty = {"messages": [turn("user", "a\"b\\"), turn("assistant", "[{]},\\\"\n\u2028\x85 ]\\")], "meta": {"deep": [[], {"x": [1, "]"]}]}}
    items = [*rows(9), nasty] * 300
    lines = mark + end.join(json.dumps(item, ensure_ascii=False).encode() for item in items)
    array = mark + json.dumps(items, ensure_ascii=False).encode()
    pretty = mark + end.join(json.dumps(items, ensure_ascii=False, indent=2).encode().split(b"\n")) + end
    files = {"lines": lines, "array": array, "pretty": pretty, "lines.gz": gzip.compress(lines),
             "members.gz": gzip.compress(lines[:50_000]) + gzip.compress(lines[50_000:]) + b"\0" * 100,
             "array.zst": zstd(array), "frames.zst": zstd(lines[:50_000]) + zstd(lines[50_000:])}
    preprocess(tokenizer_folder, write_jsonl(tmp_path / "plain.jsonl", items), tmp_path / "plain")
    expected = ids(tmp_path / "plain")
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        preprocess(tokenizer_folder, tmp_path / name, tmp_path / f"{name} out")
        assert ids(tmp_path / f"{name} out") == expected, name
        (entry,) = manifest(tmp_path / f"{name} out")["inputs"]
        assert entry["size"] == len(data) and entry["sha256"] == hashlib.sha256(data).hexdigest()
    lines_of = [row["line"] for row in shown(tmp_path / "pretty out")]
    text = pretty.split(end)
    assert all(text[line - 1].strip() == b"{" for line in lines_of) and len(set(lines_of)) == len(items)


def test_standard_input_is_one_of_the_inputs(tokenizer_folder, tmp_path):
    before, after = write_jsonl(tmp_path / "a.jsonl", rows(2)), write_jsonl(tmp_path / "b.jsonl", rows(3))
    for data in [json.dumps([row for row, _ in ALPACA] * 400).encode(), gzip.compress(json.dumps(ALPACA[0][0]).encode())]:
        command = [BIN / "hone-preprocess", "--tokenizer", tokenizer_folder, "--input", before, "-", after, "--output", tmp_path / "out",
                   "--overwrite_output_dir"]
        subprocess.run(command, input=data, check=True, capture_output=True, timeout=60)
        inputs = manifest(tmp_path / "out")["inputs"]
        assert [entry["path"] for entry in inputs] == [str(before), "-", str(after)]
        assert inputs[1]["size"] == len(data) and inputs[1]["sha256"] == hashlib.sha256(data).hexdigest()
        assert inputs[1]["format"] == "alpaca"
    assert [row["file"] for row in shown(tmp_path / "out")] == [str(before)] * 2 + ["-"] + [str(after)] * 3


def test_a_quoted_pattern_names_files_in_order(tokenizer_folder, tmp_path):
    for name in ["b", "a", "c"]:
        write_jsonl(tmp_path / f"{name}.jsonl", rows(2))
    preprocess(tokenizer_folder, tmp_path / "*.jsonl", tmp_path / "out")
    assert [entry["path"] for entry in manifest(tmp_path / "out")["inputs"]] == [str(tmp_path / f"{name}.jsonl") for name in "abc"]
    result = preprocess(tokenizer_folder, tmp_path / "*.json", tmp_path / "none", check=False)
    assert result.returncode == 2 and "matches no file" in result.stderr


def test_a_file_that_is_given_again_is_read_again_with_one_warning_for_its_name(tokenizer_folder, tmp_path):
    one, two = (write_jsonl(tmp_path / f"{name}.jsonl", rows(count)) for name, count in [("one", 2), ("two", 3)])
    (tmp_path / "link.jsonl").symlink_to("two.jsonl")
    result = preprocess(tokenizer_folder, [one, one, tmp_path / "o*.jsonl", two], tmp_path / "out")
    (line,) = result.stderr.splitlines()
    assert f"warning: --input {one} is given more than once" in line
    assert manifest(tmp_path / "out")["counts"]["rows"] == 9
    result = preprocess(tokenizer_folder, [two, tmp_path / "link.jsonl"], tmp_path / "linked")
    assert f"--input {tmp_path / 'link.jsonl'} is given more than once" in result.stderr
    assert preprocess(tokenizer_folder, [one, two], tmp_path / "plain").stderr == ""


def test_weights_take_rows_more_and_less_often_whatever_the_threads(tokenizer_folder, tmp_path):
    items = [{"prompt": f"number {i}", "completion": f" is {i * 7}"} for i in range(9000)]
    for name, part in [("a", items[:4000]), ("b", items[4000:8000]), ("c", items[8000:])]:
        write_jsonl(tmp_path / f"{name}.jsonl", part)
    sources = [tmp_path / f"{name}.jsonl" for name in "abc"]
    for threads in [1, 3]:
        result = preprocess(tokenizer_folder, sources, tmp_path / str(threads), "--threads", threads, "--weight", f"{sources[0]}=2.5",
                            f"{tmp_path}/[b]*=0.25")
    found = shown(tmp_path / "1")
    assert found == shown(tmp_path / "3")
    counts = {}
    for row in found:
        counts.setdefault(row["file"], {}).setdefault(row["line"], 0)
        counts[row["file"]][row["line"]] += 1
    first, second, third = (counts[str(source)] for source in sources)
    assert len(first) == 4000 and set(first.values()) == {2, 3} and sum(first.values()) == pytest.approx(10000, abs=5 * 32)
    assert set(second.values()) == {1} and len(second) == pytest.approx(1000, abs=5 * 28)
    assert set(third.values()) == {1} and len(third) == 1000
    made = manifest(tmp_path / "1")
    assert made["counts"]["rows"] == len(found)
    assert [entry["weight"] for entry in made["inputs"]] == [2.5, 0.25, 1]
    assert "weight 2.5" in result.stdout and "made them of 9,000 rows" in result.stdout
    run("hone-inspect", "dataset", tmp_path / "1", "--verify")


@pytest.mark.parametrize("weight", [10, 0.1])
@pytest.mark.parametrize("bad", [2, 40])
def test_the_share_of_rows_that_were_dropped_does_not_hang_on_weights(bad, weight, tokenizer_folder, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", [{"prompt": f"number {i}", "completion": " is it"} for i in range(60)] + [{}] * bad)
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--weight", f"{source}={weight}", "--on_bad_line", "skip")
    assert ("40 % of the rows were dropped" in result.stderr) == (bad == 40)
    assert ("of the rows were dropped" in result.stderr) == (bad == 40)


def test_where_a_weight_leaves_no_row_it_is_named(tokenizer_folder, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", rows(5))
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--weight", f"{source}=0.0001", check=False)
    assert result.returncode == 3 and "no row is left, nothing was written (--weight takes none of 5 rows)" in result.stderr
    # One row counts and falls to one side; the rows of the other side are there, but taken by nobody.
    light, heavy = write_jsonl(tmp_path / "light.jsonl", rows(40)), write_jsonl(tmp_path / "heavy.jsonl", rows(1))
    result = preprocess(tokenizer_folder, [light, heavy], tmp_path / "out", "--weight", f"{light}=0.0001", "--eval_output", tmp_path / "eval",
                        "--eval_fraction", 0.5, check=False)
    assert result.returncode == 3
    assert re.search(r"no row is left for --(eval_)?output, nothing was written \(--weight takes none of [12]\d rows\)", result.stderr)


def test_a_shuffle_makes_its_buckets_for_rows_as_often_as_they_are_taken(tokenizer_folder, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", rows(60) * 10)
    other = write_jsonl(tmp_path / "other.jsonl", rows(60) * 10)
    work = tmp_path / "out.hone-work"
    job = subprocess.Popen([BIN / "hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, other, "--output", tmp_path / "out",
                            "--weight", f"{source}=5000", "--shuffle_seed", "1"], stdout=subprocess.DEVNULL)
    buckets = []
    while sum(bucket.stat().st_size for bucket in buckets) < 8 << 20:
        assert job.poll() is None
        time.sleep(0.01)
        buckets = list((work / "shuffle").glob("*"))
    job.kill()
    job.wait()
    often, once = ((work / f"segment-00000{i}.rows").stat().st_size for i in range(2))
    assert len(buckets) == -(-(5000 * often + once) // (256 << 20)) > 1  # rows fall into all of them by chance


def bad_lines(tokenizer, tmp_path, lines, *flags):
    """The reasons for which lines were refused, by line number."""
    source = tmp_path / "rows.jsonl"
    source.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines) + b"\n")
    result = preprocess(tokenizer, source, tmp_path / "out", "--on_bad_line", "skip", "--overwrite_output_dir", *flags)
    listed = tmp_path / "out" / "rejected.jsonl"
    entries = [json.loads(line) for line in listed.read_text().splitlines()] if listed.exists() else []
    return {entry["line"]: entry["reason"] for entry in entries}, result


def test_a_line_that_does_not_fit_its_files_format_is_a_bad_line(tokenizer_folder, tmp_path):
    good = [row for row, _ in ALPACA]
    reasons, _ = bad_lines(tokenizer_folder, tmp_path, [*good, MESSAGES[0][0], good[0], {"instruction": 7, "output": "x"}])
    assert reasons == {4: "'instruction' is missing", 6: "'instruction' is number, not a string"}


def test_keys_that_come_twice_are_refused_and_unknown_ones_warned_of(tokenizer_folder, tmp_path):
    good = MESSAGES[0][0]
    twice = b'{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "content": "b"}]}'
    nested = b'{"messages": [{"role": "assistant", "content": "a"}], "meta": {"x": [{"k": 1, "k": 1}]}}'
    odd = {"messages": [turn("user", "q", mood="glad", name="x"), turn("assistant", "a", mood="sad", score=3)]}
    reasons, result = bad_lines(tokenizer_folder, tmp_path, [good, twice, odd, nested, odd])
    assert reasons == {2: "the key 'content' comes twice in one object", 4: "the key 'k' comes twice in one object"}
    warnings = [line for line in result.stderr.splitlines() if "is not known" in line]
    assert len(warnings) == 2 and "'mood' of messages is not known (4 times, first at" in warnings[0] and "rows.jsonl:3 " in warnings[0]
    assert "'score' of messages is not known (2 times" in warnings[1]


def test_text_that_the_template_passes_over_is_refused_as_transformers_would_render_nothing(tokenizer_folder, tmp_path):
    template = tmp_path / "parts.jinja"
    template.write_text("{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for line in m['content'] %}{% if line['type'] == 'text' %}"
                        "{{ line['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}")
    parts = [turn(role, [{"type": "text", "text": text}]) for role, text in [("user", "q"), ("assistant", "a b")]]
    reasons, _ = bad_lines(tokenizer_folder, tmp_path, [{"messages": parts}, {"messages": [parts[0], turn("assistant", "a b")]},
                                                        {"messages": [turn("user", "q"), parts[1]]}], "--template", template)
    assert set(reasons) == {2, 3} and all("the template writes nothing of this text" in reason for reason in reasons.values())
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    assert ids(tmp_path / "out") == [tokenizer.apply_chat_template(parts, chat_template=template.read_text(), return_dict=False)]


FAULTS = {
    "cut": (b'{"messages": [{"role": "us', "not valid JSON"),
    "two objects": (b"{} {}", "not valid JSON"),
    "null": (b"null", "null, not an object"),
    "bytes that are no UTF-8": (b'{"messages": [{"role": "assistant", "content": "a\xc0"}]}', "ill-formed UTF-8"),
    "a lone surrogate": (b'{"messages": [{"role": "assistant", "content": "\\ud83d"}]}', "surrogate"),
    "a NUL byte": (b'{"messages": [{"role": "assistant", "content": "a\x00"}]}', "a NUL"),
    "text behind a NUL": (b'{"messages": [{"role": "assistant", "content": "a"}]}\x00 and more', "a NUL"),
    "text behind a NUL in tools": ({"messages": [turn("assistant", "a")], "tools": "[]\0 and more"}, "a NUL"),
    "a control character": (b'{"messages": [{"role": "assistant", "content": "a\x01"}]}', "control character"),
    "a number beyond doubles": (b'{"x": 1e999, "messages": [{"role": "assistant", "content": "a"}]}', "a number beyond the range of doubles"),
    "digits that would be lost": ({"messages": [turn("assistant", "a")], "chat_template_kwargs": {"x": 10**30}}, "a number beyond 64 bits"),
    "more such digits": ({"messages": [turn("assistant", "a")], "tools": [{"x": -(2**63) - 1}]}, "a number beyond 64 bits"),
    "deep nesting": (b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested more than 150 deep"),
    "no messages": ({"text": "x"}, "'messages' is missing"),
    "an empty list": ({"messages": []}, "'messages' is empty"),
    "a number as content": ({"messages": [turn("assistant", 7)]}, "'content' is number"),
    "no answer": ({"messages": [turn("user", "q")]}, "no assistant turn"),
    "system later": ({"messages": [turn("user", "q"), turn("system", "s"), turn("assistant", "a")]}, "messages[1]: a system turn may only come first"),
    "an unknown role": ({"messages": [turn("gpt", "a")]}, "did you mean 'assistant'?"),
}


def test_every_fault_has_its_reason_and_the_rest_are_kept(tokenizer_folder, tmp_path):
    good = MESSAGES[0][0]
    lines = [line for fault, _ in FAULTS.values() for line in [good, fault]]
    reasons, result = bad_lines(tokenizer_folder, tmp_path, lines)
    assert sorted(reasons) == list(range(2, 2 * len(FAULTS) + 1, 2))
    for line, (name, (_, words)) in zip(sorted(reasons), FAULTS.items()):
        assert words in reasons[line], name
    assert manifest(tmp_path / "out")["counts"]["rows"] == len(FAULTS)
    assert "50 % of the rows were dropped" in result.stderr


def test_digits_in_what_is_not_read_are_no_fault(tokenizer_folder, tmp_path):
    reasons, _ = bad_lines(tokenizer_folder, tmp_path, [{**MESSAGES[0][0], "id": 10**30, "meta": {"n": [-(2**63) - 1]}}])
    assert not reasons and manifest(tmp_path / "out")["counts"]["rows"] == 1


@pytest.mark.parametrize("policy", ["stop", "skip"])
def test_twenty_bad_lines_are_named_the_rest_counted_and_all_listed(policy, tokenizer_folder, tmp_path):
    lines = [{"messages": []}] * 30 + [MESSAGES[0][0]] + [{"messages": [turn("user", "q")] * (i % 5 + 1)} for i in range(15)]
    source = write_jsonl(tmp_path / "rows.jsonl", lines)
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--on_bad_line", policy, check=False)
    assert result.returncode == (3 if policy == "stop" else 0)
    assert result.stderr.count("bad line ") == 20
    assert "... and 25 more bad lines:" in result.stderr
    assert "  15 no assistant turn, so nothing to learn" in result.stderr and "  10 'messages' is empty" in result.stderr
    listed = tmp_path / "out.rejected.jsonl" if policy == "stop" else tmp_path / "out" / "rejected.jsonl"
    assert [json.loads(line)["line"] for line in listed.read_text().splitlines()] == [*range(1, 31), *range(32, 47)]
    if policy == "stop":
        assert str(listed) in result.stderr and not (tmp_path / "out").exists()
        preprocess(tokenizer_folder, write_jsonl(source, [MESSAGES[0][0]]), tmp_path / "out")
        assert not listed.exists()


def test_where_every_line_is_bad_the_run_ends_with_a_data_error(tokenizer_folder, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", [{"messages": []}] * 3)
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--on_bad_line", "skip", check=False)
    assert result.returncode == 3 and "no row is left" in result.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize("data, words", [(gzip.compress(b'{"text": "x"}\n' * 9000)[:-9], "cut short"), (b'[{"text": "x"},\n{"text": "y"}', "ends before its ']'"),
                                         (b'[{"text": "x"}]\n[{"text": "y"}]\n', "rows:2: something follows"), (b"PK\x03\x04....", "a zip archive"),
                                         ("\ufeff{}".encode("utf-16-le"), "UTF-16")])
def test_files_that_are_not_whole_or_of_other_kinds_are_refused(data, words, tokenizer_folder, tmp_path):
    (tmp_path / "rows").write_bytes(data)
    for flags in [[], ["--on_bad_line", "skip"]]:
        result = preprocess(tokenizer_folder, tmp_path / "rows", tmp_path / "out", *flags, check=False)
        assert result.returncode == 3 and words in result.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize("held", ["out.rejected.jsonl", "out/rows.jsonl", "out.hone-work/rows.jsonl", "link/rows.jsonl", "eval/rows.jsonl"])
def test_an_input_where_the_run_would_remove_it_is_refused_and_kept(held, tokenizer_folder, tmp_path):
    for name in ["out", "eval"]:
        preprocess(tokenizer_folder, write_jsonl(tmp_path / "before.jsonl", rows(9)), tmp_path / name)
    (tmp_path / "link").symlink_to("out")
    (tmp_path / held).parent.mkdir(exist_ok=True)
    source = write_jsonl(tmp_path / held, rows(40))
    kept = source.read_bytes()
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--overwrite_output_dir", "--eval_output", tmp_path / "eval",
                        "--eval_rows", 3, check=False)
    assert result.returncode == 2 and f"--input {source} can't be read" in result.stderr and len(result.stderr.splitlines()) == 1
    assert source.read_bytes() == kept and manifest(tmp_path / "out")["counts"]["rows"] == 9


@pytest.mark.parametrize("text", ['{"file": "notes", "text": "the quick"}\n', "x" * 100, '{"file": "a", "line": "1", "byte": 0, "reason": "r"}\n'])
def test_a_file_that_only_has_the_name_of_a_list_of_bad_lines_is_kept(text, tokenizer_folder, tmp_path):
    (tmp_path / "out.rejected.jsonl").write_text(text)
    source = write_jsonl(tmp_path / "rows.jsonl", rows(3))
    result = preprocess(tokenizer_folder, source, tmp_path / "out", "--overwrite_output_dir", check=False)
    assert result.returncode == 2 and "out.rejected.jsonl is in the way" in result.stderr and len(result.stderr.splitlines()) == 1
    assert (tmp_path / "out.rejected.jsonl").read_text() == text and not list(tmp_path.glob("out.hone-*"))


@pytest.mark.parametrize("output, held_out", [("out", "out/"), ("out", "./out"), ("out", "out/eval"), ("out/train", "out"), ("out", "link"),
                                              ("out", "out.hone-work"), ("out.hone-new", "out")])
@pytest.mark.parametrize("flags", [(), ("--overwrite_output_dir",), ("--print_config",)])
def test_outputs_that_overlap_are_refused_before_any_work(output, held_out, flags, tokenizer_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if held_out == "link":
        (tmp_path / "out").mkdir()
        (tmp_path / "link").symlink_to("out")
    before = sorted(tmp_path.rglob("*"))
    source = write_jsonl(tmp_path / "rows.jsonl", rows(9))
    result = preprocess(tokenizer_folder, source, output, "--eval_output", held_out, "--eval_rows", 3, *flags, check=False)
    assert result.returncode == 2 and "overlap" in result.stderr and len(result.stderr.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == sorted([*before, source])
