"""transformers' forward over prompts, with a cache and the logits of the last token."""
from peer import FORMAT, SETTING, ids, model, seconds, serve, torch


def prepare():
    base = model()
    requests = SETTING["requests"]
    length = requests[0]["prompt"]

    def work(seed):
        with torch.inference_mode():
            base(ids(len(requests), length, seed), use_cache=True, logits_to_keep=1)

    work(0)
    return f"HF forward, {FORMAT}, sdpa", lambda number: len(requests) * length / seconds(lambda: work(number))


serve(prepare)
