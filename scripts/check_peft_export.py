#!/usr/bin/env python3
"""Loads an exported adapter folder with Hugging Face PEFT and compares its log-probabilities with Thirteen's.

    THIRTEEN_ENGINE_PRECISION=fp32 make up
    bin/thirteen adapter export RUN@STEP FOLDER
    bin/thirteen logprobs --adapter RUN@STEP --output json "a prompt" "a completion" "another" > logprobs.json
    python3 scripts/check_peft_export.py BASE_FOLDER FOLDER logprobs.json

Needs torch, transformers and peft (0.21). Both sides compute in fp32. Ends with status 1 when a number differs by more
than 1e-4, or when the adapter changes nothing (PEFT loads a file without v silently).
"""
import argparse
import json
import sys

import peft
import torch
import transformers

TOLERANCE = 1e-4
SMALLEST_CHANGE = 1e-4


@torch.no_grad()
def log_probs(model, prompt, completion):
    """log p of each completion token, natural log: [completion]."""
    logits = model(torch.tensor([prompt + completion])).logits[0, len(prompt) - 1 : -1].double()
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(completion)[:, None])[:, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("adapter")
    parser.add_argument("log_probs")
    args = parser.parse_args()
    print(f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}")
    base = transformers.AutoModelForCausalLM.from_pretrained(args.base, dtype=torch.float32).eval()
    with open(args.log_probs, encoding="utf-8") as file:
        scored = json.load(file)
    prompt, cases = scored["promptTokenIds"], scored["completions"]
    plain = [log_probs(base, prompt, case["tokenIds"]) for case in cases]
    adapted = peft.PeftModel.from_pretrained(base, args.adapter).eval()
    worst, change = 0.0, 0.0
    for case, before in zip(cases, plain):
        after = log_probs(adapted, prompt, case["tokenIds"])
        worst = max(worst, (after - torch.tensor(case["logProbs"], dtype=torch.double)).abs().max().item())
        change = max(change, (after - before).abs().max().item())
    print(f"{len(cases)} completions: largest difference {worst:.2e}, largest change by the adapter {change:.2e}")
    return 0 if worst <= TOLERANCE and change > SMALLEST_CHANGE else 1


if __name__ == "__main__":
    sys.exit(main())
