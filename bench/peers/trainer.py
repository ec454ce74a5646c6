"""transformers' Trainer on a dataset's rows, for the peers that differ in their model alone."""
import tempfile
import time

from rows import BATCH, LEARNING_RATE, ROWS_PER_STEP, read_rows, report
from transformers import AutoTokenizer, DataCollatorForSeq2Seq, Trainer, TrainerCallback, TrainingArguments


class Clock(TrainerCallback):
    """Seconds of the training steps alone."""

    def on_train_begin(self, *_, **__):
        self.start = time.perf_counter()

    def on_train_end(self, *_, **__):
        self.seconds = time.perf_counter() - self.start


def train(model, model_dir, dataset):
    rows = read_rows(dataset)
    examples = [{"input_ids": ids, "labels": [i if m else -100 for i, m in zip(ids, mask)], "attention_mask": [1] * len(ids)}
                for ids, mask in rows]
    clock = Clock()
    with tempfile.TemporaryDirectory() as output:
        arguments = TrainingArguments(output, per_device_train_batch_size=BATCH, gradient_accumulation_steps=ROWS_PER_STEP // BATCH,
                                      num_train_epochs=1, learning_rate=LEARNING_RATE, save_strategy="no", report_to="none",
                                      use_cpu=True, logging_strategy="no", disable_tqdm=True, seed=42)
        Trainer(model, arguments, train_dataset=examples, callbacks=[clock],
                data_collator=DataCollatorForSeq2Seq(AutoTokenizer.from_pretrained(model_dir), padding=True)).train()
    report(clock.seconds, rows)
