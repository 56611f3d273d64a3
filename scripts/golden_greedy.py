#!/usr/bin/env python3
"""Writes greedy continuations of a real checkpoint as Hugging Face transformers computes them in fp32.

    python3 golden_greedy.py MODEL_FOLDER PROBLEMS.jsonl OUT.json

Needs torch, transformers and tokenizers. Problems are JSON Lines with a key `question` (GSM8K's test set, for example).
Prompts whose best and second-best logit come closer than 1e-3 on the way are left out: another order of additions
could turn them. The first ten others are kept.
"""
import argparse
import json
import pathlib

import tokenizers
import torch
import transformers

SYSTEM = "You are a helpful assistant."
INSTRUCTION = "\nPlease reason step by step, and put your final answer within \\boxed{}."
NEW_TOKENS = 64
SMALLEST_GAP = 1e-3
PROMPTS = 10


def stop_ids(folder):
    """Ids of generation_config.json, which may hold one or a list."""
    eos = json.loads((folder / "generation_config.json").read_text())["eos_token_id"]
    return set(eos if isinstance(eos, list) else [eos])


@torch.no_grad()
def greedy(model, prompt, stops):
    """Ids up to and with the first stop token, and the least distance of best and second-best logit on the path."""
    ids, smallest, cache, step = [], float("inf"), None, torch.tensor([prompt])
    while len(ids) < NEW_TOKENS and not (ids and ids[-1] in stops):
        out = model(step, past_key_values=cache, use_cache=True)
        best = torch.topk(out.logits[0, -1], 2)
        smallest = min(smallest, (best.values[0] - best.values[1]).item())
        ids.append(best.indices[0].item())
        cache, step = out.past_key_values, best.indices[:1][None]
    return ids, smallest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("problems", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).eval()
    template = transformers.AutoTokenizer.from_pretrained(args.model)
    # AutoTokenizer may rebuild the pre-tokenizer; the file itself is the reference.
    tokenizer = tokenizers.Tokenizer.from_file(str(args.model / "tokenizer.json"))
    stops = stop_ids(args.model)
    kept, left_out = [], 0
    for line in args.problems.open(encoding="utf-8"):
        if len(kept) == PROMPTS:
            break
        turns = [{"role": "system", "content": SYSTEM},
                 {"role": "user", "content": json.loads(line)["question"] + INSTRUCTION}]
        text = template.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        prompt = tokenizer.encode(text, add_special_tokens=False).ids
        ids, gap = greedy(model, prompt, stops)
        if gap < SMALLEST_GAP:
            left_out += 1
            continue
        kept.append({"turns": turns, "prompt": prompt, "continuation": ids, "smallest_top2_gap": round(gap, 6)})
    head = {"model": args.model.name, "problems": args.problems.stem, "computed": "fp32, greedy, at most %d tokens" % NEW_TOKENS,
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__,
                         "tokenizers": tokenizers.__version__},
            "left_out": left_out}
    lines = ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in kept)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(head, indent=1)[:-2] + ',\n "prompts": [\n' + lines + "\n ]\n}\n", encoding="utf-8")
    print(f"{args.out}: {len(kept)} prompts, {left_out} left out")


if __name__ == "__main__":
    main()
