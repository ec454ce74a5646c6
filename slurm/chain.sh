#!/usr/bin/env bash
# A chain of jobs for a run that is longer than one time limit, where requeueing isn't wanted or allowed: each job starts
# when the one before has ended well, and goes on from its checkpoint.
# Usage: slurm/chain.sh N [options of sbatch] slurm/full.sbatch -m MODEL -d DATASET --output_dir OUT [flags]
# A job that failed ends the chain: the rest is cancelled. Jobs behind the one that finished the run find nothing to do.

set -eo pipefail
HONE_HOME=${HONE_HOME:-$PWD}
if [[ $1 == -h || $1 == --help ]]; then
  sed -n '/^# Usage:/,/^$/s/^# \{0,1\}//p' "$0"
  exit 0
fi
if [[ ! $1 =~ ^[1-9][0-9]*$ || $# -lt 2 ]]; then
  echo "chain: error: no number of jobs, or no job script after it; say slurm/chain.sh N slurm/full.sbatch ..." >&2
  exit 2
fi
if [[ ! -r $HONE_HOME/slurm/env.sh ]]; then
  echo "chain: error: $HONE_HOME is not Hone's folder; call chain.sh there, or set HONE_HOME" >&2
  exit 2
fi
# shellcheck source=slurm/env.sh
source "$HONE_HOME/slurm/env.sh"
links=$1
shift

submitted=()
for ((link = 1; link <= links; ++link)); do
  export HONE_CHAIN_NEXT=yes
  ((link < links)) || unset HONE_CHAIN_NEXT
  after=()
  ((link == 1)) || after=(--dependency="afterok:${submitted[-1]}" --kill-on-invalid-dep=yes)
  if ! job=$(sbatch --parsable "${after[@]}" "$@"); then
    echo "chain: error: sbatch refused job $link of $links; the others are cancelled" >&2
    ((link == 1)) || scancel "${submitted[@]}"
    exit 1
  fi
  submitted+=("${job%%;*}")
done
echo "chain: jobs ${submitted[*]}"
