# shellcheck shell=bash
# What the job scripts share. A script sources this file first and env.sh after it; both use HONE_HOME.

readonly kUsage=2 kStopped=75

say() { echo "hone-job: $*"; }

refuse() {
  echo "hone-job: error: $*" >&2
  exit "$kUsage"
}

# has_flag NAME WORD...: whether --NAME is among the words, in any spelling that the programs take.
has_flag() {
  local name=$1 word
  shift
  for word; do
    [[ $word == --* ]] || continue
    word=${word#--}
    word=${word%%=*}
    if [[ ${word//-/_} == "$name" ]]; then return 0; fi
  done
  return 1
}

# begin_job WORD...: prints the script's usage text where the words ask for it; else names the job in its log.
begin_job() {
  set -u  # not before env.sh: modules may read variables that are not set
  local word
  for word; do
    if [[ $word == -h || $word == --help ]]; then
      sed -n '/^# Usage:/,/^$/s/^# \{0,1\}//p' "$0"
      exit 0
    fi
  done
  [[ -n ${SLURM_JOB_ID:-} ]] || refuse "not inside a Slurm job; submit it: sbatch $0 ..."
  [[ -x $HONE_BIN/hone-train ]] || refuse "no hone-train in $HONE_BIN; build Hone, or set HONE_BIN in slurm/env.sh"
  local restarts=${SLURM_RESTART_COUNT:-0}
  say "job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, restart $restarts of at most $HONE_MAX_RESTARTS"
  if ((restarts > HONE_MAX_RESTARTS)); then
    say "given up after $HONE_MAX_RESTARTS restarts (HONE_MAX_RESTARTS); submit it again to go on"
    exit 1
  fi
}

# SIGUSR1 is Slurm's warning before the time limit (--signal=B:USR1@...), to this shell alone. SIGTERM comes with scancel
# and at the limit itself, to every process of the job: there is nothing to hand on, but this shell must live to tell
# how the program ended.
stop_asked=no child=
ask_to_stop() {
  say "asked to stop at $(date '+%F %T')"
  stop_asked=yes
  [[ -z $child ]] || kill -USR1 "$child" 2>/dev/null || true
}
trap ask_to_stop USR1
trap : TERM

# run_to_its_end COMMAND...: runs it, hands SIGUSR1 on to it, and leaves its exit code in `code`.
run_to_its_end() {
  code=$kStopped
  if [[ $stop_asked == yes ]]; then return; fi
  "$@" &
  child=$!
  # A signal ends `wait` early, with a code that is not the command's; bash keeps that one for the last wait.
  while kill -0 "$child" 2>/dev/null; do wait "$child" || true; done
  code=0
  wait "$child" || code=$?
}

# launch COMMAND...: starts one rank of the command per task of the job.
launch() {
  local starter
  case $HONE_LAUNCHER in
    # srun takes no --cpus-per-task from sbatch since Slurm 22.05.
    srun) starter=(srun --mpi=pmix --kill-on-bad-exit=1 ${SLURM_CPUS_PER_TASK:+"--cpus-per-task=$SLURM_CPUS_PER_TASK"}) ;;
    # Open MPI would bind each rank to one core, and all threads of the rank with it.
    mpirun) starter=(mpirun --bind-to none -np "$SLURM_NTASKS") ;;
    *) refuse "HONE_LAUNCHER is '$HONE_LAUNCHER'; say srun or mpirun in slurm/env.sh" ;;
  esac
  run_to_its_end "${starter[@]}" "${HONE_LAUNCHER_FLAGS[@]}" "$@"
}

# switch_on NAME: adds --NAME to the words unless they have it.
switch_on() { has_flag "$1" "${words[@]}" || words+=("--$1"); }

# What hone-train makes of the words, in `settings`. Asked on this node first: one error in place of one per rank.
look_at_settings() {
  settings=$("$HONE_BIN/hone-train" "${words[@]}" --print_config) || { code=$?; end_training; }
}
has_setting() { [[ $settings == *"\"$1\": $2"* ]]; }

# The training job, its flags in `words`. What they don't say comes from the configuration that fits them.
train() {
  look_at_settings
  if ! has_flag config "${words[@]}"; then
    local config=full
    if has_setting use_lora true; then config=lora; fi
    if has_setting q_lora true; then config=qlora; fi
    # A DeepSpeed JSON brings its own scheduler and stage, which the others would contradict.
    if has_flag deepspeed "${words[@]}"; then config=finetune_sh; fi
    say "settings from configs/$config.json where the command line has none"
    words+=(--config "$HONE_HOME/configs/$config.json")
    look_at_settings
  fi
  has_setting overwrite_output_dir false ||
    refuse "--overwrite_output_dir would start over with every restart of the job; remove the folder, or name a new --output_dir"
  has_setting resume_from_checkpoint '"auto"' ||
    refuse "--resume_from_checkpoint would go back with every restart of the job; leave it out: the newest checkpoint is taken"
  if [[ -n ${SLURM_CPUS_PER_TASK:-} ]] && ! has_flag threads "${words[@]}"; then
    words+=(--threads "$SLURM_CPUS_PER_TASK")
  fi
  output_dir=$(sed -n 's/^ *"output_dir": "\(.*\)",\{0,1\}$/\1/p' <<<"$settings")
  launch "$HONE_BIN/hone-train" "${words[@]}"
  end_training
}

# ask_slurm WORD...: scontrol, asked again for half a minute: Slurm's controller may be busy or starting anew.
ask_slurm() {
  local try
  for try in 1 2 3 4 5 6; do
    if scontrol "$@"; then return 0; fi
    ((try == 6)) || sleep 6
  done
  return 1
}

# What Slurm shows of this job, in `job`; empty where it does not answer, which tells nothing.
look_at_job() { job=$(ask_slurm --oneliner show job "$SLURM_JOB_ID") || job=; }
job_has() { [[ " $job " == *" $1 "* ]]; }

# Ends the job by `code`. What stopped on request with a complete checkpoint is started again, by the next job of a chain
# or by requeueing this one; what failed would only fail again.
end_training() {
  local how="stopped on request (exit $kStopped)" job
  if ((code == 0)); then
    say "done"
    exit 0
  elif ((code != kStopped)); then
    how="ended by Slurm's preemption (exit $code)"
    # mpirun does not survive the SIGTERM that preemption sends to its daemons on the nodes.
    if ((code >= 2 && code <= 4)) || { look_at_job && [[ -n $job ]] && job_has PreemptTime=None; }; then
      say "exit $code: not requeued"
      exit "$code"
    elif [[ -z $job ]]; then
      say "exit $code: not requeued, as Slurm does not tell whether it preempted the job; submit it again to go on"
      exit "$code"
    fi
  elif [[ -e $output_dir/STOP ]]; then
    say "$how by the file $output_dir/STOP: not requeued; submit it again to go on"
    exit "$code"
  else
    look_at_job
  fi
  # Requeueing would bring a job back to life that scancel is ending.
  if [[ -n $job ]] && ! job_has JobState=RUNNING; then
    say "$how while Slurm ends the job: not requeued; submit it again to go on"
  elif [[ -n ${HONE_CHAIN_NEXT:-} ]] && ((code == kStopped)); then
    say "$how: the next job of the chain goes on"
    exit 0
  elif ((${SLURM_RESTART_COUNT:-0} >= HONE_MAX_RESTARTS)); then
    say "$how after $HONE_MAX_RESTARTS restarts (HONE_MAX_RESTARTS): not requeued; submit it again to go on"
  else
    say "$how: requeueing"
    ask_slurm requeue "$SLURM_JOB_ID" || say "Slurm did not requeue the job; submit it again to go on"
  fi
  exit "$code"
}
