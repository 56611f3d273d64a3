"""What the runs of one arm, that differ in their seed, have in common: in their answers, and in their numbers."""
import collections
import json
import math
import re
import struct


def agree(given):
    """Prints, of every report below the folder, the mean difference of each arm's runs to the base, with its standard error over
    problems; then norms of all values below the folder, and cosines of each two that are as long."""
    for file in sorted(given.folder.glob("**/answers.jsonl")):
        for row in together(file):
            print(*row, sep="\t", flush=True)
    files = sorted(given.folder.glob("**/*.bf16"))
    values = {str(file.relative_to(given.folder).with_suffix("")): numbers(file) for file in files}
    print("values", "norm", sep="\t")
    for name, own in values.items():
        print(name, f"{norm(own):.2f}", sep="\t")
    print("values", "other", "cosine", sep="\t")
    for name, own in values.items():
        for other, theirs in values.items():
            if name < other and len(own) == len(theirs):
                print(name, other, f"{cosine(own, theirs):.2f}", sep="\t")


def together(file):
    """A table by its rows, its head first."""
    right = collections.defaultdict(lambda: collections.defaultdict(list))
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            answer = json.loads(line)
            policy = arm(answer["policy"]) if answer["adapter_digest"] else answer["policy"]
            right[answer["evaluation"], answer["temperature"], policy][answer["problem_id"]].append(answer["correct"])
    yield "report", "temperature", "arm", "difference", "error", "p"
    for (evaluation, temperature, policy), own in right.items():
        base = right.get((evaluation, temperature, "base"))
        if policy != "base" and base and own.keys() == base.keys():
            mean, error = paired([share(own[one]) - share(base[one]) for one in own])
            p = math.erfc(abs(mean) / error / math.sqrt(2)) if error else 1
            yield file.parent.name, f"{temperature:g}", policy, f"{mean:+.3f}", f"{error:.3f}", f"{p:.1g}"


def arm(policy):
    """The name of a run without its seed and step: grpo-1-true of grpo-1-true-3@253."""
    return re.sub(r"-\d+@\d+$", "", policy)


def share(verdicts):
    return sum(verdicts) / len(verdicts)


def paired(differences):
    """Mean and its standard error."""
    mean = sum(differences) / len(differences)
    return mean, math.sqrt(sum((one - mean) ** 2 for one in differences) / max(1, len(differences) - 1) / len(differences))


def numbers(file):
    """bf16, little-endian: the upper halves of floats."""
    given = file.read_bytes()
    return [struct.unpack("<f", b"\0\0" + given[at:at + 2])[0] for at in range(0, len(given), 2)]


def norm(values):
    return math.hypot(*values)


def cosine(one, other):
    return sum(a * b for a, b in zip(one, other)) / (norm(one) * norm(other) or 1)
