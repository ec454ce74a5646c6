"""bitsandbytes as an oracle: what it defines, where its kernels for AVX-512 give something else."""
import ctypes

from bitsandbytes.backends.cpu import ops


class _RowsAsOne:
    """bitsandbytes' library. Its kernels for AVX-512 (0.50) restore tensors wrongly whose rows are no multiple of a block. Blocks go along
    the flattened tensor, so one long row says the same."""

    def __init__(self, library):
        self._library = library

    def __getattr__(self, name):
        function = getattr(self._library, name)
        if not name.startswith(("cdequantize_blockwise_cpu_nf4_", "cdequantize_blockwise_cpu_fp4_")):
            return function

        def restore(packed, maxima, out, block, rows, columns):
            function(packed, maxima, out, block, ctypes.c_longlong(1), ctypes.c_longlong(rows.value * columns.value))

        return restore


def install():
    if not isinstance(ops.lib, _RowsAsOne):
        ops.lib = _RowsAsOne(ops.lib)


def compute_in_fp32(model):
    """Where the processor has bf16, its layers would compute in that outside of training."""
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
