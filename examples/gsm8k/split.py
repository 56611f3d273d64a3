#!/usr/bin/env python3
"""Splits GSM8K's training problems by hash: split.py TRAIN.jsonl FOLDER writes gsm8k_dev.jsonl and gsm8k_fit.jsonl.

dev are the 500 problems with the smallest SHA-256 of their question, the four that few-shot prompts show left out; fit are
all others. A record needs "question"; records are copied as they are.
"""
import hashlib
import json
import pathlib
import sys

SHOWN, DEV = 4, 500


def main(train, folder):
    lines = [line for line in pathlib.Path(train).read_text(encoding="utf-8").split("\n") if line.strip()]
    digest = lambda line: hashlib.sha256(json.loads(line)["question"].strip().encode()).hexdigest()
    dev = set(sorted(lines[SHOWN:], key=digest)[:DEV])
    for name, part in (("dev", [l for l in lines if l in dev]), ("fit", [l for l in lines if l not in dev])):
        (pathlib.Path(folder) / f"gsm8k_{name}.jsonl").write_text("\n".join(part) + "\n", encoding="utf-8")
        print(name, len(part))


main(*sys.argv[1:])
