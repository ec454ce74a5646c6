# shellcheck shell=bash disable=SC2034
# The only file here that knows this site. The jobs source it on their first node, chain.sh on the login node; source
# it yourself (`. slurm/env.sh`) before sbatch where it exports SBATCH_ variables. What a job's environment sets
# already goes before what stands here.

# Software: what Hone was built with, by the site's names.
# module load gcc openmpi hdf5

# Where jobs are charged and queued: sbatch reads these.
# export SBATCH_ACCOUNT=project SBATCH_PARTITION=compute

# Hone's programs.
HONE_BIN=${HONE_BIN:-$HONE_HOME/build/bin}

# What starts the ranks: srun (needs a Slurm with PMIx: `srun --mpi=list` says so), or mpirun, the one of the MPI that
# Hone was built with.
HONE_LAUNCHER=${HONE_LAUNCHER:-srun}

# Flags for it besides those that job.sh gives, such as (--mca btl_tcp_if_include ib0).
HONE_LAUNCHER_FLAGS=()

# How often a job may be started again before it is given up. Slurm counts requeues after node failures too.
HONE_MAX_RESTARTS=${HONE_MAX_RESTARTS:-20}
