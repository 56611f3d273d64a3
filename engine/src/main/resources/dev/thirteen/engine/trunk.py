# Where only keys and values are wanted, nothing after those of the last layer is.
def needed(keep: bool, layer: int) -> bool:
  if keep:
    wanted = layer < {{layers}} - 1
  else:
    wanted = True
  return wanted

# All layers over whole sequences, padded on the right: causal attention keeps the padding out.
# rows [batch]: the policy of each. keys and values: one tensor a layer [batch, kv heads, time, width] is appended where keep is true.
def trunk(ids: Tensor, embed: Tensor, frequencies: Tensor, weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], rows: Tensor, keep: bool, kept: List[Tensor]) -> Tensor:
  B = ids.size(0)
  T = ids.size(1)
  cos, sin, = __torch__.rope(torch.unsqueeze(torch.arange(T, dtype=None, layout=None, device=ids.device), 0), frequencies)
  terms = __torch__.row_terms(weights, adapters, policies, rows)
  x = torch.embedding(embed, ids)
  for i in range({{layers}}):
    if __torch__.crosses(i):
      x = __torch__.carried(x, weights[12 * i])
      cos = __torch__.carried(cos, weights[12 * i])
      sin = __torch__.carried(sin, weights[12 * i])
    q, k, v, = __torch__.attention_inputs(x, weights, adapters, terms, i, cos, sin)
    kt = torch.transpose(k, 1, 2)
    vt = torch.transpose(v, 1, 2)
    if keep:
      _1 = torch.append(kept, kt)
      _2 = torch.append(kept, vt)
    if __torch__.needed(keep, i):
      if {{gqa}}:
        o = torch.scaled_dot_product_attention(torch.transpose(q, 1, 2), kt, vt, None, 0., True, scale=None, enable_gqa=True)
      else:
        o = torch.scaled_dot_product_attention(torch.transpose(q, 1, 2), __torch__.repeat_heads(kt), __torch__.repeat_heads(vt), None, 0., True)
      o2 = torch.reshape(torch.transpose(o, 1, 2), [B, T, {{heads}} * {{width}}])
      x = __torch__.attention_output(x, o2, weights, adapters, terms, i)
  return x
