"""Math-Verify on the cases of a file: one answer of comparisons a second of processor time for each line read."""
import json
import logging
import sys
import time

SETTING = json.loads(sys.argv[1])


def answer(**fields):
    print(json.dumps(fields), flush=True)


def as_latex(case, key):
    """Its LaTeX reader looks between dollars only, so answers that have none are given them."""
    text = case[key]
    whole = key == "prediction" and case.get("kind") == "completion"
    return text if whole or "$" in text or "boxed" in text else f"${text}$"


def main():
    import math_verify
    from importlib.metadata import version

    logging.disable(logging.CRITICAL)
    with open(SETTING["cases"], encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines if line.strip()]
    pairs = [(as_latex(case, "gold"), as_latex(case, "prediction")) for case in cases]

    def once():
        agreeing = 0
        start = time.process_time()
        for (gold, prediction), case in zip(pairs, cases):
            found = math_verify.verify(math_verify.parse(gold), math_verify.parse(prediction))
            agreeing += found == case["expected"]
        return len(pairs) / (time.process_time() - start), agreeing

    _, agreeing = once()
    answer(ready=f"Math-Verify {version('math-verify')} agrees with {agreeing} of {len(cases)} cases")
    for _ in sys.stdin:
        answer(value=once()[0])


try:
    main()
except Exception as problem:  # The other side has to hear of it, whatever it is.
    answer(error=f"{type(problem).__name__}: {problem}"[:400])
    raise
