"""A job of hone-train that runs beside the test: its steps, its processes, and disks that fail."""
import contextlib
import os
import pathlib
import signal
import subprocess
import time

from conftest import BIN, ROOT, read_metrics

FAULTY_IO = pathlib.Path(os.environ.get("HONE_TESTS", ROOT / "build" / "tests")) / "faulty_io.so"
STATE = {"T": "stopped", "Z": "dead", "": "gone"}


def fault(call, file, action, rank=None, when=None):
    """The environment in which `call` (read, write, fsync, unlink) on files with `file` in their path hangs, sleeps or fails."""
    settings = {"LD_PRELOAD": str(FAULTY_IO), "FAULT_CALL": call, "FAULT_FILE": str(file), "FAULT_DO": action}
    if rank is not None:
        settings["FAULT_RANK"] = str(rank)
    if when is not None:
        settings["FAULT_WHEN"] = str(when)
    return settings


def children(pid):
    out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in out.splitlines() if "hone-train" in line]


def state_of(pid):
    """'' for a process that is gone, else the first letter that ps shows."""
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()[:1]


class Job:
    """hone-train under mpirun; what it prints goes to files, so that no pipe can hold it up."""

    def __init__(self, output, arguments, ranks=2, env=None, logs=None):
        self.output = pathlib.Path(output)
        logs = pathlib.Path(logs or self.output.parent)
        self.out, self.err = logs / "stdout.txt", logs / "stderr.txt"
        command = [str(BIN / "hone-train"), *map(str, arguments)]
        if ranks > 1:
            command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks), *command]
        environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", **(env or {})}
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        self.expected_ranks = ranks
        self.seen = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def ranks(self):
        """Process ids by rank, of every rank that has been seen."""
        if self.expected_ranks == 1:
            return [self.process.pid]
        if len(self.seen) < self.expected_ranks:
            for pid in children(self.process.pid):
                with contextlib.suppress(OSError):  # it may have gone since
                    for setting in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                        if setting.startswith(b"OMPI_COMM_WORLD_RANK="):
                            self.seen[int(setting.split(b"=")[1])] = pid
        return [self.seen[rank] for rank in sorted(self.seen)]

    def steps(self):
        return len(read_metrics(self.output)) if (self.output / "metrics.jsonl").exists() else 0

    def wait_for_step(self, step, timeout=120):
        self.wait_until(lambda: self.steps() >= step, f"step {step}", timeout)

    def wait_until(self, condition, name, timeout=120):
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, f"the job ended before {name}\n{self.out.read_text()}\n{self.err.read_text()}"
            assert time.monotonic() < deadline, f"the job did not get to {name}"
            time.sleep(0.02)

    def wait(self, timeout=60):
        """The exit code; every process of the job is gone then."""
        ranks = self.ranks()
        code = self.process.wait(timeout=timeout)
        deadline = time.monotonic() + 30
        while any(STATE.get(state_of(rank)) not in ("dead", "gone") for rank in ranks):
            assert time.monotonic() < deadline, "a rank outlived its job"
            time.sleep(0.05)
        return code

    def errors(self):
        return [line for line in self.err.read_text().splitlines() if ": error: " in line]

    def kill(self):
        for pid in [*self.ranks(), self.process.pid] if self.process.poll() is None else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
