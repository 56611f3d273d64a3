# Attention over tokens that lie end to end, block by block. facts, five a block: spans, their padded length, that of the
# prompts that they follow, tokens, whether spans are padded; behind them the number of all tokens. spans, four tensors a block: which token of the block stands
# at a place of the rectangle [spans * time], where a token stands there [tokens], places of the prompts' tokens
# [spans * before], lengths of the prompts [spans].

# Which keys a span's queries see: [spans, 1, time, before + time], 0 or -inf.
def span_mask(starts: Tensor, time: int, before: int) -> Tensor:
  keys = torch.arange(before + time, dtype=None, layout=None, device=starts.device)
  queries = torch.unsqueeze(torch.arange(time, dtype=None, layout=None, device=starts.device), 1)
  later = torch.gt(torch.unsqueeze(keys - before, 0), queries)
  beyond = torch.__and__(torch.ge(keys, torch.unsqueeze(starts, 1)), torch.lt(keys, before))
  hidden = torch.__or__(torch.unsqueeze(later, 0), torch.unsqueeze(beyond, 1))
  nothing = torch.zeros([starts.size(0), time, before + time], dtype={{dtype}}, layout=None, device=starts.device)
  return torch.unsqueeze(torch.masked_fill(nothing, hidden, -inf), 1)

# One mask a block; of one dimension where the spans follow nothing. For span_grouped, once for each query head of a key-value head.
def span_masks(spans: List[Tensor], facts: Tensor) -> List[Tensor]:
  masks = annotate(List[Tensor], [])
  for i in range(torch.floordiv(torch.len(spans), 4)):
    before = int(facts[5 * i + 2])
    mask = spans[4 * i + 3]
    if before > 0:
      mask = __torch__.span_mask(mask, int(facts[5 * i + 1]), before)
      if torch.__not__({{gqa}}):
        mask = torch.repeat(mask, [1, 1, torch.floordiv({{heads}}, {{kv_heads}}), 1])
    _1 = torch.append(masks, mask)
  return masks

# A block's part [tokens, heads, width] as a rectangle [spans, time, heads, width].
def span_rectangle(part: Tensor, fill: Tensor, count: int, time: int, padded: bool) -> Tensor:
  if padded:
    full = torch.index_select(part, 0, fill)
  else:
    full = part
  return torch.view(full, [count, time, part.size(1), {{width}}])

# Keys or values that a block sees [spans, kv heads, before + time, width]: those of its prompts, then its own.
def span_seen(all: Tensor, own: Tensor, prompts: Tensor, before: int) -> Tensor:
  if before > 0:
    first = torch.view(torch.index_select(all, 0, prompts), [own.size(0), before, own.size(2), {{width}}])
    seen = torch.cat([first, own], 1)
  else:
    seen = own
  return torch.transpose(seen, 1, 2)

# With a mask on a processor: queries of one key-value head stand where time would, so that keys and values are not repeated.
def span_grouped(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
  rows = torch.reshape(q, [q.size(0), {{kv_heads}}, -1, {{width}}])
  o = torch.scaled_dot_product_attention(rows, k, v, mask, 0., False)
  return torch.reshape(o, q.size())

# Kernels of a GPU that share keys and values among heads take no mask; with one they are repeated.
def span_product(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
  causal = torch.dim(mask) == 1
  bias = annotate(Optional[Tensor], None)
  if torch.__not__(causal):
    bias = mask
  if torch.__and__({{gqa}}, causal):
    o = torch.scaled_dot_product_attention(q, k, v, bias, 0., causal, scale=None, enable_gqa=True)
  elif torch.__or__({{gqa}}, causal):
    o = torch.scaled_dot_product_attention(q, __torch__.repeat_heads(k), __torch__.repeat_heads(v), bias, 0., causal)
  else:
    o = __torch__.span_grouped(q, k, v, mask)
  return o

# q, k, v: [tokens, heads, width], rotated; returns [tokens, heads, width].
def span_attention(q: Tensor, k: Tensor, v: Tensor, spans: List[Tensor], facts: Tensor, masks: List[Tensor]) -> Tensor:
  sizes = annotate(List[int], [])
  for i in range(torch.len(masks)):
    _1 = torch.append(sizes, int(facts[5 * i + 3]))
  qs = torch.split_with_sizes(q, sizes)
  ks = torch.split_with_sizes(k, sizes)
  vs = torch.split_with_sizes(v, sizes)
  found = annotate(List[Tensor], [])
  for i1 in range(torch.len(masks)):
    count = int(facts[5 * i1])
    time = int(facts[5 * i1 + 1])
    before = int(facts[5 * i1 + 2])
    padded = torch.eq(int(facts[5 * i1 + 4]), 1)
    fill = spans[4 * i1]
    own_q = __torch__.span_rectangle(qs[i1], fill, count, time, padded)
    own_k = __torch__.span_rectangle(ks[i1], fill, count, time, padded)
    own_v = __torch__.span_rectangle(vs[i1], fill, count, time, padded)
    seen_k = __torch__.span_seen(k, own_k, spans[4 * i1 + 2], before)
    seen_v = __torch__.span_seen(v, own_v, spans[4 * i1 + 2], before)
    o = __torch__.span_product(torch.transpose(own_q, 1, 2), seen_k, seen_v, masks[i1])
    flat = torch.reshape(torch.transpose(o, 1, 2), [count * time, {{heads}}, {{width}}])
    if padded:
      flat = torch.index_select(flat, 0, spans[4 * i1 + 1])
    _2 = torch.append(found, flat)
  if torch.len(found) == 1:
    whole = found[0]
  else:
    whole = torch.cat(found, 0)
  return whole
