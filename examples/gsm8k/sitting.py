#!/usr/bin/env python3
"""The protocol of docs/results.md against a running system: sitting.py prompts|rates|train|test FOLDER [options].

Each part writes what it found into FOLDER (JSON, as the command line says it) and takes what earlier parts left there:
  prompts  the base under every template, on dev; the best is that of all runs
  rates    five learning rates, 25 steps each, sampled answers on dev; one standard error below the best, the smallest is taken
  train    true and random reward, three seeds, side by side, until all have --steps or --until (seconds since 1970) is near
  test     base and all runs at their last common step, on the test set
A part that is started again goes on. The command line is $THIRTEEN, or bin/thirteen of this project.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time

import runs

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
THIRTEEN = os.environ.get("THIRTEEN", str(PROJECT / "bin/thirteen"))
TRIAL_STEPS, TRIAL_SEED, SEEDS = 25, 100, (1, 2, 3)
STANDING = {f"RUN_PHASE_{phase}" for phase in ("PAUSED", "FINISHED", "CANCELLED", "FAILED")}


def thirteen(*arguments):
    """The objects that a command prints."""
    done = subprocess.run([THIRTEEN, *arguments, "-o", "json"], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    if done.returncode:
        sys.exit(f"thirteen {' '.join(arguments)}: exit status {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def evaluate(*arguments):
    return thirteen("eval", "run", *arguments)[-1]


def kept(path, make):
    """What an earlier start left in the file, or what is made now."""
    if not path.exists():
        value = make()
        path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def prompts(given):
    return kept(given.folder / "prompts.json", lambda: evaluate("--base", given.model, *on_dev(given)))


def on_dev(given):
    return "-b", str(HERE / "dev.yaml"), "--data-folder", str(given.data)


def sampled(*temperatures):
    return *(part for t in temperatures for part in ("--temperature", str(t))), "-n", "4"


def temperature(given):
    """The temperature at which sampled answers of the base are best on dev."""
    found = kept(given.folder / "temperatures.json", lambda: evaluate(
        "--base", given.model, *on_dev(given), *under_prompt(given), *sampled(0.3, 0.6, 1)))
    return max(found["rows"], key=lambda row: row["accuracy"])["decoding"]["temperature"]


def prompt(given):
    """The file of the prompt under which the base is best."""
    names = {}
    for file in [*(HERE / "prompts").glob("*.yaml"), *(PROJECT / "prompts").glob("*.yaml")]:
        names[file.stem] = file
    found = prompts(given)
    names["base"] = names[found["spec"]["promptName"]]
    # Of equals the first: rows are in the order of dev.yaml.
    best = max(found["rows"], key=lambda row: row["accuracy"])
    return str(names[best["label"].removeprefix("base, prompt ")])


def under_prompt(given):
    return "-p", prompt(given), "--base-prompt", "none"


def create(given, wanted):
    """Creates the runs that are not there yet: tuples of name, learning rate, reward, seed, steps."""
    there = known()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda run: create_one(given, *run), [run for run in wanted if run[0] not in there]))


def create_one(given, name, rate, reward, seed, steps):
    file = given.folder / f"{name}.yaml"
    file.write_text(runs.text([
        "--name", name, "--prompt", prompt(given), "--model", given.model, "--data", str(given.data / "gsm8k_fit.jsonl"),
        "--numbers", given.numbers, "--reward", reward, "--seed", str(seed), "--rate", str(rate), "--steps", str(steps),
    ]), encoding="utf-8")
    thirteen("run", "create", "-f", str(file))


def known():
    return {run["name"]: run for run in thirteen("run", "list")}


def goes_on(run):
    """Whether more steps are to come; a run that was just created has no phase yet."""
    return run["state"].get("phase") not in STANDING


def follow(names, until):
    """Waits for runs to end, or until a time; says where they stand. Returns their steps."""
    while True:
        found = {name: run for name, run in known().items() if name in names}
        steps = {name: int(run["state"].get("step", 0)) for name, run in found.items()}
        print(time.strftime("%H:%M:%S"), *(
            f"{name} {steps[name]} {run['state'].get('metrics', {}).get('accuracy', 0):.3f}" for name, run in found.items()), flush=True)
        if not any(goes_on(run) for run in found.values()) or time.time() >= until:
            return steps
        time.sleep(10)


def rates(given):
    return kept(given.folder / "rates.json", lambda: trial(given))


def trial(given):
    create(given, [(trial_name(given, rate), rate, "true", TRIAL_SEED, TRIAL_STEPS) for rate in given.rates])
    steps = follow([trial_name(given, rate) for rate in given.rates], given.until)
    return evaluate(*policies(steps), *on_dev(given), *under_prompt(given), *sampled(1))


def trial_name(given, rate):
    return f"rate-{given.numbers}-{rate}"


def policies(steps):
    return [part for name, step in steps.items() for part in ("-a", f"{name}@{step}")]


def rate(given):
    """The smallest learning rate that is no more than a standard error below the best."""
    rows = {row["label"].split("@")[0]: row for row in rates(given)["rows"]}
    found = {rate: rows[trial_name(given, rate)] for rate in given.rates}
    best = max(found.values(), key=lambda row: row["accuracy"])
    return min(rate for rate, row in found.items() if row["accuracy"] >= best["accuracy"] - best["standardError"])


def arms(given):
    return {f"grpo-{given.numbers}-{reward}-{seed}": (reward, seed) for seed in SEEDS for reward in ("true", "random")}


def train(given):
    chosen = rate(given)
    print(f"learning rate {chosen}, prompt {prompt(given)}", flush=True)
    create(given, [(name, chosen, reward, seed, given.steps) for name, (reward, seed) in arms(given).items()])
    follow(arms(given), given.until)
    for name, run in known().items():
        if name in arms(given) and goes_on(run):
            thirteen("run", "pause", name)
    steps = {name: int(run["state"]["step"]) for name, run in known().items() if name in arms(given)}
    (given.folder / "steps.json").write_text(json.dumps(steps), encoding="utf-8")


def test(given):
    last = min(json.loads((given.folder / "steps.json").read_text()).values())
    if last == 0:
        sys.exit("no policy but the base to test: a run stands at step 0 (train)")
    adapted = policies(dict.fromkeys(arms(given), last))
    common = ["-b", "gsm8k", "--data-folder", str(given.data), *under_prompt(given)]
    for name, who, more in (
            ("greedy", adapted, ["--temperature", "0", "--max-tokens", "512"]),
            ("sampled", adapted, [*sampled(1), "--max-tokens", "512"]),
            ("greedy-2048", adapted, ["--temperature", "0", "--max-tokens", "2048"]),
            ("base-sampled", ["--base", given.model], [*sampled(temperature(given)), "--max-tokens", "512"])):
        kept(given.folder / f"test-{name}.json", lambda: evaluate(*who, *common, *more, "--report", str(given.folder / name)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["prompts", "rates", "train", "test"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", type=pathlib.Path, default=PROJECT / "data")
    parser.add_argument("--numbers", choices=runs.ADAPTERS, default="1")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.002, 0.005, 0.01, 0.02, 0.05])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--until", type=float, default=float("inf"))
    given = parser.parse_args()
    given.folder = given.folder.resolve()
    given.folder.mkdir(parents=True, exist_ok=True)
    {"prompts": prompts, "rates": rates, "train": train, "test": test}[given.part](given)


main()
