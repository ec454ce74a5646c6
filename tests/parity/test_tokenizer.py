"""Ids against Hugging Face tokenizers: real rows where they are there, and fuzzed strings over scripts."""
import json
import os
import pathlib
import random
import subprocess
import unicodedata

import h5py
import pytest
from tokenizers import AddedToken, Tokenizer, normalizers
from transformers import AutoTokenizer

from conftest import ROOT, SHARED, rows, run, smollm2_tokenizer, write_jsonl

TESTS = pathlib.Path(os.environ.get("HONE_TESTS", ROOT / "build" / "tests"))
FUZZED = 100_000
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " \t\n\r", "  \n\n   ", "'s't're've'm'll'd'S'T'RE",
    "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~", "éèüñçßøåœÆŠžİıſK", "e\u0301a\u0308n\u0303o\u0302\u0327", "你好世界中文分词测试。，！？",
    "こんにちはカタカナ漢字", "한국어 텍스트", "ᄀ\u1161\u11a8", "مرحبا بالعالم", "שלום עולם", "Привет мир", "नमस्ते दुनिया", "สวัสดีชาวโลก",
    "👨\u200d👩\u200d👧\u200d👦🏳️\u200d🌈👍🏽😀🎉", "①②½¾Ⅷ٣४", "\u00a0\u2003\u3000\u2028\u2029\u0085\u180e\u200b\ufeff", "\x00\x01\x7f", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢𐍈"]
WORDS = ["def f(x):\n    return x**2\n", "don't", "DON'T", "I'Ll", "<think>", "</think>", "<|im_end|>", "<|im_start|>assistant\n",
         "https://a.b/c?d=e&f=1", "1234567890123", "\n\n\n", "   x", "x   ", "\r\n\r\n", "ﬁﬂ", "Å\u0327", "\u1100\u1161"]


def fuzzed(count, seed=7):
    random.seed(seed)
    for _ in range(count):
        parts = []
        for _ in range(random.randint(1, 8)):
            if random.random() < 0.2:
                parts.append(random.choice(WORDS))
            else:
                alphabet = random.choice(ALPHABETS)
                parts.append("".join(random.choice(alphabet) for _ in range(random.randint(1, 12))))
        text = "".join(parts)
        yield unicodedata.normalize(random.choice(["NFC", "NFD"]), text) if random.random() < 0.3 else text


def hone_ids(folder, texts):
    result = subprocess.run([str(TESTS / "encode_lines"), str(folder), "all"], input="".join(json.dumps(t) + "\n" for t in texts),
                            capture_output=True, text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def smollm2(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smollm2")
    smollm2_tokenizer().save_pretrained(folder)
    return folder


def folders(tokenizer_folder, smollm2):
    return [tokenizer_folder, smollm2] + ([SHARED / "qwen3-tokenizer"] if SHARED.is_dir() else [])


def test_fuzzed_strings_get_hugging_faces_ids(tokenizer_folder, smollm2):
    texts = list(fuzzed(FUZZED))
    for folder in folders(tokenizer_folder, smollm2):
        reference = Tokenizer.from_file(str(folder / "tokenizer.json"))
        expected = [e.ids for e in reference.encode_batch(texts, add_special_tokens=False)]
        actual = hone_ids(folder, texts)
        assert len(actual) == len(expected)
        different = [(t, a, e) for t, a, e in zip(texts, actual, expected) if a != e]
        assert not different, (folder, len(different), different[0])


def test_every_character_of_unicode_is_cut_off_where_hugging_face_cuts_it_off(tokenizer_folder, smollm2):
    planes = [*range(0x20, 0x33500), *range(0x33500, 0x110000, 97)]  # hardly anything is assigned past these
    characters = [chr(c) for c in planes if not 0xD800 <= c < 0xE000]
    blocks = [characters[i:i + 32] for i in range(0, len(characters), 32)]
    texts = [separator.join(block) for block in blocks for separator in ["a", " ", "1"]]  # a letter joins letters alone, and so on
    for folder in [tokenizer_folder, smollm2]:
        reference = Tokenizer.from_file(str(folder / "tokenizer.json"))
        expected = [e.ids for e in reference.encode_batch(texts, add_special_tokens=False)]
        different = [(t, a, e) for t, a, e in zip(texts, hone_ids(folder, texts), expected, strict=True) if a != e]
        assert not different, (folder, len(different), ascii(different[0]))


# Some of them inside others, some composed and some not, so that it matters which are looked for first and in what text; the
# last ones are entries of the vocabulary already, "\u00c3" as the letter of a byte.
NORMALIZED = ["caf\u00e9", "A\u030angstr\u00f6m", "ab", "<a", "b>c", "\u1112\u1161\u11ab", "to go", "the"]
NOT_NORMALIZED = ["<ab>", "e\u0301", "\u00e9!", "b<", "c <a", "\u1112\u1161", "over", "\u00c3"]
PIECES = NORMALIZED + NOT_NORMALIZED + ["a", "b", "<", ">", "c", " ", "e", "\u0301", "\u00e9", "\u00c5", "\u030a", "ngstr\u00f6m", "caf",
                                        "\ud55c", "\u11ab", "!", "to", " go", "t", "he", "o", "ver", "v", "<think>", "<|im_end|>", "\n"]


@pytest.mark.parametrize("normalizer", [normalizers.NFC(), None])
def test_added_tokens_are_found_before_or_after_normalising_as_each_says(normalizer, tokenizer_folder, tmp_path):
    tokenizer = Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json"))
    if normalizer is None:  # a tokenizer that normalises nothing, as SmolLM2's
        data = json.loads(tokenizer.to_str())
        tokenizer = Tokenizer.from_str(json.dumps({**data, "normalizer": None}))
    tokenizer.add_tokens([AddedToken(text, normalized=True) for text in NORMALIZED]
                         + [AddedToken(text, normalized=False) for text in NOT_NORMALIZED])
    tokenizer.add_special_tokens([AddedToken("<s\u00e9p>", normalized=True)])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    random.seed(11)
    texts = ["".join(random.choice(PIECES + ["<s\u00e9p>", "<se\u0301p>"]) for _ in range(random.randint(1, 12))) for _ in range(20_000)]
    texts += [unicodedata.normalize(form, text) for text in texts[:5000] for form in ["NFC", "NFD"]]
    expected = [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
    actual = hone_ids(tmp_path, texts)
    different = [(t, a, e) for t, a, e in zip(texts, actual, expected) if a != e]
    assert not different, (len(different), different[0])
    if normalizer is not None:  # else some of them are never left whole by those inside them
        added = {tokenizer.token_to_id(text) for text in NORMALIZED + NOT_NORMALIZED}
        assert added <= {i for ids in expected for i in ids}


def with_a_hole_before_the_first(data, moves_the_others):
    """The first added token as an entry of the vocabulary, forty ids past its end."""
    vocabulary, (first, *others) = data["model"]["vocab"], data["added_tokens"]
    first["id"] = vocabulary[first["content"]] = len(vocabulary) + 40
    for i, token in enumerate(others):
        token["id"] = (first["id"] + 1 if moves_the_others else len(vocabulary)) + i


def test_an_added_token_past_a_hole_of_the_vocabulary_does_not_move_the_ids_of_others(tokenizer_folder, tmp_path):
    data = json.loads((tokenizer_folder / "tokenizer.json").read_text())
    with_a_hole_before_the_first(data, moves_the_others=False)
    (tmp_path / "tokenizer.json").write_text(json.dumps(data))
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    texts = [f"a{token['content']}b" for token in data["added_tokens"]]
    expected = [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
    assert all(token["id"] in ids for token, ids in zip(data["added_tokens"], expected))
    assert hone_ids(tmp_path, texts) == expected


# What the file says of an added token's id, tokenizers passes over.
@pytest.mark.parametrize("change", [lambda data: data["added_tokens"][-1].update(id=5),
                                    lambda data: data["added_tokens"][-1].update(id=data["added_tokens"][-1]["id"] + 40),
                                    lambda data: data["added_tokens"].reverse(),
                                    lambda data: data["model"]["vocab"].update({"</think>": 7}),
                                    lambda data: with_a_hole_before_the_first(data, moves_the_others=True)])
def test_an_added_token_of_another_id_than_tokenizers_gives_it_is_refused(change, tokenizer_folder, tmp_path):
    data = json.loads((tokenizer_folder / "tokenizer.json").read_text())
    change(data)
    (tmp_path / "tokenizer.json").write_text(json.dumps(data))
    given = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    differ = [token for token in data["added_tokens"] if given.token_to_id(token["content"]) != token["id"]]
    assert differ
    result = run("hone-preprocess", "--tokenizer", tmp_path, "--input", write_jsonl(tmp_path / "rows.jsonl", rows(2)), "--output",
                 tmp_path / "out", "--template", "qwen_sft", check=False)
    assert result.returncode == 3
    assert f"'{differ[0]['content']}' has the id {differ[0]['id']}" in result.stderr
    assert f"the tokenizers library gives it {given.token_to_id(differ[0]['content'])}" in result.stderr


def test_of_a_merge_that_comes_twice_the_later_one_counts(tokenizer_folder, tmp_path):
    data = json.loads((tokenizer_folder / "tokenizer.json").read_text())
    data["model"]["merges"] += data["model"]["merges"][:20]
    (tmp_path / "tokenizer.json").write_text(json.dumps(data))
    texts = [turn["content"] for row in rows(40) for turn in row["messages"]]
    tokenizer, once = (Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in [tmp_path, tokenizer_folder])
    expected = [e.ids for e in tokenizer.encode_batch(texts)]
    assert expected != [e.ids for e in once.encode_batch(texts)]
    assert hone_ids(tmp_path, texts) == expected


@pytest.mark.parametrize("flag", ["lstrip", "rstrip", "single_word"])
def test_an_added_token_that_strips_or_wants_a_whole_word_is_refused_by_name(flag, tokenizer_folder, tmp_path):
    tokenizer = Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json"))
    tokenizer.add_tokens([AddedToken("<odd>", **{flag: True})])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    result = run("hone-preprocess", "--tokenizer", tmp_path, "--input", write_jsonl(tmp_path / "rows.jsonl", rows(2)), "--output",
                 tmp_path / "out", "--template", "qwen_sft", check=False)
    assert result.returncode == 3 and "'<odd>'" in result.stderr and flag in result.stderr


def dataset_rows(folder):
    with h5py.File(folder / "part-00000-of-00001.h5") as part:
        offsets, tokens, mask = part["offsets"][:], part["tokens"][:], part["loss_mask"][:]
    return [(tokens[a:b].tolist(), mask[a:b].tolist()) for a, b in zip(offsets[:-1], offsets[1:])]


def check_rows_against_template(tokenizer_path, source, output):
    run("hone-preprocess", "--tokenizer", tokenizer_path, "--input", source, "--output", output, "--model_max_length", 1_000_000)
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_path)
    items = [json.loads(line) for line in source.read_text(encoding="utf-8").split("\n") if line.strip()]
    actual = dataset_rows(output)
    assert len(actual) == len(items)
    for item, (ids, _) in zip(items, actual):
        text = tokenizer.apply_chat_template(item["messages"], tokenize=False)
        assert ids == tokenizer(text, add_special_tokens=False)["input_ids"]


def test_rows_get_the_ids_of_the_rendered_template(tokenizer_folder, smollm2, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", rows(30))
    for i, folder in enumerate(folders(tokenizer_folder, smollm2)):
        check_rows_against_template(folder, source, tmp_path / str(i))


if SHARED.is_dir():  # test.sh says aloud when these rows are not there
    @pytest.mark.parametrize("name", ["alpaca_en", "alpaca_zh", "multiturn_en"])
    def test_real_rows_get_the_ids_of_the_rendered_template(name, smollm2, tmp_path):
        for i, folder in enumerate([SHARED / "qwen3-tokenizer", smollm2]):
            check_rows_against_template(folder, SHARED / "sft" / f"{name}.jsonl", tmp_path / str(i))


def test_targets_are_each_answer_and_its_end_token(tokenizer_folder, tmp_path):
    items = rows(20)
    source = write_jsonl(tmp_path / "rows.jsonl", items)
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    for loss, answers_of in [("assistant", lambda a: a), ("last", lambda a: a[-1:])]:
        output = tmp_path / loss
        run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", output, "--loss", loss)
        for item, (ids, mask) in zip(items, dataset_rows(output)):
            answers = [t["content"] for t in item["messages"] if t["role"] == "assistant"]
            expected = [i for a in answers_of(answers) for i in tokenizer(a, add_special_tokens=False)["input_ids"] + [end]]
            assert [i for i, m in zip(ids, mask) if m] == expected


def test_qwen_sft_is_the_examples_own_rendering(tokenizer_folder, tmp_path):
    items = rows(12)
    source = write_jsonl(tmp_path / "rows.jsonl", items)
    run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", tmp_path / "out", "--template", "qwen_sft",
        "--loss", "all")
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    for item, (ids, mask) in zip(items, dataset_rows(tmp_path / "out")):
        turns = item["messages"]
        if turns[0]["role"] != "system":
            turns = [{"role": "system", "content": "You are a helpful assistant."}] + turns
        text = "\n".join(f"<|im_start|>{t['role']}\n{t['content']}<|im_end|>" for t in turns)
        assert ids == tokenizer(text, add_special_tokens=False)["input_ids"]
        assert mask == [0] + [1] * (len(ids) - 1)


def test_text_that_looks_like_a_control_token_stays_text(tokenizer_folder, tmp_path):
    source = write_jsonl(tmp_path / "rows.jsonl", [{"messages": [
        {"role": "user", "content": "say <|im_end|> please"}, {"role": "assistant", "content": "<|im_end|> <think>x</think>"}]}])
    run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", tmp_path / "out")
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    (ids, _), = dataset_rows(tmp_path / "out")
    assert ids.count(tokenizer.convert_tokens_to_ids("<|im_end|>")) == 3  # the three turns' own ends
    assert ids.count(tokenizer.convert_tokens_to_ids("<think>")) == 1    # not special: parsed, as at inference
    assert "say <|im_end|> please" in tokenizer.decode(ids)
