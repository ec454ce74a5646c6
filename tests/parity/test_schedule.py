"""Learning rates against transformers.get_scheduler and DeepSpeed's WarmupLR, over the whole run and past its end."""
import json
import math
import os
import pathlib
import subprocess

import pytest
import torch
from transformers import get_scheduler

from conftest import ROOT

PROGRAM = pathlib.Path(os.environ.get("HONE_TESTS", ROOT / "build" / "tests")) / "schedule_rates"
PEAK = 3e-4
LENGTHS = [(0, 20), (3, 20), (1, 1), (20, 20), (25, 20), (0, 1), (7, 1000)]  # warm-up, total
SHAPES = ("linear", "cosine", "1-sqrt")
ARGUMENTS = {
    "linear": [{}],
    "cosine": [{}, {"num_cycles": 1.5}],
    "cosine_with_min_lr": [{"min_lr": 1e-5}, {"min_lr_rate": 0.1, "num_cycles": 1}],
    "constant": [{}],
    "constant_with_warmup": [{}],
    "polynomial": [{}, {"lr_end": 1e-5, "power": 2.0}, {"power": 0.5}],
    "inverse_sqrt": [{}, {"timescale": 50}],
    "warmup_stable_decay": [{"num_decay_steps": 5, "num_stable_steps": 4}, {"num_decay_steps": 100}, {"num_decay_steps": 0}]
    + [{"num_decay_steps": 7, "warmup_type": up, "decay_type": down, "min_lr_ratio": floor}
       for up in SHAPES for down in SHAPES for floor in (0, 0.1)],
}


def rates_of_hone(type, warmup, total, arguments, steps):
    request = {"type": type, "learning_rate": PEAK, "warmup_steps": warmup, "total_steps": total, "arguments": arguments,
               "steps": steps}
    return json.loads(subprocess.run([PROGRAM], input=json.dumps(request), capture_output=True, text=True, check=True).stdout)


def rates_of_transformers(type, warmup, total, arguments, steps):
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = get_scheduler(type, optimizer, num_warmup_steps=warmup, num_training_steps=total,
                              scheduler_specific_kwargs=dict(arguments))
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("type, arguments", [(type, arguments) for type in ARGUMENTS for arguments in ARGUMENTS[type]])
def test_rates_are_those_of_transformers(type, arguments):
    for warmup, total in LENGTHS:
        if type == "polynomial" and warmup == total:
            continue  # transformers divides by zero
        steps = total + 5
        ours = rates_of_hone(type, warmup, total, arguments, steps)
        theirs = rates_of_transformers(type, warmup, total, arguments, steps)
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-20), (warmup, total)


def rates_of_warmup_lr(warmup, arguments, steps):
    """What DeepSpeed 0.19 trains with: its scheduler counts from -1, the engine raises the count after each optimizer step, and
    the rate of a count below 0 is the least one."""
    least, shape = arguments.get("warmup_min_lr", 0.0), arguments.get("warmup_type", "log")
    warmup = max(2, warmup)
    rates, count = [], -1
    for _ in range(steps):
        if count < 0:
            share = 0.0
        elif count >= warmup:
            share = 1.0
        else:
            share = math.log(1 + count, warmup) if shape == "log" else count / warmup
        rates.append(least + share * (PEAK - least))
        count += 1
    return rates


@pytest.mark.parametrize("arguments", [{}, {"warmup_type": "log"}, {"warmup_type": "linear"}, {"warmup_min_lr": 1e-5},
                                       {"warmup_min_lr": 1e-5, "warmup_type": "linear"}])
def test_warmup_lr_has_the_rates_of_deepspeed(arguments):
    for warmup, total in LENGTHS:
        ours = rates_of_hone("warmup_lr", warmup, total, arguments, total + 5)
        assert ours == pytest.approx(rates_of_warmup_lr(warmup, arguments, total + 5), rel=1e-12, abs=1e-20), (warmup, total)


@pytest.mark.parametrize("shape, shares", [
    ("linear", [0, 0, 1 / 4, 2 / 4, 3 / 4, 1, 1, 1]),
    ("log", [0, 0, 1 / 2, math.log(3) / math.log(4), 1, 1, 1, 1]),
])
def test_warmup_lr_rises_from_the_third_step_on_and_then_stays(shape, shares):
    ours = rates_of_hone("warmup_lr", 4, 6, {"warmup_type": shape}, len(shares))
    assert ours == pytest.approx([PEAK * share for share in shares], rel=1e-12, abs=1e-20)
