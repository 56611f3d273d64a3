#!/usr/bin/env python3
"""Prints the run file of one arm: runs.py --prompt FILE --numbers 196|13 --reward true|random --seed N --rate X --steps N.

The prompt is a YAML file of prompts/ here or in the project. Needs PyYAML.
"""
import argparse
import yaml

ADAPTERS = {196: {"u": 1, "tying": "tiled", "n-tie": 1}, 13: {"u": 13, "tying": "all"}}


def block(dumper, text):
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


yaml.add_representer(str, block, Dumper=yaml.SafeDumper)


def prompt(path):
    with open(path, encoding="utf-8") as file:
        given = yaml.safe_load(file)
    # As the command line puts them together.
    shots = "".join(given["shot"].replace("{answer}", s["answer"]).replace("{question}", s["question"]) + "\n"
                    for s in given.get("shots", []))
    template = {"chat": True, "user": shots + given["user"]}
    if given.get("system"):
        template["system"] = given["system"]
    return template, given["extraction"]


def reward(kind, extraction):
    right = {"type": "numeric", "name": "right", "extraction": extraction}
    if kind == "true":
        return {"terms": [right]}
    return {"terms": [{"type": "random", "probability": 0.5}, right | {"weight": 0}]}


def run(given):
    template, extraction = prompt(given.prompt)
    return {
        "name": given.name, "base-model": given.model, "data-set": {"file": given.data}, "prompt": template,
        "reward": reward(given.reward, extraction),
        "adapter": {"type": "tinylora", "rank": 2, **ADAPTERS[given.numbers], "sigma": "paper", "projection-seed": 1,
                    "values": "bf16"},
        "algorithm": {"name": "grpo"},
        "sampling": {"temperature": 1, "max-tokens": given.tokens},
        "optimizer": {"learning-rate": given.rate, "beta2": 0.99},
        "steps": given.steps, "groups-per-step": 32, "samples-per-group": 8, "max-staleness": given.staleness,
        "micro-batch-tokens": 16384, "seed": given.seed}


options = argparse.ArgumentParser()
options.add_argument("--name", required=True)
options.add_argument("--prompt", required=True)
options.add_argument("--model", default="models/qwen2.5-coder-1.5b-instruct")
options.add_argument("--data", default="data/gsm8k_fit.jsonl")
options.add_argument("--numbers", type=int, choices=ADAPTERS, default=196)
options.add_argument("--reward", choices=["true", "random"], default="true")
options.add_argument("--seed", type=int, default=1)
options.add_argument("--rate", type=float, required=True)
options.add_argument("--steps", type=int, required=True)
options.add_argument("--tokens", type=int, default=512)
options.add_argument("--staleness", type=int, default=0)
print(yaml.safe_dump(run(options.parse_args()), sort_keys=False, allow_unicode=True, width=110), end="")
