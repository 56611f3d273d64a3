# Attention of a pass in which prompts are shared, by FlashAttention for lengths of their own: no mask, no padding, no repeated
# heads. What follows a prompt attends to its own tokens in one call and to its prompt's in another; the parts are weighed by
# the sums of their exponentials. spans: ends of all spans from 0 on, of those that follow a prompt, of their prompts'
# keys, int32; and the places of those keys, a prompt's once a follower. facts: tokens, the first that follows, the longest span,
# follower and prompt.

def shared_queries(x: Tensor, facts: Tensor) -> Tensor:
  return torch.slice(x, 0, int(facts[1]), int(facts[0]))

# Keys or values of the prompts, once a follower.
def shared_prompts(x: Tensor, spans: List[Tensor]) -> Tensor:
  return torch.index_select(x, 0, spans[3])

# A part's weight [tokens, heads, 1], of logarithms [heads, tokens].
def shared_weight(part: Tensor, whole: Tensor) -> Tensor:
  return torch.unsqueeze(torch.transpose(torch.exp(torch.sub(part, whole)), 0, 1), 2)

# q, k, v: [tokens, heads, width], rotated; keys, values: of the prompts. Returns o alike, the logarithms of its sums [heads, tokens], and what the way back
# wants beside them.
def shared_attention(q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, spans: List[Tensor], facts: Tensor) -> List[Tensor]:
  longest = int(facts[2])
  o, sums, state, unused, _1 = torch._flash_attention_forward(q, k, v, spans[0], spans[0], longest, longest, 0., True, False)
  before, before_sums, _2, _3, _4 = torch._flash_attention_forward(__torch__.shared_queries(q, facts), keys, values, spans[1], spans[2], int(facts[3]), int(facts[4]), 0., False, False)
  own = __torch__.shared_queries(o, facts)
  own_sums = torch.slice(sums, 1, int(facts[1]), int(facts[0]))
  both = torch.logaddexp(own_sums, before_sums)
  mixed = torch.add(torch.mul(own, __torch__.shared_weight(own_sums, both)), torch.mul(before, __torch__.shared_weight(before_sums, both)))
  _5 = torch.copy_(own, mixed)
  _6 = torch.copy_(own_sums, both)
  return [o, sums, state, unused]

# Gradients by q, k and v. A part's way back needs the whole's o and sums alone.
def shared_attention_back(by: Tensor, q: Tensor, k: Tensor, v: Tensor, spans: List[Tensor], facts: Tensor) -> List[Tensor]:
  keys = __torch__.shared_prompts(k, spans)
  values = __torch__.shared_prompts(v, spans)
  whole = __torch__.shared_attention(q, k, v, keys, values, spans, facts)
  o = whole[0]
  longest = int(facts[2])
  dq, dk, dv = torch._flash_attention_backward(by, q, k, v, o, whole[1], spans[0], spans[0], longest, longest, 0., True, whole[2], whole[3])
  sums = torch.contiguous(torch.slice(whole[1], 1, int(facts[1]), int(facts[0])))
  more, dkeys, dvalues = torch._flash_attention_backward(__torch__.shared_queries(by, facts), __torch__.shared_queries(q, facts), keys, values, __torch__.shared_queries(o, facts), sums, spans[1], spans[2], int(facts[3]), int(facts[4]), 0., False, whole[2], whole[3])
  _1 = torch.add_(__torch__.shared_queries(dq, facts), more)
  # Many followers add to one prompt: in fp32.
  dk32 = torch.index_add_(torch.to(dk, 6), 0, spans[3], torch.to(dkeys, 6))
  dv32 = torch.index_add_(torch.to(dv, 6), 0, spans[3], torch.to(dvalues, 6))
  return [dq, dk32, dv32]
