"""Q-LoRA by PEFT, bitsandbytes (NF4, double quantisation, fp32 compute: CPUs here have no faster type) and transformers' Trainer."""
import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from rows import LORA, arguments
from trainer import train
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

model_dir, dataset = arguments()
quantization = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
                                  bnb_4bit_compute_dtype=torch.float32)
base = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32, quantization_config=quantization)
base = prepare_model_for_kbit_training(base, use_gradient_checkpointing=False)
train(get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **LORA)), model_dir, dataset)
