#!/usr/bin/env python3
"""Writes engine/src/test/resources/golden/target_modules.json: TinyLoRAs of some modules by PEFT, with their slopes.

    python3 -m venv v && v/bin/pip install peft==0.21.2 torch transformers
    v/bin/python scripts/target_modules_golden.py engine/src/test/resources/golden/models/qwen2-tied \
        engine/src/test/resources/golden/target_modules.json

The model in fp32. A and B are those that PEFT derives, with the signs that Thirteen gives them (the largest entry of a column
of U is positive); P is as PEFT draws it. For the paper's form the singular values are moved from A to B. Each case has the
log-probs of the tokens after the first, and the slopes of their sum by all v.
"""
import json
import sys

import peft
import torch
import transformers
from peft import TinyLoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

IDS = [596, 464, 149, 251, 101, 103, 267, 333, 372, 500, 340, 370, 240, 456, 4, 436, 460]
CASES = [
    {"targets": ["q_proj", "v_proj"], "u": 3, "tying": "TILED", "form": "SQRT"},
    {"targets": ["down_proj"], "u": 2, "tying": "ALL", "form": "PAPER"},
    {"targets": r"model\.layers\.[02]\.(self_attn\.[ko]|mlp\.gate)_proj", "u": 5, "tying": "TILED", "form": "PAPER"},
]


def case(folder, wanted):
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model = get_peft_model(base, TinyLoraConfig(
        r=2, u=wanted["u"], weight_tying=1.0 if wanted["tying"] == "ALL" else 0.0, projection_seed=42,
        target_modules=wanted["targets"], task_type="CAUSAL_LM")).eval()
    modules = []
    for name, module in model.named_modules():
        if not isinstance(module, peft.tuners.tinylora.layer.TinyLoraLayer):
            continue
        modules.append(name.removeprefix("base_model.model."))
        a, b = module.tinylora_A["default"], module.tinylora_B["default"]
        sign = b.gather(0, b.abs().argmax(0, keepdim=True)).sign()[0]
        root = b.norm(dim=0) if wanted["form"] == "PAPER" else torch.ones_like(sign)
        module.tinylora_A["default"] = a * (sign / root)[:, None]
        module.tinylora_B["default"] = b * (sign * root)
    vectors = model.base_model.tinylora_v["default"]
    trained = [vectors[str(group)] for group in range(len(vectors))]
    values = []
    for group, vector in enumerate(trained):
        with torch.no_grad():
            vector.copy_(0.25 * torch.sin(torch.arange(1, wanted["u"] + 1) * 1.7 + group))
        values += vector.tolist()
    ids = torch.tensor([IDS])
    log_probs = torch.log_softmax(model(ids).logits[0, :-1].double(), -1).gather(1, ids[0, 1:, None])[:, 0]
    log_probs.sum().backward()
    slopes = torch.cat([vector.grad for vector in trained])
    return {**wanted, "modules": modules, "values": values, "log_probs": log_probs.tolist(), "slopes": slopes.tolist()}


def main(folder, path):
    golden = {
        "source": f"PEFT {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}",
        "ids": IDS,
        "cases": [case(folder, wanted) for wanted in CASES],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
