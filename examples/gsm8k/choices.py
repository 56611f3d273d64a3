"""What the dev split chooses: prompt, temperature of the base, learning rate."""
from system import HERE, PROJECT, evaluate, kept, policies

TRIAL_SEED, SEEDS = 100, (1, 2, 3)


def prompts(given):
    return kept(given.folder / "prompts.json", lambda: evaluate("--base", given.model, *on(given, HERE / "dev.yaml")))


def on(given, benchmark):
    """A benchmark, all of it or, to try things, its first problems."""
    few = ("--problems", str(given.problems)) if given.problems else ()
    return "-b", str(benchmark), "--data-folder", str(given.data), *few


def greedy(most):
    return "--temperature", "0", "--max-tokens", str(most)


def sampled(given, *temperatures, samples=4):
    drawn = (part for t in temperatures for part in ("--temperature", str(t)))
    return *drawn, "-n", str(samples), "--max-tokens", str(given.tokens)


def temperature(given):
    """The temperature at which sampled answers of the base are best on dev."""
    found = kept(given.folder / "temperatures.json", lambda: evaluate(
        "--base", given.model, *on(given, HERE / "dev.yaml"), *under_prompt(given), *sampled(given, 0.3, 0.6, 1)))
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


def judged(given, steps):
    """Policies on dev, four sampled answers a problem."""
    return evaluate(*policies(steps), *on(given, HERE / "dev.yaml"), *under_prompt(given), *sampled(given, 1))


def rate(found, named):
    """Of learning rates, with the names that their runs have, the smallest no more than a standard error below the best."""
    rows = {row["label"].split("@")[0]: row for row in found["rows"]}
    tried = {rate: rows[name] for rate, name in named.items()}
    best = max(tried.values(), key=lambda row: row["accuracy"])
    return min(rate for rate, row in tried.items() if row["accuracy"] >= best["accuracy"] - best["standardError"])
