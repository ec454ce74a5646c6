"""scripts/bundle.sh makes a folder that runs where only glibc and PyTorch are."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import torch

from conftest import BIN, ROOT, read_metrics, rows, write_jsonl

TORCH = pathlib.Path(torch.__path__[0])
USAGE = 2
GLIBC = r"(ld-linux-.*|libc|libm|libdl|librt|libpthread|libutil|libresolv|libnss_\w+|libmvec)\.so\.\d+"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """A bundle that was made in one folder and carried to another."""
    made = tmp_path_factory.mktemp("made") / "hone"
    subprocess.run([ROOT / "scripts" / "bundle.sh", made, BIN.parent], check=True)
    moved = tmp_path_factory.mktemp("node") / "bundle of hone"
    shutil.move(made, moved)
    return moved


def start(bundle, program, *arguments, ranks=1, torch_folder=TORCH, env=None):
    """Runs a program of the bundle in an environment that knows nothing else."""
    command = [bundle / "bin" / program, *map(str, arguments)]
    if ranks > 1:
        command = [bundle / "bin" / "mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks), *command]
    environment = {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "1", **(env or {})}
    if torch_folder is not None:
        environment["HONE_TORCH"] = str(torch_folder)
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


def loaded_libraries(logs):
    """What the dynamic linker loaded into the bundle's programs, as they name it."""
    found = set()
    for log in logs:
        text = log.read_text(errors="replace")
        if "/libexec/hone/" not in text:
            continue  # the launcher's helpers are the node's own
        # A launcher's shell becomes the program: what the shell loaded stands before.
        shells = [match.end() for match in re.finditer(r"transferring control: (.*)", text) if "/libexec/hone/" not in match[1]]
        found.update(pathlib.Path(name) for name in re.findall(r"calling init: (/.+)", text[max(shells, default=0):]))
    return found


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_bundle_trains_with_its_own_libraries_alone(bundle, make_model, tokenizer_folder, tmp_path, ranks):
    source = write_jsonl(tmp_path / "rows.jsonl", rows())
    logs = tmp_path / "libraries"
    logs.mkdir()
    watch = {"LD_DEBUG": "libs", "LD_DEBUG_OUTPUT": str(logs / "of")}
    prepared = start(bundle, "hone-preprocess", "--tokenizer", tokenizer_folder, "--input", source, "--output", tmp_path / "dataset",
                     env=watch)
    assert prepared.returncode == 0, prepared.stderr
    trained = start(bundle, "hone-train", "--model_name_or_path", make_model("qwen3"), "--data_path", tmp_path / "dataset",
                    "--output_dir", tmp_path / "out", "--max_steps", 2, "--logging_steps", 1, "--save_strategy", "no",
                    "--per_device_train_batch_size", 2, ranks=ranks, env=watch)
    assert trained.returncode == 0, trained.stdout + trained.stderr
    assert len(read_metrics(tmp_path / "out")) == 2
    loaded = loaded_libraries(logs.iterdir())
    own = (bundle.resolve(), TORCH.resolve().parent)
    assert not [path for path in loaded if not (any(path.resolve().is_relative_to(folder) for folder in own)
                                                or re.fullmatch(GLIBC, path.name))]
    plugins = ["mca_btl_vader", "mca_pmix"] if ranks > 1 else []  # one rank starts without MPI
    for library in ["libtorch_cpu", "libmpi", "libhdf5", "libpcre2", *plugins]:
        assert any(path.name.startswith(library) for path in loaded), loaded


def test_a_bundle_stays_below_60_megabytes(bundle):
    assert sum(path.lstat().st_size for path in bundle.rglob("*")) < 60e6


@pytest.mark.parametrize("program", ["hone-train", "hone-preprocess", "hone-inspect", "hone-export"])
def test_every_program_of_a_bundle_starts(bundle, program):
    result = start(bundle, program, "--version")
    assert result.returncode == 0 and torch.__version__.split("+")[0] in result.stdout, result.stdout + result.stderr


def test_a_bundle_names_no_folder_of_the_machine_that_made_it(bundle):
    for program in (bundle / "libexec" / "hone").glob("hone-*"):
        entries = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
        assert "RUNPATH" not in entries and "RPATH" not in entries


def refusal(result):
    assert result.returncode == USAGE, result
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def test_a_bundle_says_how_to_find_pytorch_when_it_was_not_told(bundle):
    assert refusal(start(bundle, "hone-train", "--help", torch_folder=None)).startswith(
        "hone-train: error: HONE_TORCH is not set (LibTorch and NCCL come from this node's PyTorch); set it to the folder of PyTorch "
        + torch.__version__)


def test_a_folder_without_pytorch_is_named(bundle, tmp_path):
    assert f"HONE_TORCH '{tmp_path}' holds no PyTorch" in refusal(start(bundle, "hone-train", "--help", torch_folder=tmp_path))


def test_pytorch_of_another_version_is_refused_with_both_versions(bundle, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libtorch_cpu.so").touch()
    (tmp_path / "version.py").write_text("__version__ = '2.4.1+cu121'\n")
    line = refusal(start(bundle, "hone-train", "--help", torch_folder=tmp_path))
    assert f"is PyTorch 2.4.1+cu121 (this hone-train was made with {torch.__version__})" in line


@pytest.mark.parametrize("glibc", ["glibc 2.17", "glibc 2.5.1", None])
def test_a_node_with_an_older_glibc_is_refused_with_both_versions(bundle, tmp_path, glibc):
    script = tmp_path / "getconf"
    script.write_text(f"#!/bin/sh\necho '{glibc}'\n" if glibc else "#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    line = refusal(start(bundle, "hone-train", "--version", env={"PATH": f"{tmp_path}:/usr/bin:/bin"}))
    assert re.search(rf"this node has {glibc or 'no glibc'} \(this bundle needs glibc 2\.\d+ or later\)", line), line


def test_the_glibc_that_a_bundle_needs_is_the_newest_that_readelf_sees(bundle):
    paths = [path for folder in ["lib", "libexec"] for path in (bundle / folder).rglob("*") if path.is_file()]
    files = [path for path in paths if path.read_bytes()[:4] == b"\x7fELF"]
    text = subprocess.run(["readelf", "-V", *files], capture_output=True, text=True, check=True).stdout
    newest = max(int(minor) for minor in re.findall(r"Name: GLIBC_2\.(\d+)", text))
    assert (bundle / "lib" / "glibc").read_text() == f"2.{newest}\n"


def test_an_existing_folder_is_not_overwritten(tmp_path):
    result = subprocess.run([ROOT / "scripts" / "bundle.sh", tmp_path, BIN.parent], capture_output=True, text=True)
    assert refusal(result) == f"bundle: error: {tmp_path} exists; name a new folder\n"
