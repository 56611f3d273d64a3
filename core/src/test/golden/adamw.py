"""Writes what torch.optim.AdamW computes in fp64 over twenty steps, with and without gradient clipping.

usage: adamw.py OUTPUT.json
"""

import json
import sys

import torch

SETTINGS = [
    {"learning_rate": 1e-2, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0, "max_grad_norm": 0.0},
    {"learning_rate": 3e-2, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weight_decay": 0.1, "max_grad_norm": 0.5},
]


def gradient(step):
    return [((step * 7 + i * 13) % 11 - 5) / (3.0 + i) for i in range(5)]


def run(setting):
    values = torch.tensor([0.5, -0.25, 0.0, 2.0, -1.5], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.AdamW(
        [values],
        lr=setting["learning_rate"],
        betas=(setting["beta1"], setting["beta2"]),
        eps=setting["epsilon"],
        weight_decay=setting["weight_decay"],
    )
    steps = []
    for step in range(20):
        values.grad = torch.tensor(gradient(step), dtype=torch.float64)
        if setting["max_grad_norm"] > 0:
            torch.nn.utils.clip_grad_norm_([values], setting["max_grad_norm"])
        optimizer.step()
        steps.append({"gradient": gradient(step), "values": values.tolist()})
    return {"setting": setting, "initial": [0.5, -0.25, 0.0, 2.0, -1.5], "steps": steps}


if __name__ == "__main__":
    runs = [run(setting) for setting in SETTINGS]
    with open(sys.argv[1], "w") as output:
        json.dump({"torch": torch.__version__, "runs": runs}, output, indent=1)
        output.write("\n")
