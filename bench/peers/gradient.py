"""transformers and PEFT's TinyLoRA: the gradient of v for a GRPO-shaped loss, the prompt computed for every sample."""
import peft

from peer import DEVICE, FORMAT, SETTING, ids, seconds, serve, torch
from tinylora import adapted

def prepare():
    policy = adapted(u=13, weight_tying=1.0)
    prompt, answer = (SETTING["requests"][0][name] for name in ("prompt", "answer"))
    rows = len(SETTING["requests"])
    advantages = torch.linspace(-1, 1, rows).to(DEVICE)

    def gradient(tokens, micro):
        policy.zero_grad()
        for at in range(0, len(tokens), micro):
            part = tokens[at:at + micro]
            logits = policy(part, logits_to_keep=answer + 1, use_cache=False).logits[:, :-1].float()
            chosen = torch.gather(logits, 2, part[:, prompt:].unsqueeze(2)).squeeze(2)
            log_probs = chosen - torch.logsumexp(logits, 2)
            loss = -(advantages[at:at + micro, None] * log_probs).sum() / (rows * answer)
            loss.backward()
        found = [p.grad for p in policy.parameters() if p.requires_grad]
        assert sum(g.numel() for g in found) == 13 and all(torch.isfinite(g).all() for g in found)

    times = {}
    for micro in (SETTING["batch"], 4, 2, 1):
        if micro in times or micro > rows:
            continue
        some = ids(micro, prompt + answer)
        try:
            work = lambda: gradient(some, micro)
            if DEVICE == "cuda":
                work()
            times[micro] = seconds(work) / len(some)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
    best = min(times, key=times.get)

    def once(number):
        tokens = ids(rows, prompt + answer, number)
        return rows * (prompt + answer) / seconds(lambda: gradient(tokens, best))

    tried = ", ".join(f"{micro}: {time:.2f} s" for micro, time in times.items())
    return f"HF + PEFT {peft.__version__} TinyLoRA, {FORMAT}, sdpa, {best} sequences a pass (a sequence at {tried})", once


serve(prepare)
