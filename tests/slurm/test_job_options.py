"""The options of finetune.sh on each job script: what the run was really started with, from its run.json."""
import json

import pytest

from conftest import ROOT
from job_control import submit, text_of, wait_for
from shared_jobs import dataset_of_job, folder, model, prepared, slurm, unbroken, unbroken_job  # noqa: F401

FULL = {"use_lora": False, "q_lora": False, "learning_rate": 1e-5, "weight_decay": 0.1, "zero_stage": 3, "lr_scheduler_type": "cosine"}
LORA = {"use_lora": True, "q_lora": False, "lora_r": 64, "lora_dropout": 0.05, "learning_rate": 3e-4, "zero_stage": 3,
        "lr_scheduler_type": "cosine"}
QLORA = {**LORA, "q_lora": True, "bnb_4bit_quant_type": "nf4"}
# finetune.sh's own settings beside what its DeepSpeed JSON names: stage and scheduler.
DEEPSPEED = {"learning_rate": 3e-4, "weight_decay": 0.01, "weight_decay_all": True, "zero_stage": 2, "lr_scheduler_type": "warmup_lr"}
ZERO_2 = ["--deepspeed", ROOT / "configs" / "ds_config_zero2.json"]
CASES = {
    "full": ([], "full", FULL),
    "full --use_lora": (["--use_lora"], "lora", LORA),
    "full --use_lora --q_lora": (["--use_lora", "--q_lora"], "qlora", QLORA),
    "full --use_lora=True --q_lora True": (["--use_lora=True", "--q_lora", "True"], "qlora", QLORA),
    "full --deepspeed": (ZERO_2, "finetune_sh", {**DEEPSPEED, "use_lora": False}),
    "full --use_lora --q_lora --deepspeed": (["--use_lora", "--q_lora", *ZERO_2], "finetune_sh",
                                             {**DEEPSPEED, "use_lora": True, "q_lora": True}),
    "full --config": (["--config", ROOT / "configs" / "lora.json"], None, LORA),
    "lora": ([], "lora", LORA),
    "lora --q_lora": (["--q_lora"], "qlora", QLORA),
    "lora --deepspeed": (ZERO_2, "finetune_sh", {**DEEPSPEED, "use_lora": True, "q_lora": False}),
    "qlora": ([], "qlora", QLORA),
    "qlora --lora_r 4": (["--lora_r", 4], "qlora", {**QLORA, "lora_r": 4}),
    "qlora --deepspeed": (ZERO_2, "finetune_sh", {**DEEPSPEED, "use_lora": True, "q_lora": True}),
}


@pytest.fixture(scope="module")
def jobs(slurm, folder, model, dataset_of_job):  # noqa: F811
    """By case: the job and its log. All are queued at once, on one node each."""
    submitted = {}
    for number, (case, (words, _, _)) in enumerate(CASES.items()):
        output = folder / f"options-{number}"
        log = folder / f"options-{number}.log"
        job = submit(slurm, log, ["--nodes=1"], f"slurm/{case.split()[0]}.sbatch", "-m", model, "-d", dataset_of_job, "--output_dir", output,
                     *words, "--max_steps", 1, "--save_strategy", "no", "--threads", 1)
        submitted[case] = job, log, output
    return submitted


@pytest.mark.parametrize("case", CASES)
def test_a_job_trains_with_what_its_options_say(case, slurm, model, dataset_of_job, jobs):  # noqa: F811
    job, log, output = jobs[case]
    _, settings, expected = CASES[case]
    wait_for(slurm, job, log, "COMPLETED")
    config = json.loads((output / "run.json").read_text())["config"]
    expected = {"model_name_or_path": str(model), "data_path": str(dataset_of_job), **expected}
    assert {name: config[name] for name in expected} == expected
    assert (f"settings from configs/{settings}.json" in text_of(log)) == (settings is not None)
    weights = "adapter_model.safetensors" if expected["use_lora"] else "model.safetensors"
    assert [path.name for path in output.glob("*.safetensors")] == [weights]
    assert ("parameters in 4 bits" in text_of(log)) == expected.get("q_lora", False)
