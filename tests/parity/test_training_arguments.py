"""hone-train's flags against the TrainingArguments of the transformers that is installed."""

import dataclasses
import json
import os
import pathlib
import subprocess

import pytest
from transformers import TrainingArguments

HONE_TRAIN = pathlib.Path(os.environ.get("HONE_BIN", "build/bin")) / "hone-train"

# Where Hone's default differs on purpose, or spells "not given" in another way.
OWN_DEFAULTS = {
    "output_dir": "",
    "optim": "adamw_torch",  # one AdamW behind both names
    "lr_scheduler_kwargs": {},
    "gradient_checkpointing": False,
    "save_total_limit": 0,
    "eval_steps": 0,
    "deepspeed": "",
    "resume_from_checkpoint": "auto",
}


def print_config(*flags):
    return subprocess.run([HONE_TRAIN, "--print_config", *flags], capture_output=True, text=True)


def default_of(field):
    if field.default is not dataclasses.MISSING:
        return field.default
    return field.default_factory()


FIELDS = dataclasses.fields(TrainingArguments)


@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_every_training_argument_is_known(name):
    run = print_config(f"--{name}=surely-not-a-value")
    assert f"'--{name}' is not known" not in run.stderr, run.stderr
    assert run.returncode in (0, 2), run.stderr


def test_defaults_are_those_of_transformers():
    config = json.loads(print_config().stdout)
    compared = 0
    for field in FIELDS:
        if field.name not in config:
            continue
        want = default_of(field)
        want = getattr(want, "value", want)  # enumerations
        assert config[field.name] == OWN_DEFAULTS.get(field.name, want), field.name
        compared += 1
    assert compared > 25


def test_switches_at_their_defaults_are_accepted():
    for field in FIELDS:
        if isinstance(default_of(field), bool):
            run = print_config(f"--{field.name}", str(default_of(field)))
            assert run.returncode == 0, (field.name, run.stderr)
