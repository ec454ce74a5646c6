"""What the peers of bench/train.py share: the dataset's rows, and how a peer reports."""
import json
import pathlib
import sys

BATCH = 2  # rows per micro-batch
ROWS_PER_STEP = 16
LEARNING_RATE = 1e-5
LORA = {"r": 64, "lora_alpha": 16, "lora_dropout": 0.05,
        "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "gate_proj", "down_proj"]}


def read_rows(dataset):
    """(ids, loss mask) of every row of a dataset that hone-preprocess wrote."""
    import h5py

    rows = []
    for part in sorted(pathlib.Path(dataset).glob("part-*.h5")):
        with h5py.File(part) as file:
            offsets, tokens, mask = file["offsets"][:], file["tokens"][:], file["loss_mask"][:]
            for begin, end in zip(offsets[:-1], offsets[1:]):
                rows.append((tokens[begin:end].tolist(), mask[begin:end].tolist()))
    return rows


def arguments():
    """A peer is called with MODEL_DIR DATASET_DIR; it takes every row once."""
    return sys.argv[1], sys.argv[2]


def report(seconds, rows, **more):
    """What a peer prints for bench/train.py. Padding is no token."""
    print(json.dumps({"seconds": seconds, "tokens": sum(len(ids) for ids, _ in rows), **more}))
