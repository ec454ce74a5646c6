"""Where splitting rules cut, against Hugging Face tokenizers, whose engine reads some expressions otherwise than Hone's."""
import random

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from test_tokenizer import hone_ids

# What rules tell apart: ends of lines, spaces, a vowel separator that was a space once, marks and digits of every kind.
LINES = ["\n", "\n", "\n\n", "\r\n", "\r", " ", "  ", "\t", "\u0085", "\u2028", "\u00a0", "\u180e", "a", "b", "A", "ab", "xyz", "e\u0301", "\u4e2d", "1",
         "23", "\u0663", "_", "{", "}", ",", ".", "$", "^", "/", "'s", "'LL", "\u0928\u092e\u0938\u094d\u0924\u0947"]
RULES = {
    "ends": [r"\s+$"], "an end": [r"a$|\n"], "an end of one": [r"\n$"], "a begin of one": [r"\n^"], "two ends": [r"(?:\s$)+|."], "begins": [r"^\s+"], "a begin": [r"^a|^\n"],
    "a whole line": [r"^[^\n]*\n|^[^\n]+$"], "not an end": [r"\s(?!$)"], "not a begin": [r"(?<!^)[ab]"], "no space": [r"[\S]+"],
    "a space twice denied": [r"[^\S\n]+"], "no letter": [r"\p{^L}+"], "no digit": [r"\P{^N}"], "a code point": [r"\x{4e2d}+|[\x{61}-\x{7a}]+"],
    "a lazy interval": [r"[a-z]{1,3}?|\s{2,}"], "braces": [r"\p{N}{1,}|{|}|[^{}\p{N}]+"], "options": [r"(?i)xyz|B|'ll"],
    "DeepSeek-LLM": [r"[\r\n]", r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿ]+", r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", r"[一-龥ࠀ-一가-퟿]+", r"\p{N}"],
    "DeepSeek-V3": [r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+",
                    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""],
    "o200k": [r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
              r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
              r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "OLMo 2": [r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"],
    "possessive": [r"(?i:'s|'ll)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"]}


@pytest.fixture(scope="module")
def merging_across():
    """A tokenizer whose merges go across words, so that its ids tell where a text was cut, and such texts."""
    random.seed(13)
    texts = ["".join(random.choice(LINES) for _ in range(random.randint(1, 8))) for _ in range(5000)] + LINES
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=4000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                                             show_progress=False))
    return tokenizer, texts


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_a_splitting_rule_cuts_where_tokenizers_cuts(rules, merging_across, tmp_path):
    merging, texts = merging_across
    tokenizer = Tokenizer.from_str(merging.to_str())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*(pre_tokenizers.Split(Regex(rule), "isolated") for rule in rules),
                                                       merging.pre_tokenizer])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    expected, whole = ([e.ids for e in t.encode_batch(texts)] for t in [tokenizer, merging])
    assert expected != whole
    different = [(t, a, e) for t, a, e in zip(texts, hone_ids(tmp_path, texts), expected, strict=True) if a != e]
    assert not different, (len(different), different[0])
