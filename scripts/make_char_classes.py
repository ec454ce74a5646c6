#!/usr/bin/env python3
"""Writes preprocess/tokenizer/char_ranges.inc: the letters (general category L) and numbers (N) of Unicode as ranges.

They are asked of Hugging Face tokenizers' own engine, one character at a time, so that words are cut where it cuts them; PCRE2
and utf8proc follow older versions of Unicode. Run it again when requirements.txt takes a newer tokenizers.
"""
import pathlib

import tokenizers
from tokenizers import Regex, pre_tokenizers

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "preprocess" / "tokenizer" / "char_ranges.inc"
CHARACTERS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def matching(pattern):
    rule = pre_tokenizers.Split(Regex(pattern), "removed")
    result = set()
    for begin in range(0, len(CHARACTERS), 4096):
        block = CHARACTERS[begin:begin + 4096]
        kept = set("".join(piece for piece, _ in rule.pre_tokenize_str("".join(map(chr, block)))))
        result.update(c for c in block if chr(c) not in kept)
    return result


def ranges(members):
    result = []
    for c in sorted(members):
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def table(name, pattern):
    entries = [f"{{0x{first:X}, 0x{last:X}}}" for first, last in ranges(matching(pattern))]
    lines, line = [], " "
    for entry in entries:
        if len(line) + len(entry) + 2 > 110:
            lines.append(line)
            line = " "
        line += f" {entry},"
    return f"constexpr CharRange {name}[] = {{\n" + "\n".join([*lines, line.rstrip(",")]) + "};\n"


OUTPUT.write_text(f"// Written by scripts/make_char_classes.py with tokenizers {tokenizers.__version__}.\n\n"
                  + table("kLetters", r"\p{L}") + "\n" + table("kNumbers", r"\p{N}"))
