#!/usr/bin/env python3
"""What deterministic mode costs: the run of examples/deterministic.yaml with and without it, in turns.

    make up && scripts/deterministic_cost.py [ROUNDS] [STEPS] && make down

Prints the medians over all steps but the first of each run (which loads the model).
"""
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time

HOME = pathlib.Path(__file__).resolve().parent.parent
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
STEPS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
EXAMPLE = (HOME / "examples" / "deterministic.yaml").read_text()


def thirteen(*arguments):
    command = [str(HOME / "bin" / "thirteen"), *arguments]
    return subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True).stdout


def steps(deterministic, name):
    text = re.sub(r"^name: .*$", f"name: {name}", EXAMPLE, flags=re.M)
    text = re.sub(r"^steps: .*$", f"steps: {STEPS}", text, flags=re.M)
    text = re.sub(r"^deterministic: .*$", f"deterministic: {str(deterministic).lower()}", text, flags=re.M)
    file = HOME / "examples" / f"{name}.yaml"
    file.write_text(text)
    try:
        thirteen("run", "create", "-f", str(file), "--wait")
    finally:
        file.unlink()
    lines = map(json.loads, thirteen("run", "watch", name, "--from", "1", "--output", "json").splitlines())
    return [line["step"]["metrics"] for line in lines if "step" in line][1:]


def words(mode, metrics):
    step = statistics.median(int(m["stepMs"]) for m in metrics)
    gradient = statistics.median(int(m["gradientMs"]) for m in metrics)
    rate = statistics.median(1000 * int(m["completionTokens"]) / int(m["stepMs"]) for m in metrics)
    return (f"{'deterministic' if mode else 'normal':13} {len(metrics)} steps: {step:.0f} ms a step, "
            f"gradient {gradient:.0f} ms, {rate:.0f} tokens/s")


found = {False: [], True: []}
for _ in range(ROUNDS):
    for mode, metrics in found.items():
        run = steps(mode, f"cost-{int(time.time())}-{'exact' if mode else 'free'}")
        print(words(mode, run), flush=True)
        metrics += run
print("all rounds")
for mode, metrics in found.items():
    print(words(mode, metrics))
