"""transformers' generate: batches of requests as they come, each until its longest answer is done; T = 1."""
from peer import DEVICE, FORMAT, SETTING, ids, model, seconds, serve, torch

TRIED_TOKENS = 24


def generate(base, batch, new, cache, seed):
    longest = max(request["prompt"] for request in batch)
    tokens = ids(len(batch), longest, seed)
    mask = torch.ones_like(tokens)
    for row, request in enumerate(batch):
        mask[row, : longest - request["prompt"]] = 0
    with torch.inference_mode():
        out = base.generate(tokens, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                            max_new_tokens=new, eos_token_id=None, pad_token_id=0, cache_implementation=cache)
    assert out.shape[1] == longest + new, out.shape


def prepare():
    base = model()
    base.generation_config.eos_token_id = None
    requests = SETTING["requests"]
    size = SETTING["batch"]
    batches = [requests[i:i + size] for i in range(0, len(requests), size)]
    taken = {}
    for cache in (None, "static"):
        tried = min(TRIED_TOKENS, max(request["answer"] for request in batches[0]))
        times = [seconds(lambda: generate(base, batches[0], tried, cache, 0)) for _ in range(2)]
        taken[cache] = times[-1]
    best = min(taken, key=taken.get)

    def once(number):
        def work():
            for batch in batches:
                generate(base, batch, max(request["answer"] for request in batch), best, number)
        return sum(request["answer"] for request in requests) / seconds(work)

    if DEVICE == "cuda":
        once(0)  # A static cache of another size is compiled for anew, which is no part of a round.
    names = {None: "dynamic", "static": "static"}
    tried = ", ".join(f"{names[cache]} {time:.2f} s" for cache, time in taken.items())
    return f"HF generate on {DEVICE}, {FORMAT}, sdpa, {names[best]} cache (tried: {tried})", once


serve(prepare)
