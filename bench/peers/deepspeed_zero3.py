"""Full fine-tuning in fp32 by DeepSpeed's ZeRO-3, one process per rank under torch.distributed.run."""
import os
import time

import deepspeed
import torch
from rows import BATCH, LEARNING_RATE, ROWS_PER_STEP, arguments, read_rows, report
from transformers import AutoModelForCausalLM

gathered_bytes = 0


def count_gathers():
    """Adds up what ZeRO-3 gathers, each message by its whole buffer."""
    gather = deepspeed.comm.allgather_fn

    def counting(output, *args, **kwargs):
        global gathered_bytes
        gathered_bytes += output.numel() * output.element_size()
        return gather(output, *args, **kwargs)

    deepspeed.comm.allgather_fn = counting


def padded(rows):
    """A micro-batch of rows as transformers takes it."""
    length = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    labels, attention = torch.full_like(ids, -100), torch.zeros_like(ids)
    for i, (row, mask) in enumerate(rows):
        row = torch.tensor(row)
        ids[i, :len(row)], attention[i, :len(row)] = row, 1
        labels[i, :len(row)] = torch.where(torch.tensor(mask) != 0, row, -100)
    return {"input_ids": ids, "attention_mask": attention, "labels": labels}


model_dir, dataset = arguments()
rank, ranks = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // ranks))
deepspeed.init_distributed(dist_backend="gloo")
rows = read_rows(dataset)
assert len(rows) % ROWS_PER_STEP == 0, "ranks with unequal shares would wait for each other"
model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
engine, *_ = deepspeed.initialize(
    model=model, optimizer=torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE),
    config={"train_micro_batch_size_per_gpu": BATCH, "gradient_accumulation_steps": ROWS_PER_STEP // BATCH // ranks,
            "zero_allow_untested_optimizer": True, "gradient_clipping": 1.0, "steps_per_print": 10**9,
            "zero_optimization": {"stage": 3, "overlap_comm": True, "contiguous_gradients": True}})
count_gathers()
start = time.perf_counter()
for i in range(rank * BATCH, len(rows), ranks * BATCH):
    loss = engine(**padded(rows[i:i + BATCH])).loss
    engine.backward(loss)
    engine.step()
seconds = time.perf_counter() - start
if rank == 0:
    report(seconds, rows, gathered_bytes_per_step=gathered_bytes / (len(rows) / ROWS_PER_STEP))
