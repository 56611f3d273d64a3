#!/usr/bin/env python3
"""Compares the log-probabilities of an exported adapter that vLLM or SGLang serves with Thirteen's.

    THIRTEEN_ENGINE_PRECISION=fp32 make up
    bin/thirteen adapter export RUN@STEP FOLDER --format lora
    bin/thirteen logprobs -a RUN@STEP -o json "a prompt" "a completion" "another" > scored.json
    bin/thirteen generate -a RUN@STEP -o json --temperature 0 --max-tokens 24 "a prompt" > greedy.json
    vllm serve BASE_FOLDER --served-model-name base --dtype float32 --enable-lora --max-lora-rank RANK \\
        --lora-modules adapted=FOLDER --port 8000
    python3 scripts/check_served_export.py http://127.0.0.1:8000 base adapted scored.json greedy.json

RANK is 8, 16, 32, 64, 128, 256, 320 or 512, and not less than r in FOLDER/adapter_config.json. SGLang instead:

    python3 -m sglang.launch_server --model-path BASE_FOLDER --served-model-name base --dtype float32 --enable-lora \\
        --lora-paths adapted=FOLDER --port 8000
    python3 scripts/check_served_export.py http://127.0.0.1:8000 base base:adapted scored.json greedy.json

Both files are of one prompt. The server scores our tokens, and draws the greedy answer itself too. Needs the standard library
alone. Ends with status 1 when a number differs by more than 1e-4, when the text drawn is another, or when the adapter changes
nothing.
"""
import argparse
import json
import sys
import urllib.request

TOLERANCE = 1e-4
SMALLEST_CHANGE = 1e-3


def read(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def complete(server, **body):
    """The first answer of an OpenAI dialect: text and log-probabilities of its tokens."""
    body |= {"logprobs": 1, "temperature": 0}
    request = urllib.request.Request(
        server + "/v1/completions", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        choice = json.load(answer)["choices"][0]
    return choice["text"], choice["logprobs"]["token_logprobs"]


def score(server, model, prompt, tokens):
    """log p of each token after the prompt, natural log."""
    _, log_probs = complete(server, model=model, prompt=prompt + tokens, echo=True, max_tokens=1)
    return log_probs[len(prompt) : len(prompt) + len(tokens)]


def distance(one, other):
    if len(one) != len(other):
        raise SystemExit(f"{len(one)} log-probabilities where {len(other)} are due")
    return max(abs(a - b) for a, b in zip(one, other))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("base")
    parser.add_argument("adapted")
    parser.add_argument("scored")
    parser.add_argument("greedy", nargs="?")
    args = parser.parse_args()
    answers = [read(args.scored)] + ([read(args.greedy)] if args.greedy else [])
    prompt = answers[0]["promptTokenIds"]
    worst = change = 0.0
    tokens = drawn = others = 0
    for answer in answers:
        for case in answer["completions"]:
            ids, ours = case["tokenIds"], case.get("rawLogProbs") or case["logProbs"]
            theirs = score(args.server, args.adapted, prompt, ids)
            worst = max(worst, distance(theirs, ours))
            change = max(change, distance(theirs, score(args.server, args.base, prompt, ids)))
            tokens += len(ids)
            if "text" in case:
                text, log_probs = complete(args.server, model=args.adapted, prompt=prompt, max_tokens=len(ids))
                drawn += len(log_probs)
                others += text != case["text"]
                worst = max(worst, distance(log_probs, ours)) if text == case["text"] else worst
    print(
        f"{tokens} tokens scored, {drawn} drawn, {others} other texts: "
        f"largest difference {worst:.2e}, largest change by the adapter {change:.2e}"
    )
    return 0 if worst <= TOLERANCE and not others and change > SMALLEST_CHANGE else 1


if __name__ == "__main__":
    sys.exit(main())
