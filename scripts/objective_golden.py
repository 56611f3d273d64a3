#!/usr/bin/env python3
"""Writes core/src/test/resources/golden/verl.json: losses, slopes and advantages as verl computes them.

    python3 -m venv v && v/bin/pip install verl==0.7.0 'transformers<5' torch ray omegaconf tensordict
    v/bin/python scripts/objective_golden.py core/src/test/resources/golden/verl.json

Every number comes out of a function of verl (0.7.0, https://github.com/volcengine/verl) on the fixed tensors below, in fp64,
slopes by autograd. verl's dual clip is put out of reach (clip_ratio_c): the papers have none. Where verl would leave masked
tokens out of a mean, the number of tokens is given, so that the mean is over all that were drawn.
"""
import json
import sys
from types import SimpleNamespace

import numpy as np
import torch
from verl import DataProto
from verl.trainer.ppo import core_algos, rollout_corr_helper
from verl.utils import torch_functional
from verl.workers.config import ActorConfig
from verl.workers.reward_manager.dapo import DAPORewardManager

LENGTHS = [5, 3, 7, 1, 4, 6, 2, 8]
GROUPS = [0, 0, 0, 0, 1, 1, 1, 1]
REWARDS = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.5, 0.0]
TRUNCATED = [2, 7]
VOCABULARY = 9
BETA = 0.05
WIDTH = max(LENGTHS)
MASK = torch.tensor([[float(t < n) for t in range(WIDTH)] for n in LENGTHS], dtype=torch.float64)


def numbers(seed, *shape):
    """Uniform in [0, 1): the same on every machine."""
    count = int(np.prod(shape))
    steps = np.arange(1, count + 1, dtype=np.float64)
    return torch.tensor((np.modf(np.sin(steps * 12.9898 + seed * 78.233) * 43758.5453)[0] + 1) % 1).reshape(shape)


CURRENT = -0.2 - 3 * numbers(1, len(LENGTHS), WIDTH)
PROXIMAL = CURRENT + 0.6 * (numbers(2, len(LENGTHS), WIDTH) - 0.5)
BEHAVIOUR = PROXIMAL + 1.6 * (numbers(3, len(LENGTHS), WIDTH) - 0.5)
REFERENCE = PROXIMAL + 0.8 * (numbers(4, len(LENGTHS), WIDTH) - 0.5)
LOGITS = 4 * numbers(5, len(LENGTHS), WIDTH, VOCABULARY)


def rows(tensor):
    return [[float("%.15g" % x) for x in row[:n]] for row, n in zip(tensor.tolist(), LENGTHS)]


def config(**choices):
    actor = ActorConfig(strategy="fsdp", rollout_n=4, ppo_micro_batch_size_per_gpu=1, clip_ratio_c=1e9, **choices)
    object.__setattr__(actor, "global_batch_info", {})
    return actor


def token_rewards(penalty):
    rewards = torch.zeros_like(MASK)
    for i, n in enumerate(LENGTHS):
        rewards[i, n - 1] = REWARDS[i]
    return core_algos.compute_rewards(rewards, BEHAVIOUR, REFERENCE, penalty) * MASK


def advantages():
    index = np.array(GROUPS)
    plus = SimpleNamespace(gamma=1.0)
    mask = MASK.clone()
    for i in TRUNCATED:
        mask[i] = 0
    estimators = {
        "reinforce++": lambda r, m: core_algos.compute_reinforce_plus_plus_outcome_advantage(r, m, config=plus),
        "reinforce++-baseline":
            lambda r, m: core_algos.compute_reinforce_plus_plus_baseline_outcome_advantage(r, m, index),
        "rloo": lambda r, m: core_algos.compute_rloo_outcome_advantage(r, m, index),
        "grpo": lambda r, m: core_algos.compute_grpo_outcome_advantage(r, m, index),
        "dr-grpo": lambda r, m: core_algos.compute_grpo_outcome_advantage(r, m, index, norm_adv_by_std_in_grpo=False),
    }
    cases = []
    for name, estimator in estimators.items():
        for penalty in (0.0, BETA):
            for counted, of in ((list(range(len(LENGTHS))), MASK), ([i for i in range(8) if i not in TRUNCATED], mask)):
                given = token_rewards(penalty)
                if name == "reinforce++":
                    # verl would start the return of a masked sample from nothing; counted ones are not touched by that.
                    given = given * of
                result = estimator(given.clone(), of)[0]
                cases.append({"algorithm": name, "kl_in_reward": penalty, "counted": counted,
                              "advantages": rows(result)})
    return cases


def slopes_of(loss_of):
    current = CURRENT.clone().requires_grad_(True)
    loss = loss_of(current)
    loss.backward()
    return {"loss": float(loss.detach()), "slopes": rows(current.grad)}


def per_token(name):
    index = np.array(GROUPS)
    if name == "reinforce++":
        plus = SimpleNamespace(gamma=1.0)
        return core_algos.compute_reinforce_plus_plus_outcome_advantage(token_rewards(BETA), MASK, config=plus)[0]
    if name == "rloo":
        return core_algos.compute_rloo_outcome_advantage(token_rewards(0.0), MASK, index)[0]
    return core_algos.compute_grpo_outcome_advantage(token_rewards(0.0), MASK, index)[0]


def clip(current, given, mask, mode="token-mean", weights=None, tokens=None):
    actor = config(clip_ratio_low=0.2, clip_ratio_high=0.28)
    if tokens:
        actor.global_batch_info["batch_num_tokens"] = tokens
    loss, _ = core_algos.compute_policy_loss_vanilla(
        PROXIMAL, current, given, mask, mode, actor, weights)
    return loss


def losses():
    cases = {}

    def case(name, advantage, choices, loss_of, counted=range(len(LENGTHS))):
        given = per_token(advantage)
        cases[name] = {"advantages": rows(given), "choices": choices, "counted": list(counted)}
        cases[name].update(slopes_of(lambda current: loss_of(current, given)))

    case("rloo", "rloo", {"form": "LOG_LIKELIHOOD", "mean": "SEQUENCE_SUM"},
         lambda l, a: core_algos.compute_policy_loss_reinforce(
             BEHAVIOUR, l, a, MASK, "seq-mean-token-sum", config())[0])
    plain = {"form": "CLIP", "clip_low": 0.2, "clip_high": 0.28, "mean": "TOKEN"}
    case("reinforce++", "reinforce++", plain, lambda l, a: clip(l, a, MASK))
    for estimator in ("k2", "k3"):
        case("grpo-" + estimator, "grpo", plain | {"kl": estimator, "kl_in_loss": 0.3},
             lambda l, a: clip(l, a, MASK) + 0.3 * core_algos.agg_loss(
                 core_algos.kl_penalty(l, REFERENCE, estimator), MASK, "token-mean"))

    ratio = PROXIMAL - BEHAVIOUR
    capped, _ = rollout_corr_helper.compute_rollout_correction_weights(
        ratio, MASK, rollout_is="token", rollout_is_threshold=1.5)
    case("grpo-capped", "grpo", plain | {"weight": "CAPPED", "cap": 1.5},
         lambda l, a: clip(l, a, MASK, weights=capped))
    kept, _ = rollout_corr_helper.compute_rollout_rejection_mask(
        ratio, MASK, rollout_rs="token", rollout_rs_threshold=1.4, rollout_rs_threshold_lower=0.8)
    case("grpo-masked", "grpo", plain | {"weight": "MASKED", "floor": 0.8, "cap": 1.4},
         lambda l, a: clip(l, a, kept, weights=torch.exp(ratio), tokens=int(MASK.sum())))

    rest = MASK.clone()
    for i in TRUNCATED:
        rest[i] = 0
    counted = [i for i in range(8) if i not in TRUNCATED]
    case("grpo-truncated-masked", "grpo", plain, lambda l, a: clip(l, a, rest), counted)
    case("grpo-truncated-masked-sequence-mean", "grpo", plain | {"mean": "SEQUENCE"},
         lambda l, a: clip(l, a, rest, "seq-mean-token-mean"), counted)

    # The bonus: its value through the loss, its slope by logits for whoever differentiates the entropy.
    entropies = torch_functional.entropy_from_logits(LOGITS)
    bonus = core_algos.compute_entropy_loss(LOGITS, MASK, "token-mean")
    case("grpo-entropy", "grpo", plain | {"entropy_bonus": 0.1}, lambda l, a: clip(l, a, MASK) - 0.1 * bonus)
    cases["grpo-entropy"]["entropies"] = rows(entropies)
    return cases


def overlong():
    """The soft overlong punishment of verl's DAPO reward manager, 16 tokens at most, buffer 6, factor 0.5."""
    tokenizer = SimpleNamespace(decode=lambda ids, skip_special_tokens: "", eos_token="<end>")
    shape = SimpleNamespace(enable=True, len=6, penalty_factor=0.5, log=False)
    manager = DAPORewardManager(
        tokenizer, 0, compute_score=lambda **_: 1.0, max_resp_len=16, overlong_buffer_cfg=shape)
    lengths = list(range(1, 17))
    attention = torch.tensor([[1, 1] + [int(t < n) for t in range(16)] for n in lengths])
    data = DataProto.from_dict(
        tensors={"prompts": torch.zeros(16, 2, dtype=torch.long), "responses": torch.zeros(16, 16, dtype=torch.long),
                 "attention_mask": attention},
        non_tensors={"reward_model": np.array([{"ground_truth": ""}] * 16), "data_source": np.array(["x"] * 16)})
    rewards = manager(data).sum(-1)
    return {"max_tokens": 16, "buffer": 6, "penalty": 0.5, "tokens": lengths,
            "lost": [round(1 - float(r), 6) for r in rewards]}


def main():
    out = {
        "source": "verl 0.7.0, scripts/objective_golden.py",
        "samples": {"groups": GROUPS, "rewards": REWARDS, "beta": BETA, "current": rows(CURRENT),
                    "proximal": rows(PROXIMAL), "behaviour": rows(BEHAVIOUR), "reference": rows(REFERENCE)},
        "advantages": advantages(),
        "losses": losses(),
        "overlong": overlong(),
    }
    with open(sys.argv[1], "w") as file:
        file.write(json.dumps(out).replace('}, "', '},\n"').replace('}, {', '},\n{') + "\n")


main()
