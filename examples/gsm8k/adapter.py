#!/usr/bin/env python3
"""Puts trained numbers into an exported adapter: adapter.py FOLDER VALUES.bf16 TARGET.

examples/adapters has trained numbers alone. All else of a TinyLoRA follows from the base and from the `adapter` section of their
run file, and any run with the same section exports it. For grpo-2688-true-1, with the system running:
    sed s/grpo-2688-true-1/like/ examples/adapters/grpo-2688-true-1/run.yaml > like.yaml
    bin/thirteen run create -f like.yaml; bin/thirteen adapter export like@0 exported; bin/thirteen run cancel like
    examples/gsm8k/adapter.py exported examples/adapters/grpo-2688-true-1/values-step138.bf16 grpo-2688-true-1
    bin/thirteen adapter import grpo-2688-true-1 --base-model models/qwen2.5-coder-0.5b-instruct
It is grpo-2688-true-1@1 then, for `eval`, `generate` and others.
"""
import json
import pathlib
import shutil
import sys

FILE, CONFIG, VECTOR = "adapter_model.safetensors", "adapter_config.json", "base_model.tinylora_v."


def write(exported, values, target):
    """The folder with the numbers of the file: bf16, little-endian, vector after vector."""
    numbers, file = pathlib.Path(values).read_bytes(), (pathlib.Path(exported) / FILE).read_bytes()
    size = 8 + int.from_bytes(file[:8], "little")
    header, data = json.loads(file[8:size]), file[size:]
    vectors = sorted((name for name in header if name.startswith(VECTOR)), key=lambda name: int(name.removeprefix(VECTOR)))
    length = 2 * sum(header[name]["shape"][0] for name in vectors)
    if len(numbers) != length:
        sys.exit(f"{values} has {len(numbers)} bytes, the vectors of {exported} take {length}")
    for name in vectors:
        # Behind all else: the old numbers have another size.
        width = 2 * header[name]["shape"][0]
        header[name] |= {"dtype": "BF16", "data_offsets": [len(data), len(data) + width]}
        data, numbers = data + numbers[:width], numbers[width:]
    save(pathlib.Path(target), header, data)
    shutil.copyfile(pathlib.Path(exported) / CONFIG, pathlib.Path(target) / CONFIG)


def save(target, header, data):
    """A safetensors file without the holes that replaced tensors left."""
    packed, parts, at = {}, [], 0
    for name, tensor in header.items():
        if name != "__metadata__":
            begin, end = tensor["data_offsets"]
            parts.append(data[begin:end])
            tensor = tensor | {"data_offsets": [at, at + end - begin]}
            at += end - begin
        packed[name] = tensor
    text = json.dumps(packed).encode()
    text += b" " * (-len(text) % 8)
    target.mkdir(parents=True, exist_ok=True)
    (target / FILE).write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))


if __name__ == "__main__":
    write(*sys.argv[1:])
