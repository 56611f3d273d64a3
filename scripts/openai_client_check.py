"""Checks the OpenAI dialect of rollout-service with the official client.

usage: openai_client_check.py BASE_URL MODEL ADAPTED_MODEL

BASE_URL ends in /v1; ADAPTED_MODEL is of the form base:run@step. Needs `pip install openai`.
"""

import sys

import openai

MESSAGES = [{"role": "user", "content": "Hello"}]
PROMPT = "7*3-4+2?"


def models(client, model, adapted):
    listed = {one.id for one in client.models.list()}
    assert {model, adapted} <= listed, listed
    assert client.models.retrieve(adapted).id == adapted


def completion(client, model, adapted):
    for name in (model, adapted):
        answer = client.completions.create(model=name, prompt=PROMPT, max_tokens=8, seed=1)
        assert answer.model == name and answer.object == "text_completion"
        assert answer.system_fingerprint.startswith("fp_")
        assert answer.choices[0].finish_reason in ("stop", "length")
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def chat(client, model, adapted):
    answer = client.chat.completions.create(model=adapted, messages=MESSAGES, max_completion_tokens=8, seed=1)
    message = answer.choices[0].message
    assert message.role == "assistant" and message.content is not None
    # An answer can be sent back as it came.
    client.chat.completions.create(model=model, messages=[*MESSAGES, message.model_dump(), *MESSAGES], max_tokens=2)


def provenance(client, model, adapted):
    raw = client.completions.with_raw_response.create(model=adapted, prompt=PROMPT, max_tokens=1)
    header = raw.headers["x-thirteen-provenance"]
    run, step = adapted.split(":")[-1].split("@")
    assert f'run="{run}"' in header and f"step={step}" in header and "adapter-digest=" in header, header


def stream(client, model, adapted):
    asked = dict(model=adapted, messages=MESSAGES, max_completion_tokens=12, seed=4)
    whole = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage and not chunks[-1].choices
    assert all(chunk.usage is None for chunk in chunks[:-1])


def completion_stream(client, model, adapted):
    asked = dict(model=model, prompt=PROMPT, max_tokens=12, seed=4, n=2)
    whole = client.completions.create(**asked)
    texts = ["", ""]
    for chunk in client.completions.create(**asked, stream=True):
        texts[chunk.choices[0].index] += chunk.choices[0].text
    assert texts == [choice.text for choice in whole.choices]


def log_probs(client, model, adapted):
    answer = client.completions.create(model=model, prompt=PROMPT, max_tokens=4, temperature=0, logprobs=3, seed=1)
    probs = answer.choices[0].logprobs
    assert len(probs.tokens) == len(probs.token_logprobs) == len(probs.top_logprobs) == len(probs.text_offset)
    assert all(log_prob <= 0 for log_prob in probs.token_logprobs)
    answer = client.chat.completions.create(
        model=model, messages=MESSAGES, max_tokens=4, temperature=0, logprobs=True, top_logprobs=5
    )
    for token in answer.choices[0].logprobs.content:
        assert len(token.top_logprobs) == 5
        assert token.top_logprobs[0].logprob == token.logprob, "greedy takes the likeliest"


def several(client, model, adapted):
    answer = client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=6, n=3, seed=2)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) > 1


def stop(client, model, adapted):
    asked = dict(model=model, prompt=PROMPT, max_tokens=12, seed=5)
    free = client.completions.create(**asked).choices[0].text
    assert len(free) >= 2, repr(free)
    end = free[len(free) // 2]
    stopped = client.completions.create(**asked, stop=[end]).choices[0]
    assert stopped.text == free[: free.index(end)] and stopped.finish_reason == "stop"
    assert "".join(c.choices[0].text for c in client.completions.create(**asked, stop=end, stream=True)) == stopped.text


def seed(client, model, adapted):
    asked = dict(model=model, prompt=PROMPT, max_tokens=12)
    texts = [client.completions.create(**asked, seed=number).choices[0].text for number in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def extensions(client, model, adapted):
    extra = {"top_k": 5, "min_p": 0.05, "repetition_penalty": 1.1}
    client.completions.create(model=model, prompt=PROMPT, max_tokens=4, logit_bias={"3": -100}, extra_body=extra)


def refused(client, model, adapted):
    for field in ({"tools": [{"type": "function", "function": {"name": "f"}}]}, {"frequency_penalty": 1.5}):
        try:
            client.chat.completions.create(model=model, messages=MESSAGES, **field)
        except openai.BadRequestError as error:
            assert error.param == next(iter(field)), error
        else:
            raise AssertionError(f"{field} was accepted")
    try:
        client.completions.create(model=model + "-that-is-not-there", prompt=PROMPT)
    except openai.NotFoundError as error:
        assert error.code == "model_not_found", error
    else:
        raise AssertionError("an unknown model answered")


CHECKS = (
    models, completion, chat, provenance, stream, completion_stream, log_probs, several, stop, seed, extensions, refused
)


def main(base_url, model, adapted):
    client = openai.OpenAI(base_url=base_url, api_key="none", timeout=60)
    for check in CHECKS:
        check(client, model, adapted)
    print(f"openai {openai.__version__}: {len(CHECKS)} checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
