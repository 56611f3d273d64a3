"""What the peers share: setting, model, and the loop that answers one line of JSON for each line read."""
import json
import os
import sys
import time

SETTING = json.loads(sys.argv[1])
os.environ.setdefault("OMP_NUM_THREADS", str(SETTING["threads"]))
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch  # noqa: E402
import transformers  # noqa: E402

torch.set_num_threads(SETTING["threads"])
DEVICE = SETTING["device"]
DTYPE = getattr(torch, SETTING["dtype"])
FORMAT = {torch.bfloat16: "bf16", torch.float32: "fp32"}[DTYPE]


def answer(**fields):
    print(json.dumps(fields), flush=True)


def seconds(work):
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def model():
    return transformers.AutoModelForCausalLM.from_pretrained(
        SETTING["model"], dtype=DTYPE, attn_implementation="sdpa").to(DEVICE).eval()


def ids(rows, length, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, SETTING["vocabulary"], (rows, length), generator=generator).to(DEVICE)


def serve(prepare):
    """prepare() gives a description and a function from the round's number to its figure."""
    try:
        about, once = prepare()
        versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
        answer(ready=f"{about}; {versions}")
        for line in sys.stdin:
            answer(value=once(int(line)))
    except Exception as problem:  # The other side has to hear of it, whatever it is.
        answer(error=f"{type(problem).__name__}: {problem}"[:400])
        raise
