"""A plain GRPO step of transformers and PEFT's TinyLoRA: generate, then loss and AdamW over padded micro-batches."""
import peft

from peer import DEVICE, FORMAT, SETTING, ids, seconds, serve, torch
from tinylora import adapted

TRIED_TOKENS = 24


class Step:
    """The same prompt for all samples of a group; a batch goes on until its longest answer is done."""

    def __init__(self):
        self.policy = adapted(u=1, weight_tying=0.0)
        self.policy.generation_config.eos_token_id = None
        self.trained = [p for p in self.policy.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=0.01, betas=(0.9, 0.99), weight_decay=0)
        self.requests = SETTING["requests"]
        self.prompt = max(request["prompt"] for request in self.requests)
        self.answer = max(request["answer"] for request in self.requests)
        self.group = SETTING["batch"]

    def prompts(self, seed):
        tokens = ids(len(self.requests) // self.group, self.prompt, seed).repeat_interleave(self.group, 0)
        mask = torch.ones_like(tokens)
        for row, request in enumerate(self.requests):
            mask[row, : self.prompt - request["prompt"]] = 0
        return tokens, mask

    def sample(self, tokens, mask, new, cache):
        with torch.inference_mode():
            return self.policy.generate(
                input_ids=tokens, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                max_new_tokens=new, eos_token_id=None, pad_token_id=0, cache_implementation=cache).clone()

    def learn(self, whole, mask, micro, rows):
        """Rows in the order of their lengths, so that little is padded."""
        order = sorted(rows, key=lambda row: self.requests[row]["answer"])
        total = sum(self.requests[row]["answer"] for row in rows)
        self.optimizer.zero_grad()
        for at in range(0, len(order), micro):
            part = order[at:at + micro]
            answer = max(self.requests[row]["answer"] for row in part)
            tokens = whole[part, : self.prompt + answer]
            seen = torch.cat([mask[part], torch.ones(len(part), answer, dtype=mask.dtype, device=DEVICE)], 1)
            for place, row in enumerate(part):
                seen[place, self.prompt + self.requests[row]["answer"]:] = 0
            logits = self.policy(tokens, attention_mask=seen, logits_to_keep=answer + 1, use_cache=False).logits
            logits = logits[:, :-1].float()
            chosen = torch.gather(logits, 2, tokens[:, self.prompt:].unsqueeze(2)).squeeze(2)
            log_probs = chosen - torch.logsumexp(logits, 2)
            advantage = torch.tensor([1.0 if row % 2 == 0 else -1.0 for row in part], device=DEVICE)
            loss = -(advantage[:, None] * log_probs * seen[:, self.prompt:]).sum() / total
            loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()

    def run(self, number, cache, micro):
        tokens, mask = self.prompts(number)
        whole = self.sample(tokens, mask, self.answer, cache)
        self.learn(whole, mask, micro, range(len(self.requests)))


def prepare():
    step = Step()
    assert sum(p.numel() for p in step.trained) == 7 * step.policy.config.num_hidden_layers
    tokens, mask = step.prompts(0)
    caches = {}
    for cache in (None, "static"):
        try:
            caches[cache] = [seconds(lambda: step.sample(tokens, mask, TRIED_TOKENS, cache)) for _ in range(2)][-1]
        except Exception as problem:  # not every version has both under PEFT
            print(f"{cache}: {problem}")
    cache = min(caches, key=caches.get)
    random = ids(len(step.requests), step.prompt + step.answer, 1)
    micros = {}
    for micro in (32, 16, 8, 4):
        try:
            step.learn(random, mask, micro, range(micro))
            micros[micro] = seconds(lambda: step.learn(random, mask, micro, range(32)))
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
    micro = min(micros, key=micros.get)
    name = "static" if cache else "dynamic"
    about = f"HF generate ({name} cache) + PEFT {peft.__version__} TinyLoRA, {FORMAT}, sdpa, {micro} sequences a pass"

    def once(number):
        """What fits a trial may not fit the longest answers: half as many then, from the beginning."""
        nonlocal micro
        while True:
            torch.cuda.empty_cache()
            try:
                return seconds(lambda: step.run(number, cache, micro))
            except torch.OutOfMemoryError:
                if micro == 1:
                    raise
                micro //= 2

    return about, once


serve(prepare)
