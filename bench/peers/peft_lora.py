"""LoRA over an fp32 base by PEFT and transformers' Trainer."""
import torch
from peft import LoraConfig, get_peft_model
from rows import LORA, arguments
from trainer import train
from transformers import AutoModelForCausalLM

model_dir, dataset = arguments()
base = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
train(get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **LORA)), model_dir, dataset)
