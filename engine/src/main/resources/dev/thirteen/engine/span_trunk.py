# All layers over tokens that lie end to end, under one policy or a rectangle of several. ids [2, tokens]: ids and positions. spans and facts as in
# span_attention.py. Returns [1, tokens, hidden].
def span_trunk(ids: Tensor, spans: List[Tensor], facts: Tensor, embed: Tensor, frequencies: Tensor, weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor]) -> Tensor:
  n = ids.size(1)
  cos, sin, = __torch__.rope(torch.slice(ids, 0, 1, 2), frequencies)
  terms = __torch__.row_terms(weights, adapters, policies, ids)
  masks = __torch__.span_masks(spans, facts)
  x = torch.embedding(embed, torch.slice(ids, 0, 0, 1))
  blocks = spans
  for i in range({{layers}}):
    if __torch__.crosses(i):
      there = weights[12 * i]
      x = __torch__.carried(x, there)
      cos = __torch__.carried(cos, there)
      sin = __torch__.carried(sin, there)
      masks = __torch__.all_carried(masks, there)
      blocks = __torch__.all_carried(blocks, there)
    q, k, v, = __torch__.attention_inputs(x, weights, adapters, terms, i, cos, sin)
    o = __torch__.span_attention(torch.select(q, 0, 0), torch.select(k, 0, 0), torch.select(v, 0, 0), blocks, facts, masks)
    x = __torch__.attention_output(x, torch.reshape(o, [1, n, {{heads}} * {{width}}]), weights, adapters, terms, i)
  return x
