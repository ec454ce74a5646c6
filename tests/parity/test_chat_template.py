"""Rendered conversations against transformers' apply_chat_template, for the published templates of Qwen and SmolLM2."""
import importlib.util
import json
import pathlib

import pytest
from transformers import AutoTokenizer

from conftest import SHARED, run, smollm2_tokenizer, with_template, write_jsonl

QWEN2 = ("{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
         "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
         "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
         "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
USER, ANSWER = {"role": "user", "content": "Where is naïve 北京?"}, {"role": "assistant", "content": "In China.\n\nYes."}
CONVERSATIONS = {
    "one turn": [USER, ANSWER],
    "system": [{"role": "system", "content": "Be brief."}, USER, ANSWER],
    "empty system": [{"role": "system", "content": ""}, USER, ANSWER],
    "three turns": [USER, ANSWER, {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}, USER, ANSWER],
    "empty answer": [USER, {"role": "assistant", "content": ""}],
    "two answers in a row": [USER, ANSWER, {"role": "assistant", "content": "Also this."}],
    "two questions in a row": [USER, {"role": "user", "content": "And?"}, ANSWER],
    "ends with a question": [USER, ANSWER, USER],
    "begins with an answer": [ANSWER, USER, ANSWER],
    "answers alone": [ANSWER],
    "blanks around": [{"role": "user", "content": "  two  \n"}, {"role": "assistant", "content": "  x \n"}],
    "markup": [{"role": "user", "content": "{{ x }} {% raw %} '\\n' \"q\""}, {"role": "assistant", "content": "}} <b>\\n</b>"}],
}


def published(name):
    package = pathlib.Path(importlib.util.find_spec("trl").submodule_search_locations[0])
    return (package / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")


TEMPLATES = {
    "qwen2": lambda: QWEN2,
    "smollm2": lambda: smollm2_tokenizer().chat_template,
    "qwen2.5": lambda: published("qwen2_5"),
    "qwen3": lambda: published("qwen3"),
    "qwen3 instruct 2507": lambda: published("qwen3_instruct_2507"),
}
if SHARED.is_dir():
    TEMPLATES["qwen3 first release"] = lambda: json.loads((SHARED / "qwen3-tokenizer" / "tokenizer_config.json").read_text())["chat_template"]


@pytest.fixture
def folder_with(tokenizer_folder, tmp_path):
    """folder_with(template) -> a copy of the test tokenizer with that template as its own file."""
    return lambda template: with_template(tokenizer_folder, tmp_path / "model", template)


def prepared(folder, tmp_path, conversations, *flags, check=True):
    source = write_jsonl(tmp_path / "rows.jsonl", [{"messages": messages} for messages in conversations])
    result = run("hone-preprocess", "--tokenizer", folder, "--input", source, "--output", tmp_path / "dataset",
                 "--overwrite_output_dir", *flags, check=check)
    if result.returncode != 0:
        return result
    lines = run("hone-inspect", "dataset", tmp_path / "dataset", "--show", 1000, "--format", "jsonl").stdout.splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_conversation_gets_the_text_and_ids_of_transformers(name, folder_with, tmp_path):
    folder = folder_with(TEMPLATES[name]())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = prepared(folder, tmp_path, CONVERSATIONS.values())
    assert len(rows) == len(CONVERSATIONS)
    for row, (title, messages) in zip(rows, CONVERSATIONS.items()):
        expected = tokenizer.apply_chat_template(messages, tokenize=False)
        assert row["text"] == expected, title
        assert row["ids"] == tokenizer(expected, add_special_tokens=False)["input_ids"], title


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_answers_prompt_is_what_inference_sends(name, folder_with, tmp_path):
    folder = folder_with(TEMPLATES[name]())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    (row,) = prepared(folder, tmp_path, [[USER, ANSWER]], "--loss", "last")
    first = row["loss_mask"].index(1)
    # The stock Qwen3 template writes an empty thinking block for an answer without one; inference is told so by a flag.
    prompt = tokenizer.apply_chat_template([USER], tokenize=False, add_generation_prompt=True, enable_thinking=False)
    assert tokenizer.decode(row["ids"][:first]) == prompt
    targets = [i for i, m in zip(row["ids"], row["loss_mask"]) if m]
    assert tokenizer.decode(targets) == ANSWER["content"] + "<|im_end|>"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_changed_by_one_word_is_run_and_not_taken_for_a_known_one(name, folder_with, tmp_path):
    text = TEMPLATES[name]()
    end_of_turn = text.rindex("<|im_end|>")
    changed = {"inserted output": text + "{{- 'HELLO ' }}", "at the front": "{{- 'HELLO ' }}" + text,
               "inside a turn": text[:end_of_turn] + " HELLO" + text[end_of_turn:], "a second line break": text + "\n\n"}
    for title, template in changed.items():
        folder = folder_with(template)
        (row,) = prepared(folder, tmp_path, [[USER, ANSWER]], "--loss", "all")
        assert row["text"] == AutoTokenizer.from_pretrained(folder).apply_chat_template([USER, ANSWER], tokenize=False), title
    result = prepared(folder_with(text.replace("{%", "{%%", 1)), tmp_path, [[USER, ANSWER]], check=False)
    assert result.returncode == 3 and "is not understood" in result.stderr and result.stderr.count("\n") == 1


def test_line_ends_of_windows_and_one_line_break_at_the_end_change_nothing(folder_with, tmp_path):
    text = published("qwen3")
    rows = [prepared(folder_with(t), tmp_path, [[USER, ANSWER]]) for t in (text, text + "\n", text.replace("\n", "\r\n"))]
    assert rows[0] == rows[1] == rows[2]


@pytest.mark.parametrize("name, stock", [("qwen2", "You are a helpful assistant."),
                                         ("qwen2.5", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")])
def test_a_default_system_text_of_ones_own_is_followed(name, stock, folder_with, tmp_path):
    folder = folder_with(TEMPLATES[name]().replace(stock, "You speak like a pirate, 你好."))
    (row,) = prepared(folder, tmp_path, [[USER, ANSWER]])
    assert row["text"] == AutoTokenizer.from_pretrained(folder).apply_chat_template([USER, ANSWER], tokenize=False)
    assert "pirate" in row["text"]


@pytest.mark.parametrize("system", ["A.' + messages|length|string + '", "A.<|im_end|>\\n", "{{ x }}"])
def test_a_default_system_text_that_is_code_is_run(system, folder_with, tmp_path):
    stock = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    folder = folder_with(published("qwen2_5").replace(stock, system))
    (row,) = prepared(folder, tmp_path, [[USER, ANSWER]])
    assert row["text"] == AutoTokenizer.from_pretrained(folder).apply_chat_template([USER, ANSWER], tokenize=False)


def test_a_given_system_prompt_stands_in_for_a_missing_turn_only(folder_with, tmp_path):
    folder = folder_with(published("qwen2_5"))
    own = [{"role": "system", "content": "Mine."}, USER, ANSWER]
    rows = prepared(folder, tmp_path, [[USER, ANSWER], own, CONVERSATIONS["empty system"]], "--system_prompt", "Given.")
    assert [row["text"].split("<|im_end|>")[0] for row in rows] == [f"<|im_start|>system\n{s}" for s in ("Given.", "Mine.", "")]


@pytest.mark.parametrize("template", ["chatml", "qwen_sft"])
def test_what_only_the_template_itself_could_render_is_refused_by_line_by_a_built_in_one(template, folder_with, tmp_path):
    lines = [[USER, {**ANSWER, "reasoning_content": "Hm."}], [USER, {**ANSWER, "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}],
             [USER, ANSWER, {"role": "tool", "content": "42"}, ANSWER]]
    result = prepared(folder_with(published("qwen2_5")), tmp_path, lines, "--template", template, check=False)
    assert result.returncode == 3
    for number in range(1, len(lines) + 1):
        assert f"rows.jsonl:{number}" in result.stderr
