"""A Slurm of the test's own: one controller and simulated nodes on this machine, with ports, key and state of their own."""
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

DAEMONS = ("munged", "slurmctld", "slurmd")
CONFIGURATION = """\
ClusterName=hone-test
SlurmctldHost=localhost
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={root}/munge/socket
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool-%n
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd-%n.pid
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdLogFile={root}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=10
MinJobAge=3600
SchedulerParameters=bf_interval=1,sched_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=test Nodes={names} Default=YES MaxTime=INFINITE State=UP GraceTime=20
PartitionName=urgent Nodes={names} MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
"""
NODE = "NodeName={name} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=1000\n"


def program(name):
    """Daemons lie in /usr/sbin, which a user's PATH may lack."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    assert path, f"{name} is not installed: the packages slurm-wlm and munge are needed (./setup.sh ci installs them)"
    return path


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for sock in held:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in held]
    for sock in held:
        sock.close()
    return ports


class PrivateSlurm:
    """Daemons run in the foreground as children of this process, so that they end with it whatever happens to it."""

    def __init__(self, root, nodes):
        self.root = pathlib.Path(root)
        self.nodes = [f"n{i + 1}" for i in range(nodes)]
        self.daemons = []
        # Nothing of a Slurm that this machine may belong to, nor of a job that the tests may run in.
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("SLURM_", "SBATCH_", "SRUN_", "OMPI_", "PMIX_", "PRTE_"))}
        self.environment |= {"SLURM_CONF": str(self.root / "slurm.conf"), "OMPI_ALLOW_RUN_AS_ROOT": "1",
                             "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

    def start(self):
        programs = {name: program(name) for name in DAEMONS}
        for folder in ("munge", "log", "state", *(f"spool-{node}" for node in self.nodes)):
            (self.root / folder).mkdir(mode=0o700)
        controller, *ports = free_ports(1 + len(self.nodes))
        user = subprocess.check_output(["id", "-un"], text=True).strip()
        text = CONFIGURATION.format(root=self.root, user=user, controller=controller, names=",".join(self.nodes))
        text += "".join(NODE.format(name=name, port=port) for name, port in zip(self.nodes, ports))
        (self.root / "slurm.conf").write_text(text)
        key = self.root / "munge" / "key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        files = {name: self.root / "munge" / name for name in ("socket", "log", "pid", "seed")}
        # --force: the socket's folder is open to this user alone, which suits.
        self._spawn(programs["munged"], "--foreground", "--force", f"--key-file={key}",
                    *(f"--{name}{'' if name == 'socket' else '-file'}={path}" for name, path in files.items()))
        self._wait_for(files["socket"].exists, "munged has no socket")
        self._spawn(programs["slurmctld"], "-D")
        for node in self.nodes:
            self._spawn(programs["slurmd"], "-D", "-N", node)
        self._wait_for(self._all_idle, "the nodes did not become idle")
        return self

    def stop(self):
        if self.daemons and all(daemon.poll() is None for daemon in self.daemons):
            # Jobs first: their steps would outlive the daemons.
            self.call("scancel", f"--user={os.getuid()}", check=False)
            deadline = time.monotonic() + 30
            while self.call("squeue", "--noheader", check=False).stdout.strip() and time.monotonic() < deadline:
                time.sleep(0.2)
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def call(self, *words, check=True, **extra):
        """The output of a command of Slurm, or of a script that calls some."""
        result = subprocess.run([str(word) for word in words], env={**self.environment, **extra}, capture_output=True, text=True,
                                timeout=60)
        assert not check or result.returncode == 0, f"{words}\n{result.stdout}\n{result.stderr}"
        return result.stdout if check else result

    def show(self, job):
        """The fields of `scontrol show job`."""
        words = self.call("scontrol", "--oneliner", "show", "job", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def state(self, job):
        return self.show(job)["JobState"]

    def _all_idle(self):
        result = self.call("sinfo", "--noheader", "--Node", "--partition=test", "--format=%T", check=False)
        return result.stdout.split() == ["idle"] * len(self.nodes)

    def _spawn(self, *words):
        log = self.root / "log" / f"{len(self.daemons)}-{pathlib.Path(words[0]).name}.out"
        with log.open("w") as out:
            self.daemons.append(subprocess.Popen(words, env=self.environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                                 start_new_session=True, preexec_fn=end_with_parent))

    def _wait_for(self, condition, complaint, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            ended = [daemon.args[0] for daemon in self.daemons if daemon.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"the private Slurm did not start: {complaint}; ended: {ended}\n{self.logs()}")
            time.sleep(0.1)

    def logs(self):
        return "\n".join(f"--- {path}\n{path.read_text(errors='replace')[-2000:]}"
                         for folder in ("munge", "log") for path in sorted((self.root / folder).glob("*"))
                         if path.suffix in (".log", ".out"))


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
