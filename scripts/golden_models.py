"""Makes golden files of tiny random models whose forms the large golden set lacks: biases on all linears (Llama with
attention_bias and mlp_bias) and Mistral. Writes engine/src/test/resources/golden/models/<name>/, the tokenizer taken from
a folder beside it. Also adapters/bitfit-llama/: biases for some linears of a Llama that has none, and what transformers
computes with them. Made with torch 2.13 and transformers 5.24 on CPU; a second run gives the same bytes.

    python scripts/golden_models.py
"""

import json
import pathlib
import shutil

import safetensors.torch
import torch
import transformers

GOLDEN = pathlib.Path(__file__).parent.parent / "engine/src/test/resources/golden"
ROOT = GOLDEN / "models"
SIZE = dict(vocab_size=600, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=True)
MODELS = {
    "llama-biases": (transformers.LlamaForCausalLM,
                     transformers.LlamaConfig(attention_bias=True, mlp_bias=True, **SIZE)),
    "mistral": (transformers.MistralForCausalLM,
                transformers.MistralConfig(sliding_window=48, head_dim=8, **SIZE)),
}


def fill(model):
    """Weights far from flat logits, norms about 1, biases clearly not 0."""
    generator = torch.Generator().manual_seed(13)
    for name, weight in model.named_parameters():
        deviation = 0.3 if "q_proj" in name or "k_proj" in name else 0.15
        weight.data = torch.randn(weight.shape, generator=generator) * deviation
        if "norm" in name:
            weight.data += 1
        weight.data = weight.data.bfloat16().float()


def case(model, length):
    ids = torch.randint(0, 590, (1, length), generator=torch.Generator().manual_seed(length))
    with torch.no_grad():
        logits = model(ids).logits[0]
    picked = torch.log_softmax(logits[:-1], -1).gather(1, ids[0, 1:, None])[:, 0]
    return {
        "id": f"len{length}",
        "ids": ids[0].tolist(),
        "last_logits": [float(f"{x:.6g}") for x in logits[-1].tolist()],
        "next_token_logprobs": [float(f"{x:.8g}") for x in picked.tolist()],
    }


def bitfit():
    """Biases of q and up alone; o, k, v, gate and down have zeros, as their groups have keys in common."""
    config = transformers.LlamaConfig.from_pretrained(ROOT / "smollm2-like", attention_bias=True, mlp_bias=True)
    config._attn_implementation = "eager"
    model = transformers.LlamaForCausalLM(config).float().eval()
    model.load_state_dict(safetensors.torch.load_file(ROOT / "smollm2-like/model.safetensors"), strict=False)
    model.tie_weights()
    generator = torch.Generator().manual_seed(13)
    deltas = {}
    for name, weight in model.named_parameters():
        if not name.endswith(".bias"):
            continue
        weight.data.zero_()
        if "q_proj" in name or "up_proj" in name:
            weight.data += torch.randn(weight.shape, generator=generator).mul(0.3).bfloat16().float()
            deltas[f"base_model.model.{name[:-5]}.bias_delta"] = weight.data.bfloat16()
    folder = GOLDEN / "adapters/bitfit-llama"
    folder.mkdir(parents=True, exist_ok=True)
    safetensors.torch.save_file(deltas, folder / "adapter_model.safetensors", {"format": "pt"})
    adapter = {"peft_type": "BITFIT", "add_biases": True, "target_modules": ["q_proj", "up_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(adapter))
    expected = {"base": "models/smollm2-like", "computed": "transformers, fp32, eager attention, CPU",
                "trained_numbers": sum(delta.numel() for delta in deltas.values()), "inputs": [case(model, 20)]}
    (folder / "expected.json").write_text(json.dumps(expected))


def main():
    bitfit()
    for name, (kind, config) in MODELS.items():
        config._attn_implementation = "eager"
        model = kind(config).float().eval()
        fill(model)
        folder = ROOT / name
        expected = {"model": name, "computed": "transformers, fp32, eager attention, CPU",
                    "cases": [case(model, 5), case(model, 40)]}
        model.bfloat16().save_pretrained(folder)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(ROOT / "smollm2-like" / file, folder / file)
        (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main()
