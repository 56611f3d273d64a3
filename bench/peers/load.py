"""transformers: folder to first token, libraries imported before."""
from peer import DEVICE, FORMAT, SETTING, ids, model, seconds, serve, torch

import tokenizers


def prepare():
    prompt = ids(1, SETTING["requests"][0]["prompt"])

    def work():
        tokenizers.Tokenizer.from_file(SETTING["model"] + "/tokenizer.json")
        base = model()
        base.generation_config.eos_token_id = None
        with torch.inference_mode():
            base.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=True, top_k=0, max_new_tokens=1,
                          eos_token_id=None, pad_token_id=0)

    def first_token():
        # The prompt of Check.firstToken.
        known = torch.tensor([[i * 7919 % SETTING["vocabulary"] for i in range(1, prompt.shape[1] + 1)]]).to(DEVICE)
        with torch.inference_mode():
            logits = model()(known).logits[0, -1].float()
        return int(logits.argmax())

    work()
    return f"HF from_pretrained and generate on {DEVICE}, {FORMAT}", lambda number: first_token() if number < 0 else seconds(work)


serve(prepare)
