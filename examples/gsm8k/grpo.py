"""The arms by GRPO: learning rate, training under true and random reward, test."""
import sys

import runs
from choices import SEEDS, TRIAL_SEED, greedy, judged, on, prompt, rate, sampled, temperature, under_prompt
from system import create, evaluate, follow, kept, last, policies, train

TRIAL_STEPS = 25


def run_file(given, name, rate, reward, seed, steps):
    return runs.text([
        "--name", name, "--prompt", prompt(given), "--model", given.model, "--data", str(given.data / "gsm8k_fit.jsonl"),
        "--numbers", given.numbers, "--reward", reward, "--seed", str(seed), "--rate", str(rate), "--steps", str(steps),
        "--tokens", str(given.tokens)])


def rates(given):
    return kept(given.folder / "rates.json", lambda: trial(given))


def trial(given):
    create(given.folder, {name: run_file(given, name, rate, "true", TRIAL_SEED, TRIAL_STEPS)
                          for rate, name in trials(given).items()})
    steps = follow(trials(given).values(), given.until)
    return judged(given, steps)


def trials(given):
    return {rate: f"rate-{given.numbers}-{rate}" for rate in given.rates}


def arms(given):
    return {f"grpo-{given.numbers}-{reward}-{seed}": (reward, seed) for seed in SEEDS for reward in ("true", "random")}


def side_by_side(given):
    chosen = rate(rates(given), trials(given))
    print(f"learning rate {chosen}, prompt {prompt(given)}", flush=True)
    files = {name: run_file(given, name, chosen, reward, seed, given.steps) for name, (reward, seed) in arms(given).items()}
    train(given.folder, files, given.until, "steps.json")


def test(given):
    adapted = policies(last(given.folder, "steps.json"))
    if not adapted:
        sys.exit("no policy but the base to test (train)")
    for name, who, how in (
            ("greedy", adapted, greedy(given.tokens)),
            ("sampled", adapted, sampled(given, 1)),
            ("greedy-2048", adapted, greedy(given.longest)),
            ("base-sampled", ["--base", given.model], sampled(given, temperature(given)))):
        kept(given.folder / f"test-{name}.json", lambda: evaluate(
            *who, *on(given, "gsm8k"), *under_prompt(given), *how, "--report", str(given.folder / name)))
