"""Writes what the logits processors of transformers make of given logits.

usage: sampling.py OUTPUT.json

The file that is checked in was computed by torch 2.15.0 and transformers 5.24.0. Each case is a row of one batch with
parameters of its own; the processors come in the order in which generate() applies them. null stands for a token that
cannot be drawn.
"""

import json
import sys

import torch
import transformers
from transformers.generation import logits_process as lp

VOCABULARY = 48
CASES = [
    {},
    {"temperature": 0.7},
    {"top_k": 5},
    {"top_p": 0.8},
    {"min_p": 0.2},
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.8, "temperature": 1.5},
    {"logit_bias": {"3": 4.5, "7": -100, "11": 100}},
    {"logit_bias": {"3": 4.5, "20": -2.5}, "repetition_penalty": 2.0},
    {"temperature": 1.4, "top_k": 12, "top_p": 0.9},
    {"temperature": 2.0, "top_k": 20, "top_p": 0.95, "min_p": 0.15},
    {"temperature": 0.9, "top_p": 0.7, "min_p": 0.05, "repetition_penalty": 1.2, "logit_bias": {"30": 3.0}},
    {"top_k": 1},
    {"top_k": 1000, "min_p": 1.0},
    {"top_k": 4, "ties": True},
]


def processors(case):
    chain = lp.LogitsProcessorList()
    if "logit_bias" in case:
        chain.append(lp.SequenceBiasLogitsProcessor([[[int(id)], float(bias)] for id, bias in case["logit_bias"].items()]))
    if "repetition_penalty" in case:
        chain.append(lp.RepetitionPenaltyLogitsProcessor(case["repetition_penalty"]))
    if "temperature" in case:
        chain.append(lp.TemperatureLogitsWarper(case["temperature"]))
    if "top_k" in case:
        chain.append(lp.TopKLogitsWarper(case["top_k"]))
    if "top_p" in case:
        chain.append(lp.TopPLogitsWarper(case["top_p"]))
    if "min_p" in case:
        chain.append(lp.MinPLogitsWarper(case["min_p"]))
    return chain


def row(case, generator):
    logits = torch.randn(1, VOCABULARY, generator=generator) * 2.5
    if case.get("ties"):
        logits = logits.to(torch.bfloat16).round().float()
    seen = torch.randint(0, VOCABULARY, (1, 9), generator=generator)
    kept = torch.log_softmax(processors(case)(seen, logits.clone()), -1)
    numbers = [None if value == float("-inf") else value for value in kept[0].tolist()]
    parameters = {name: value for name, value in case.items() if name != "ties"}
    return {"parameters": parameters, "seen": seen[0].tolist(), "logits": logits[0].tolist(), "log_probs": numbers}


def main(output):
    print(torch.__version__, transformers.__version__)
    generator = torch.Generator().manual_seed(13)
    lines = ["  " + json.dumps(row(case, generator)) for case in CASES]
    with open(output, "w") as file:
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
