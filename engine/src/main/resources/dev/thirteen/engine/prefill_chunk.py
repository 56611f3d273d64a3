class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # Parts of prompts whose beginnings are in the cache. ids [batch, time], padded on the right; starts [3, batch]: position
  # of the first token, row of the cache, policy; taken [2, tokens]: places (row * time + t) in the batch that are no
  # padding, and where the key of its first head goes in the cache.
  # Attention covers length positions.
  def forward(self: __torch__.Program, ids: Tensor, starts: Tensor, taken: Tensor, length: int, shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], cache: List[Tensor]) -> Tensor:
    B = ids.size(0)
    T = ids.size(1)
    device = ids.device
    time = torch.unsqueeze(torch.arange(T, dtype=None, layout=None, device=device), 0)
    positions = torch.unsqueeze(torch.select(starts, 0, 0), 1) + time
    rows = torch.select(starts, 0, 1)
    cos, sin, = __torch__.rope(positions, shared[3])
    terms = __torch__.row_terms(weights, adapters, policies, torch.select(starts, 0, 2))
    capacity = cache[0].size(2)
    heads = torch.unsqueeze(torch.arange({{kv_heads}}, dtype=None, layout=None, device=device) * capacity, 0)
    slots = torch.reshape(torch.unsqueeze(torch.select(taken, 0, 1), 1) + heads, [-1])
    places = torch.select(taken, 0, 0)
    keys_at = torch.view(torch.arange(length, dtype=None, layout=None, device=device), [1, 1, length])
    hidden = torch.gt(keys_at, torch.unsqueeze(positions, 2))
    bias = torch.masked_fill(torch.zeros([B, T, length], dtype={{dtype}}, layout=None, device=device), hidden, -inf)
    mask = torch.unsqueeze(bias, 1)
    x = torch.embedding(shared[0], ids)
    for i in range({{layers}}):
      if __torch__.crosses(i):
        there = weights[12 * i]
        x = __torch__.carried(x, there)
        cos = __torch__.carried(cos, there)
        sin = __torch__.carried(sin, there)
        slots = __torch__.carried(slots, there)
        places = __torch__.carried(places, there)
        rows = __torch__.carried(rows, there)
        mask = __torch__.carried(mask, there)
      q, k, v, = __torch__.attention_inputs(x, weights, adapters, terms, i, cos, sin)
      keys = cache[2 * i]
      values = cache[2 * i + 1]
      k1 = torch.index_select(torch.reshape(k, [B * T, {{kv_heads}}, {{width}}]), 0, places)
      v1 = torch.index_select(torch.reshape(v, [B * T, {{kv_heads}}, {{width}}]), 0, places)
      _1 = torch.index_copy_(torch.view(keys, [-1, {{width}}]), 0, slots, torch.reshape(k1, [-1, {{width}}]))
      _2 = torch.index_copy_(torch.view(values, [-1, {{width}}]), 0, slots, torch.reshape(v1, [-1, {{width}}]))
      # Nothing after the keys and values of the last layer is wanted.
      if i < {{layers}} - 1:
        ks = torch.index_select(torch.slice(keys, 2, 0, length), 0, rows)
        vs = torch.index_select(torch.slice(values, 2, 0, length), 0, rows)
        o = torch.scaled_dot_product_attention(torch.transpose(q, 1, 2), __torch__.repeat_heads(ks), __torch__.repeat_heads(vs), mask, 0., False)
        x = __torch__.attention_output(x, torch.reshape(torch.transpose(o, 1, 2), [B, T, {{heads}} * {{width}}]), weights, adapters, terms, i)
    return taken
