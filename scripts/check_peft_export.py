#!/usr/bin/env python3
"""Loads an exported adapter folder with Hugging Face PEFT and compares log-probabilities with the engine's.

    python3 check_peft_export.py BASE_FOLDER ADAPTER_FOLDER LOGPROBS.json

Needs torch, transformers and peft. LOGPROBS.json is a list of {"ids": [...], "logprobs": [...]}, where logprobs[t] is
log p(ids[t+1] | ids[0..t]) of the adapted model in fp32. Ends with status 1 when a number differs by more than 1e-4 or
when the adapter changes nothing (PEFT loads a file without v silently).
"""
import argparse
import json
import sys

import peft
import torch
import transformers

TOLERANCE = 1e-4


@torch.no_grad()
def log_probs(model, ids):
    logits = model(torch.tensor([ids])).logits[0, :-1].double()
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("adapter")
    parser.add_argument("log_probs")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}")
    base = transformers.AutoModelForCausalLM.from_pretrained(args.base, dtype=torch.float32).eval()
    cases = json.load(open(args.log_probs, encoding="utf-8"))
    plain = [log_probs(base, case["ids"]) for case in cases]
    adapted = peft.PeftModel.from_pretrained(base, args.adapter).eval()
    worst, change = 0.0, 0.0
    for case, before in zip(cases, plain):
        after = log_probs(adapted, case["ids"])
        worst = max(worst, (after - torch.tensor(case["logprobs"], dtype=torch.double)).abs().max().item())
        change = max(change, (after - before).abs().max().item())
    print(f"{len(cases)} sequences: largest difference {worst:.2e}, largest change by the adapter {change:.2e}")
    return 0 if worst <= TOLERANCE < change else 1


if __name__ == "__main__":
    sys.exit(main())
