"""Keeps of the golden gradient files what a test without a model needs.

usage: objectives.py FOLDER_OF_GRADIENT_FILES OUTPUT.json

The files were computed in fp64 by torch 2.13.0, transformers 5.18.0 and PEFT 0.21.0.
"""

import json
import pathlib
import sys

SAMPLE_KEYS = ("group", "reward", "advantage", "old_logprobs", "behavior_logprobs", "reference_logprobs")
EXPECTED_KEYS = ("logprobs", "loss", "dloss_dlogprob")


def strip(case):
    expected = {key: case["expected"][key] for key in EXPECTED_KEYS}
    diagnostics = case["expected"].get("diagnostics", {})
    expected |= {key: diagnostics[key] for key in ("clipped_low", "clipped_high") if key in diagnostics}
    samples = [{key: sample[key] for key in SAMPLE_KEYS if key in sample} for sample in case["samples"]]
    return {"objective": case["objective"], "samples": samples, "expected": expected}


def main(folder, output):
    files = sorted(pathlib.Path(folder).glob("*__*.json"))
    lines = [json.dumps(file.stem) + ": " + json.dumps(strip(json.loads(file.read_text()))) for file in files]
    pathlib.Path(output).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
