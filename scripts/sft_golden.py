#!/usr/bin/env python3
"""Writes trainer-service/src/test/resources/golden/sft.json: loss and slopes of supervised fine-tuning by PyTorch and PEFT.

    python3 -m venv v && v/bin/pip install peft==0.21.0 torch transformers
    v/bin/python scripts/sft_golden.py models/tiny-arithmetic trainer-service/src/test/resources/golden/sft.json

The bundled model in fp32 with a LoRA on q_proj; labels of the prompt are -100, so the loss is transformers' own mean over
completion tokens. One example a row and all in one padded batch give the same; the batch is what is written.
"""
import json
import sys

import numpy as np
import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

RANK, ALPHA, LAYERS = 2, 4, 6
PROMPTS = [[5, 17, 9, 22], [12, 6, 18, 7, 20, 9, 22], [8, 16, 11]]
COMPLETIONS = [[14, 2], [10, 5, 24, 6, 2], [7, 13, 2]]


def numbers(seed, *shape):
    """Uniform in [-0.1, 0.1): the same on every machine."""
    steps = np.arange(1, int(np.prod(shape)) + 1, dtype=np.float64)
    part = (np.modf(np.sin(steps * 12.9898 + seed * 78.233) * 43758.5453)[0] + 1) % 1
    return torch.tensor(part * 0.2 - 0.1, dtype=torch.float32).reshape(shape)


def main(folder, path):
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model = get_peft_model(base, LoraConfig(
        r=RANK, lora_alpha=ALPHA, target_modules=["q_proj"], lora_dropout=0.0, task_type="CAUSAL_LM")).eval()
    trained, seed = [], 1
    for layer in range(LAYERS):
        module = model.base_model.model.model.layers[layer].self_attn.q_proj
        for factor in (module.lora_A.default.weight, module.lora_B.default.weight):
            with torch.no_grad():
                factor.copy_(numbers(seed, *factor.shape))
            trained.append(factor)
            seed += 1
    longest = max(len(p) + len(c) for p, c in zip(PROMPTS, COMPLETIONS))
    ids = torch.zeros(len(PROMPTS), longest, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for row, (prompt, completion) in enumerate(zip(PROMPTS, COMPLETIONS)):
        whole = prompt + completion
        ids[row, : len(whole)] = torch.tensor(whole)
        mask[row, : len(whole)] = 1
        labels[row, len(prompt): len(whole)] = torch.tensor(completion)
    loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss.backward()
    slopes = torch.cat([one.grad.reshape(-1) for one in trained]).double()
    golden = {
        "source": f"transformers {transformers.__version__}, PEFT {peft.__version__}, scripts/sft_golden.py",
        "rank": RANK, "alpha": ALPHA, "prompts": PROMPTS, "completions": COMPLETIONS,
        "loss": loss.item(), "norm": slopes.norm().item(), "every": 37, "slopes": slopes[::37].tolist()}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")


main(*sys.argv[1:])
