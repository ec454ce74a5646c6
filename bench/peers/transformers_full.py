"""Full fine-tuning in fp32 by transformers' Trainer."""
import torch
from rows import arguments
from trainer import train
from transformers import AutoModelForCausalLM

model_dir, dataset = arguments()
train(AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32), model_dir, dataset)
