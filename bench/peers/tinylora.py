"""PEFT's TinyLoRA on the model of a measure."""
import peft

from peer import model, torch

MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def adapted(u, weight_tying):
    """PEFT derives A and B by whole decompositions, which take minutes; of r = 2 the first vectors are enough."""
    whole = torch.linalg.svd

    def first(matrix, full_matrices=False):
        torch.linalg.svd = whole
        u, s, v = torch.svd_lowrank(matrix, q=8)
        torch.linalg.svd = first
        return u, s, v.T

    torch.linalg.svd = first
    try:
        config = peft.TinyLoraConfig(r=2, u=u, weight_tying=weight_tying, target_modules=MODULES)
        return peft.get_peft_model(model(), config)
    finally:
        torch.linalg.svd = whole
