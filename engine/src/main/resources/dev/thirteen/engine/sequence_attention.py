# Attention of a pass by FlashAttention for lengths of their own: no mask, no padding, no repeated heads. What follows a shared
# prompt attends to its own tokens in one call and to its prompt's in another; the parts are weighed by the sums of their
# exponentials. spans: ends of all spans from 0 on; where prompts are shared also those of what follows one, of the prompts'
# keys, int32, and the places of those keys, a prompt's once a follower. facts: tokens, the first that follows, the longest span,
# follower and prompt.

def followed(facts: Tensor) -> bool:
  return bool(torch.lt(int(facts[1]), int(facts[0])))

def followers(x: Tensor, facts: Tensor) -> Tensor:
  return torch.slice(x, 0, int(facts[1]), int(facts[0]))

# Keys or values of the prompts, once a follower.
def prompts(x: Tensor, spans: List[Tensor]) -> Tensor:
  return torch.index_select(x, 0, spans[3])

# A part's weight [tokens, heads, 1], of logarithms [heads, tokens].
def part_weight(part: Tensor, whole: Tensor) -> Tensor:
  return torch.unsqueeze(torch.transpose(torch.exp(torch.sub(part, whole)), 0, 1), 2)

# q, k, v: [tokens, heads, width], rotated. Returns o alike, the logarithms of its sums [heads, tokens], and what the way back
# wants beside them.
def sequence_attention(q: Tensor, k: Tensor, v: Tensor, spans: List[Tensor], facts: Tensor) -> List[Tensor]:
  longest = int(facts[2])
  o, sums, state, unused, _1 = torch._flash_attention_forward(q, k, v, spans[0], spans[0], longest, longest, 0., True, False)
  if __torch__.followed(facts):
    before, before_sums, _2, _3, _4 = torch._flash_attention_forward(__torch__.followers(q, facts), __torch__.prompts(k, spans), __torch__.prompts(v, spans), spans[1], spans[2], int(facts[3]), int(facts[4]), 0., False, False)
    own = __torch__.followers(o, facts)
    own_sums = torch.slice(sums, 1, int(facts[1]), int(facts[0]))
    both = torch.logaddexp(own_sums, before_sums)
    mixed = torch.add(torch.mul(own, __torch__.part_weight(own_sums, both)), torch.mul(before, __torch__.part_weight(before_sums, both)))
    _5 = torch.copy_(own, mixed)
    _6 = torch.copy_(own_sums, both)
  return [o, sums, state, unused]

# Gradients by q, k and v, from that by o. A part's way back needs the whole's o and sums alone.
def sequence_attention_back(by: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, kept: List[Tensor], spans: List[Tensor], facts: Tensor) -> List[Tensor]:
  longest = int(facts[2])
  dq, dk, dv = torch._flash_attention_backward(by, q, k, v, o, kept[0], spans[0], spans[0], longest, longest, 0., True, kept[1], kept[2])
  if __torch__.followed(facts):
    keys = __torch__.prompts(k, spans)
    values = __torch__.prompts(v, spans)
    sums = torch.contiguous(torch.slice(kept[0], 1, int(facts[1]), int(facts[0])))
    more, dkeys, dvalues = torch._flash_attention_backward(__torch__.followers(by, facts), __torch__.followers(q, facts), keys, values, __torch__.followers(o, facts), sums, spans[1], spans[2], int(facts[3]), int(facts[4]), 0., False, kept[1], kept[2])
    _1 = torch.add_(__torch__.followers(dq, facts), more)
    # Many followers add to one prompt: in fp32.
    dk = torch.index_add_(torch.to(dk, 6), 0, spans[3], torch.to(dkeys, 6))
    dv = torch.index_add_(torch.to(dv, 6), 0, spans[3], torch.to(dvalues, 6))
  return [dq, dk, dv]
