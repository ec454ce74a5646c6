"""Four-bit weights against bitsandbytes on the CPU: bytes, scales and restored weights, bit for bit.

bitsandbytes takes the offset of the scales with torch's fp32 mean, whose last bits depend on the thread count; Hone rounds
the exact mean once. So the bits are compared twice: with bitsandbytes' offset given to Hone, and with the rounded exact mean
put in the place of torch's.
"""
import os
import pathlib
import subprocess

import bitsandbytes.functional as bnb
import numpy as np
import pytest
import torch

from conftest import ROOT

torch.compiler.set_stance("force_eager")  # bitsandbytes compiles its way for odd sizes, for half a minute

PROGRAM = pathlib.Path(os.environ.get("HONE_TESTS", ROOT / "build" / "tests")) / "quantise_weights"
GROUP = 16384
SIZES = [1, 63, 64, 65, 16383, 16384, 16385, 10**6 + 7]
TYPES = ["nf4", "fp4"]


def normal(count):
    return torch.randn(count) * 0.02


def with_outliers(count):
    weights = normal(count)
    weights[torch.randperm(count)[:max(1, count // 500)]] *= 100
    return weights


def with_zero_blocks(count):
    weights = normal(count)
    weights[(torch.arange(count) // 64) % 3 == 0] = 0
    return weights


def of_all_magnitudes(count):
    """Each block a power of ten of its own, down to below the smallest normal number."""
    exponents = torch.randint(-44, 36, (count // 64 + 1,)).repeat_interleave(64)[:count]
    return (torch.randn(count, dtype=torch.float64) * 10.0 ** exponents.double()).float()


WEIGHTS = {
    "normal": normal,
    "uniform": lambda count: torch.rand(count) * 2 - 1,
    "outliers": with_outliers,
    "zeros": torch.zeros,
    "zero blocks": with_zero_blocks,
    "constant": lambda count: torch.full((count,), -0.37),
    "all magnitudes": of_all_magnitudes,
    "tiny": lambda count: torch.randn(count) * 1e-39,
    "huge": lambda count: torch.rand(count) * 1e30,
    "on the bounds": lambda count: torch.randint(-24, 25, (count,)) / 24.0,
    "bf16": lambda count: normal(count).bfloat16().float(),
    "fp16": lambda count: normal(count).half().float(),
}


def of_hone(folder, type, weights, offset=None, piece=1 << 40):
    (folder / "in").write_bytes(weights.numpy().tobytes())
    subprocess.run([PROGRAM, type, str(piece), folder / "in", folder / "out", *([] if offset is None else [repr(offset)])],
                   check=True)
    raw, count = (folder / "out").read_bytes(), weights.numel()
    blocks, groups = -(-count // 64), -(-count // GROUP)
    layout = np.dtype([("offset", "<f4"), ("codes", "u1", -(-count // 2)), ("scales", "u1", blocks),
                       ("group_maxima", "<f4", groups), ("fp32", "<f4", count), ("bf16", "<u2", count)])
    assert len(raw) == layout.itemsize
    return np.frombuffer(raw, layout)[0]


def of_bitsandbytes(type, weights):
    codes, state = bnb.quantize_4bit(weights, blocksize=64, compress_statistics=True, quant_type=type)
    return {"offset": state.offset.numpy(), "codes": codes.numpy().ravel(), "scales": state.absmax.numpy(),
            "group_maxima": state.state2.absmax.numpy(), "fp32": bnb.dequantize_4bit(codes, state).numpy().ravel()}


def exact_mean(scales):
    return torch.tensor(scales.numpy().mean(dtype=np.float64)).float()


def bits(values, type):
    # What FP4's negative zero is restored to differs between bitsandbytes' own kernels.
    return (values + np.float32(0) if type == "fp4" else values).view(np.uint32)


def assert_same_bits(ours, theirs, type):
    for name in ("codes", "scales"):
        np.testing.assert_array_equal(ours[name], theirs[name], name)
    for name in ("offset", "group_maxima"):
        np.testing.assert_array_equal(ours[name].view(np.uint32), theirs[name].view(np.uint32), name)
    np.testing.assert_array_equal(bits(ours["fp32"], type), bits(theirs["fp32"], type))


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("type", TYPES)
def test_bits_are_those_of_bitsandbytes_with_its_offset(type, kind, tmp_path):
    for seed, count in enumerate(SIZES):
        torch.manual_seed(seed)
        weights = WEIGHTS[kind](count)
        theirs = of_bitsandbytes(type, weights)
        assert_same_bits(of_hone(tmp_path, type, weights, float(theirs["offset"])), theirs, type)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("type", TYPES)
def test_bits_are_those_of_bitsandbytes_with_an_exact_mean(type, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.Tensor, "mean", exact_mean)
    for seed, count in enumerate(SIZES):
        torch.manual_seed(seed)
        weights = WEIGHTS[kind](count)
        assert_same_bits(of_hone(tmp_path, type, weights), of_bitsandbytes(type, weights), type)


def test_the_offset_is_torchs_within_its_last_bits(tmp_path):
    for seed, count in enumerate(SIZES):
        torch.manual_seed(seed)
        weights = normal(count)
        theirs = of_bitsandbytes("nf4", weights)["offset"]
        assert of_hone(tmp_path, "nf4", weights)["offset"] == pytest.approx(theirs, rel=2e-6)


def test_a_tensor_quantised_in_pieces_gives_the_same_file(tmp_path):
    weights = with_outliers(10**6 + 7)
    whole = of_hone(tmp_path, "nf4", weights).tobytes()
    for groups in (1, 5, 31):
        assert of_hone(tmp_path, "nf4", weights, piece=groups * GROUP).tobytes() == whole


@pytest.mark.parametrize("type", TYPES)
def test_bf16_weights_are_restored_as_bitsandbytes_restores_them(type, tmp_path):
    torch.manual_seed(0)
    weights = normal(10**6).bfloat16()
    codes, state = bnb.quantize_4bit(weights, blocksize=64, compress_statistics=True, quant_type=type)
    theirs = bnb.dequantize_4bit(codes, state).ravel()
    ours = of_hone(tmp_path, type, weights.float(), state.offset.item())["bf16"]
    assert theirs.dtype == torch.bfloat16
    np.testing.assert_array_equal(ours & 0x7FFF, theirs.view(torch.int16).numpy().view(np.uint16) & 0x7FFF)
    nonzero = (ours & 0x7FFF) != 0
    np.testing.assert_array_equal((ours >> 15)[nonzero], np.signbit(theirs.float().numpy())[nonzero])
