#!/usr/bin/env python3
"""Writes core/src/test/resources/golden/adalora.json: updates of AdaLoRA as PEFT computes them.

    python3 -m venv v && v/bin/pip install peft==0.21.0 torch transformers
    v/bin/python scripts/adalora_golden.py core/src/test/resources/golden/adalora.json

Two linears, fixed values, and a loss that is linear in them, so that its gradient is given; PEFT adds its orthogonality term.
Then gradient clipping, torch's AdamW and PEFT's update_and_allocate, in fp64. Values are A, B and E, module after module.
"""
import json
import sys
from types import SimpleNamespace

import numpy as np
import torch
from peft import AdaLoraConfig, get_peft_model
import peft

STEPS, WARMUP, FINAL, INTERVAL, RANK, TARGET = 8, 1, 2, 1, 3, 1
SHAPES = {"one": (4, 3), "two": (5, 4)}


def numbers(seed, count):
    """Uniform in [-1, 1): the same on every machine."""
    steps = np.arange(1, count + 1, dtype=np.float64)
    return torch.tensor((np.modf(np.sin(steps * 12.9898 + seed * 78.233) * 43758.5453)[0] + 1) % 1 * 2 - 1)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.one = torch.nn.Linear(*SHAPES["one"])
        self.two = torch.nn.Linear(*SHAPES["two"])
        self.config = SimpleNamespace(model_type="none", to_dict=lambda: {"model_type": "none"})
        self.loss = None

    def forward(self, **_):
        return SimpleNamespace(loss=self.loss())


def values(model):
    """The trained tensors in our order."""
    named = dict(model.named_parameters())
    return [
        named[f"base_model.model.{module}.lora_{kind}.default"] for module in SHAPES for kind in ("A", "B", "E")
    ]


def flat(tensors):
    return torch.cat([one.detach().reshape(-1) for one in tensors]).tolist()


def main(path):
    inner = Model()
    config = AdaLoraConfig(
        target_modules=list(SHAPES), init_r=RANK, target_r=TARGET, tinit=WARMUP, tfinal=FINAL, deltaT=INTERVAL,
        total_step=STEPS, beta1=0.85, beta2=0.8, orth_reg_weight=0.5, lora_alpha=3)
    model = get_peft_model(inner, config).double()
    trained = values(model)
    count = sum(one.numel() for one in trained)
    start = numbers(1, count)
    with torch.no_grad():
        for one, part in zip(trained, start.split([one.numel() for one in trained])):
            one.copy_(part.reshape(one.shape))
    optimizer = torch.optim.AdamW(trained, lr=0.05, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    steps = []
    for step in range(1, STEPS + 1):
        slopes = numbers(step + 1, count)
        parts = slopes.split([one.numel() for one in trained])
        inner.loss = lambda: sum((one.reshape(-1) * part).sum() for one, part in zip(trained, parts))
        # The term is added by the tuner, which a PeftModel without a task passes by.
        model.base_model().loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.5)
        optimizer.step()
        model.base_model.update_and_allocate(step)
        optimizer.zero_grad()
        steps.append({"gradient": slopes.tolist(), "values": flat(trained)})
    golden = {
        "source": f"PEFT {peft.__version__}, scripts/adalora_golden.py",
        "shapes": [list(shape) for shape in SHAPES.values()],
        "rank": RANK, "target": TARGET, "warmup": WARMUP, "final": FINAL, "interval": INTERVAL,
        "start": start.tolist(), "steps": steps}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")


main(sys.argv[1])
