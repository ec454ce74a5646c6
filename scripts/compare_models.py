#!/usr/bin/env python3
"""Prints the loss of model folders on held-out answers, and what each says, using transformers alone.

Usage: compare_models.py HELDOUT.jsonl BASE TUNED...      Ends with 1 when a tuned model's loss is not below the base's.
"""
import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

QUESTION = "What is the capital of France?"


def answer_loss(model, tokenizer, rows) -> float:
    """Mean over the answers' tokens; an answer ends with <|im_end|>, and everything before it is prompt."""
    total, targets = 0.0, 0
    for row in rows:
        turns = row["messages"]
        for i, turn in enumerate(turns):
            if turn["role"] != "assistant":
                continue
            prompt = tokenizer.apply_chat_template(turns[:i], tokenize=False, add_generation_prompt=True)
            head = tokenizer(prompt, add_special_tokens=False)["input_ids"]
            tail = tokenizer(turn["content"] + "<|im_end|>", add_special_tokens=False)["input_ids"]
            logits = model(torch.tensor([head + tail])).logits[0, len(head) - 1:-1].float()
            total += torch.nn.functional.cross_entropy(logits, torch.tensor(tail), reduction="sum").item()
            targets += len(tail)
    return total / targets


def answer(model, tokenizer) -> str:
    ids = tokenizer.apply_chat_template([{"role": "user", "content": QUESTION}], add_generation_prompt=True,
                                        return_tensors="pt", return_dict=True)
    out = model.generate(**ids, max_new_tokens=40, do_sample=False)
    return tokenizer.decode(out[0, ids["input_ids"].shape[1]:], skip_special_tokens=True)


@torch.inference_mode()
def main() -> int:
    logging.disable_progress_bar()
    heldout, *folders = sys.argv[1:]
    rows = [json.loads(line) for line in pathlib.Path(heldout).read_text(encoding="utf-8").splitlines()]
    losses = []
    print(f"question: {QUESTION}")
    for folder in folders:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        losses.append(answer_loss(model, tokenizer, rows))
        print(f"{pathlib.Path(folder).name:6}  held-out loss {losses[-1]:.4f}  answer: {answer(model, tokenizer)}", flush=True)
    if max(losses[1:]) < losses[0]:
        return 0
    print("the held-out loss did not fall", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
