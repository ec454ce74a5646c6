"""Writes OUT/tokenizer, and rows prepared with it: OUT/short for losses, OUT/long for speed."""
import json
import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from conftest import smollm2_tokenizer, write_jsonl  # noqa: E402

WORDS = "river stone lantern quiet market forty green window history engine paper salt winter bridge music seven".split()
ROWS = {"short": (64, 60, 120), "long": (256, 600, 1200)}  # rows, fewest and most words of an answer


def main():
    out = pathlib.Path(sys.argv[1])
    smollm2_tokenizer().save_pretrained(out / "tokenizer")
    draw = random.Random(7)
    for name, (count, fewest, most) in ROWS.items():
        text = [[" ".join(draw.choices(WORDS, k=draw.randint(fewest, most))) for _ in range(2)] for _ in range(count)]
        source = write_jsonl(out / f"{name}.jsonl", [{"messages": [
            {"role": "user", "content": question[:200]}, {"role": "assistant", "content": answer}]} for question, answer in text])
        subprocess.run([pathlib.Path(os.environ["HONE_BIN"]) / "hone-preprocess", "--tokenizer", out / "tokenizer", "--input", source,
                        "--output", out / name, "--model_max_length", "2048"], check=True, stdout=subprocess.DEVNULL)
        source.unlink()
    (out / "rows.json").write_text(json.dumps({name: count for name, (count, _, _) in ROWS.items()}))


main()
