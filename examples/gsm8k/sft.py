"""The arms by SFT, and all last adapters on the test set and on others."""
import json
import math
import pathlib
import re
import sys
import time

import adapter
import runs
from choices import SEEDS, TRIAL_SEED, greedy, judged, on, prompt, rate, sampled, temperature, under_prompt
from system import HERE, PROJECT, Refused, create, evaluate, follow, keep_values, kept, known, last, policies, thirteen, train

ARMS = ("solutions", "own")
TRIAL_STEPS, CHECK_STEPS, CHECK_SECONDS, CHECK_RATE = 50, 2, 150, 0.001
# Further sets, the answer asked for as in training; then programs, which not every reward-service may run.
OTHERS = (HERE / "permuted.yaml", "svamp", "math500")
PROGRAMS = ("humaneval", "mbpp")


def write(path, records):
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return len(records)


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def solutions(given):
    """GSM8K's own solutions as completions: without <<...>>, the answer where the prompt asks for it."""
    records = []
    for problem in read(given.data / "gsm8k_fit.jsonl"):
        text = re.sub(r"<<[^<>]*>>", "", problem["solution"]).rpartition("\n#### ")[0]
        answer = text + f"\nThe final answer is \\boxed{{{problem['answer']}}}."
        records.append({"id": problem["id"], "question": problem["question"], "answer": answer})
    return write(completions(given, "solutions"), records)


def completions(given, arm):
    return given.folder / f"{arm}.jsonl"


def check(given):
    """Two steps of a run: fails soon and loudly where the system does not train."""
    solutions(given)
    name = checked(given)
    create(given.folder, {name: run_file(given, name, "solutions", CHECK_RATE, 1, CHECK_STEPS)})
    follow([name], min(given.until, time.time() + CHECK_SECONDS))
    state = known()[name]["state"]
    step = int(state.get("step", 0))
    if step < CHECK_STEPS:
        sys.exit(f"run {name} stands at step {step} of {CHECK_STEPS}: {state.get('phase')} {state.get('reason', '')}")


def checked(given):
    return f"check-{given.numbers}"


def run_file(given, name, arm, rate, seed, steps):
    return runs.text([
        "--name", name, "--prompt", prompt(given), "--model", given.model, "--data", str(completions(given, arm)),
        "--numbers", given.numbers, "--sft", "--batch", str(given.batch), "--seed", str(seed), "--rate", str(rate),
        "--steps", str(steps)])


def samples(given):
    return kept(given.folder / "samples.json", lambda: drawn(given))


def drawn(given):
    """The base's right answers to training problems, of each problem the first."""
    evaluate("--base", given.model, *on(given, HERE / "fit.yaml"), *under_prompt(given), *sampled(given, 1),
             "--report", str(given.folder / "fit"))
    first = {}
    for answer in sorted(read(given.folder / "fit/answers.jsonl"), key=lambda answer: (answer["problem_id"], answer["sample"])):
        if answer["correct"] and answer["finish_reason"] == "stop":
            first.setdefault(answer["problem_id"], answer)
    records = [{"id": i, "question": a["question"], "answer": a["text"]} for i, a in first.items()]
    if not records:
        sys.exit("the base has no right answer to learn from")
    return {"solutions": solutions(given), "own": write(completions(given, "own"), records)}


def sft_rates(given):
    samples(given)
    return kept(given.folder / "sft-rates.json", lambda: trial(given))


def trials(given, arm):
    return {rate: f"rate-{given.numbers}-{arm}-{rate}" for rate in given.rates}


def trial(given):
    files = {name: run_file(given, name, arm, rate, TRIAL_SEED, min(TRIAL_STEPS, given.sft_steps))
             for arm in ARMS for rate, name in trials(given, arm).items()}
    steps = train(given.folder, files, given.until)
    return judged(given, steps)


def side_by_side(given):
    files = {}
    for arm in ARMS:
        chosen = rate(sft_rates(given), trials(given, arm))
        print(f"{arm}: learning rate {chosen}", flush=True)
        files |= {f"sft-{given.numbers}-{arm}-{seed}": (arm, chosen, seed) for seed in SEEDS}
    files = {name: run_file(given, name, *what, given.sft_steps) for name, what in files.items()}
    train(given.folder, files, given.until, "sft-steps.json")


def imports(given):
    """Gives committed adapters names: what was trained, in the folder of a run whose adapter is defined alike."""
    return kept(given.folder / "imports.json", lambda: {name: imported(given, name) for name in given.adapters})


def imported(given, name):
    basis, target = given.folder / "basis", given.folder / name
    [values] = (PROJECT / "examples/adapters" / name).glob("values-step*.bf16")
    if not any(known["policyVersion"]["run"] == name for known in thirteen("adapter", "list")):
        thirteen("adapter", "export", checked(given) + "@0", str(basis), "--force")
        adapter.write(basis, values, target)
        thirteen("adapter", "import", str(target), "--base-model", given.model)
    found = given.folder / f"{name}.bf16"
    keep_values(name + "@1", found)
    if found.read_bytes() != values.read_bytes():
        raise Refused(f"{name}@1 has other values than {values}")
    return 1


def supervised(given):
    return last(given.folder, "sft-steps.json")


def rewarded(given):
    """The policies by GRPO: those of this system, and the committed ones."""
    return last(given.folder, "steps.json") | imports(given)


def everyone(given):
    return supervised(given) | rewarded(given)


def test_all(given):
    for name, how in (("greedy", greedy(given.tokens)), ("greedy-2048", greedy(given.longest))):
        asked(given, "all-" + name, "gsm8k", policies(everyone(given)), under_prompt(given), how)


def draws(given):
    """Several answers a problem: of the true reward's policies, of the base at its best temperature, of the others."""
    rewards = {name: step for name, step in rewarded(given).items() if given.controls or "random" not in name}
    for name, who, warmth in (
            ("grpo", policies(rewards), 1), ("base", ["--base", given.model], temperature(given)),
            ("sft", policies(supervised(given)), 1)):
        if who:
            how = sampled(given, warmth, samples=given.samples)
            asked(given, "all-sampled-" + name, "gsm8k", who, under_prompt(given), how)


def asked(given, name, benchmark, who, under, how):
    report = given.folder / name
    found = kept(given.folder / f"{name}.json", lambda: evaluate(
        *who, *on(given, benchmark), *under, *how, "--report", str(report)))
    kept(given.folder / f"{name}-tally.json", lambda: tally(report))
    print(name, *(f"{row['label']} {row['accuracy']:.3f}" for row in found["rows"]), flush=True)


def tally(report):
    """Of each policy right answers by problem, and pass@k for every k (Chen et al. 2021)."""
    right, drawn = {}, 0
    for answer in read(report / "answers.jsonl"):
        of = right.setdefault(answer["policy"], {})
        of[answer["problem_id"]] = of.get(answer["problem_id"], 0) + answer["correct"]
        drawn = max(drawn, answer["sample"] + 1)
    return {policy: {"right": of, "pass": [sum(
        1 - math.comb(drawn - c, k) / math.comb(drawn, k) for c in of.values()) / len(of) for k in range(1, drawn + 1)]}
        for policy, of in right.items()}


def others(given):
    refused = []
    for benchmark in (*OTHERS, *PROGRAMS):
        code = benchmark in PROGRAMS
        name = "others-" + pathlib.Path(benchmark).stem
        under = ("-p", "python-chat", "--base-prompt", "none") if code else under_prompt(given)
        most = min(768, given.longest) if code else given.longest if benchmark == "math500" else given.tokens
        try:
            asked(given, name, benchmark, policies(everyone(given)), under, greedy(most))
        except Refused as why:
            refused.append(f"{name}: {why}")
    if refused:
        sys.exit("\n".join(refused))
