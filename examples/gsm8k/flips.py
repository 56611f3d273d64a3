"""What answers of two policies to the same problems tell of each change of verdict."""
import collections
import json

CLASSES = ("reasoning", "truncation", "format")


def flips(given):
    """Prints, of every report below the folder, how often each policy is right where the base is wrong, and the other way round,
    by what the wrong one of the two answers lacked."""
    files = sorted(given.folder.glob("**/answers.jsonl"))
    if not files:
        raise SystemExit(f"no answers.jsonl below {given.folder}: eval run --report FOLDER writes it")
    for file in files:
        for row in counted(file):
            print(*row, sep="\t", flush=True)


def counted(file):
    """A table by its rows, its head first: two rows for each policy that is not the base, each with the base's prompt and decoding."""
    answers = collections.defaultdict(dict)
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            answer = json.loads(line)
            policy = answer["policy"] if answer["adapter_digest"] else None
            # The base under other prompts is no policy that was trained.
            if policy or answer["policy"] == "base":
                answers[answer["evaluation"], answer["temperature"], policy][answer["problem_id"], answer["sample"]] = (
                    answer["correct"], lack(answer))
    yield "report", "temperature", "policy", "flips", "all", *CLASSES
    for (evaluation, temperature, policy), own in answers.items():
        if not policy:
            continue
        base = answers[evaluation, temperature, None]
        if own.keys() != base.keys():
            raise SystemExit(f"{file}: {policy} and base have not answered the same")
        for way, wrong, right in (("wrong to right", base, own), ("right to wrong", own, base)):
            found = collections.Counter(wrong[one][1] for one in base if right[one][0] and not wrong[one][0])
            yield file.parent.name, f"{temperature:g}", policy, way, found.total(), *(found[name] for name in CLASSES)


def lack(answer):
    """What a wrong answer lacks: it was cut; it ended by itself without an answer where the prompt asks for one; or that answer is
    wrong."""
    if answer["finish_reason"] == "length":
        return "truncation"
    return "reasoning" if answer["extracted"] else "format"
