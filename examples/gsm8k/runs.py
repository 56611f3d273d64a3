#!/usr/bin/env python3
"""Prints the run file of one arm: runs.py --name NAME --prompt FILE --numbers 1|16|256|all-13 --rate X --steps N
[--reward true|random | --sft].

Numbers are those of each module, at the smallest rank that has as many degrees of freedom; all-13 are shared by all modules.
The prompt is a YAML file of prompts/ here or in the project. With --sft answers of --data are completions, --batch of
them a step. Needs PyYAML.
"""
import argparse
import yaml

ADAPTERS = {"all-13": {"rank": 2, "u": 13, "tying": "all"},
            **{str(u): {"rank": rank, "u": u, "tying": "tiled", "n-tie": 1} for u, rank in ((1, 2), (16, 4), (256, 16))}}


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
    judged = {} if given.sft else {"reward": reward(given.reward, extraction)}
    # With sft max-tokens is only the limit above which a completion is refused.
    batch = {"groups-per-step": given.batch} if given.sft else {
        "groups-per-step": 32, "samples-per-group": 8, "max-staleness": given.staleness}
    return {
        "name": given.name, "base-model": given.model, "data-set": {"file": given.data}, "prompt": template, **judged,
        "adapter": {"type": "tinylora", **ADAPTERS[given.numbers], "sigma": "paper", "projection-seed": 1,
                    "values": "bf16"},
        "algorithm": {"name": "sft" if given.sft else "grpo"},
        "sampling": {"temperature": 1, "max-tokens": 1024 if given.sft else given.tokens},
        "optimizer": {"learning-rate": given.rate, "beta2": 0.99},
        "steps": given.steps, **batch, "micro-batch-tokens": 16384, "seed": given.seed}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--model", default="models/qwen2.5-coder-1.5b-instruct")
    parser.add_argument("--data", default="data/gsm8k_fit.jsonl")
    parser.add_argument("--numbers", choices=ADAPTERS, default="1")
    parser.add_argument("--reward", choices=["true", "random"], default="true")
    parser.add_argument("--sft", action="store_true")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--staleness", type=int, default=0)
    return parser


def text(arguments):
    """The run file for these command-line arguments."""
    return yaml.safe_dump(run(options().parse_args(arguments)), sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    print(text(None), end="")
