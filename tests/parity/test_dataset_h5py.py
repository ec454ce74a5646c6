"""The dataset on disk as h5py sees it, and what hone-inspect says of it, damaged or whole."""
import hashlib
import json
import shutil

import h5py
import pytest
from safetensors import safe_open
from tokenizers import Tokenizer

from conftest import run


def shown(folder, count=1000):
    lines = run("hone-inspect", "dataset", folder, "--show", count, "--format", "jsonl").stdout.splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def copy(dataset, tmp_path):
    return shutil.copytree(dataset, tmp_path / "copy")


def only_part(folder):
    (part,) = folder.glob("part-*.h5")
    return part


def test_h5py_reads_the_same_rows_as_hone_inspect(dataset):
    manifest = json.loads((dataset / "manifest.json").read_text())
    row_objects = shown(dataset)
    assert len(row_objects) == manifest["counts"]["rows"] > 0
    with h5py.File(only_part(dataset)) as part:
        for name, dtype in {"tokens": "<u4", "loss_mask": "|u1", "offsets": "<u8", "target_counts": "<u4",
                            "source/file": "<u4", "source/line": "<u8"}.items():
            assert part[name].ndim == 1 and part[name].dtype.str == dtype, name
            assert part[name].fletcher32 and part[name].chunks, name
        offsets = part["offsets"][:]
        assert offsets[0] == 0 and offsets[-1] == len(part["tokens"]) == manifest["counts"]["tokens"]
        for i, row in enumerate(row_objects):
            begin, end = offsets[i], offsets[i + 1]
            assert row["row"] == i
            assert row["ids"] == part["tokens"][begin:end].tolist()
            assert row["loss_mask"] == part["loss_mask"][begin:end].tolist()
            assert part["target_counts"][i] == sum(row["loss_mask"][1:])
            assert row["line"] == part["source/line"][i]
            assert row["file"] == manifest["inputs"][part["source/file"][i]]["path"]
        assert part["target_counts"][:].sum() == manifest["counts"]["targets"]
        assert part.attrs["rows"] == manifest["counts"]["rows"]


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def test_every_part_says_what_it_was_made_with(dataset):
    manifest = json.loads((dataset / "manifest.json").read_text())
    expected = {"format_version": manifest["format_version"], "tool_version": manifest["tool_version"],
                "tokenizer_sha256": hashlib.sha256((dataset / "tokenizer" / "tokenizer.json").read_bytes()).hexdigest(),
                "template_name": manifest["template"]["name"], "template_sha256": manifest["template"]["sha256"],
                "loss": "assistant", "model_max_length": 512}
    assert manifest["tokenizer_sha256"] == expected["tokenizer_sha256"]
    assert manifest["loss"] == expected["loss"] and manifest["model_max_length"] == expected["model_max_length"]
    with h5py.File(only_part(dataset)) as part:
        for name, value in expected.items():
            assert text(part.attrs[name]) == value, name


def test_content_digest_is_what_the_header_says(dataset):
    manifest = json.loads((dataset / "manifest.json").read_text())
    digest = hashlib.sha256()
    with h5py.File(only_part(dataset)) as part:
        offsets = part["offsets"][:]
        for i in range(len(offsets) - 1):
            rows = slice(offsets[i], offsets[i + 1])
            digest.update((offsets[i + 1] - offsets[i]).astype("<u4").tobytes())
            for values in (part["tokens"][rows], part["loss_mask"][rows], part["source/file"][i], part["source/line"][i]):
                digest.update(values.tobytes())
        assert text(part.attrs["content_sha256"]) == digest.hexdigest()
    assert manifest["parts"][0]["content_sha256"] == digest.hexdigest()


def test_inspect_decodes_as_tokenizers_does(dataset):
    tokenizer = Tokenizer.from_file(str(dataset / "tokenizer" / "tokenizer.json"))
    for row in shown(dataset):
        assert row["text"] == tokenizer.decode(row["ids"], skip_special_tokens=False)


def test_verify_passes_a_whole_dataset(dataset):
    assert "verified" in run("hone-inspect", "dataset", dataset, "--verify").stdout


def flip_token_byte(folder):
    with h5py.File(only_part(folder)) as part:
        place = part["tokens"].id.get_chunk_info(0).byte_offset
    data = bytearray(only_part(folder).read_bytes())
    data[place + 5] ^= 1
    only_part(folder).write_bytes(data)


def change_loss(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "loss": "all"}))


@pytest.mark.parametrize("name, damage, message", [
    ("no manifest", lambda folder: (folder / "manifest.json").unlink(), "manifest.json"),
    ("no part", lambda folder: only_part(folder).unlink(), "part-00000-of-00001.h5"),
    ("cut part", lambda folder: only_part(folder).write_bytes(only_part(folder).read_bytes()[:-1]), "part-00000-of-00001.h5"),
    ("changed byte", flip_token_byte, "part-00000-of-00001.h5"),
    ("stale part", lambda folder: shutil.copy(only_part(folder), folder / "part-00000-of-00002.h5"), "part-00000-of-00002.h5"),
    ("part of another run", change_loss, "part-00000-of-00001.h5 comes from another run"),
    ("another tokenizer", lambda folder: (folder / "tokenizer" / "tokenizer.json").write_text("{}"), "tokenizer.json"),
])
def test_verify_finds_damage(copy, name, damage, message):
    damage(copy)
    result = run("hone-inspect", "dataset", copy, "--verify", check=False)
    assert result.returncode == 3, name
    (line,) = result.stderr.splitlines()
    assert line.startswith("hone-inspect: error: ") and message in line


def test_inspect_lists_tensors_as_safetensors_does(make_model):
    folder = make_model("qwen3")
    output = run("hone-inspect", "safetensors", folder, "--verify").stdout
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        names = list(file.keys())
        for name in names:
            assert f"{name} " in output
            assert f"F32   ({', '.join(map(str, file.get_slice(name).get_shape()))})" in output
    assert f"{len(names)} tensors" in output


@pytest.mark.parametrize("arguments", [[], ["dataset"], ["datset", "x"], ["dataset", "x", "--shw", "3"],
                                       ["dataset", "x", "--format", "xml"], ["safetensors", "x", "--show", "3"]])
def test_wrong_usage_is_one_line_and_exit_code_2(arguments):
    result = run("hone-inspect", *arguments, check=False)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("hone-inspect: error: ")
