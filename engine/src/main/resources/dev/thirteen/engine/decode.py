class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # One token a row. inputs [3, rows]: last token, its position, which policy; attention covers length positions, cut
  # by a mask where rows differ in length. Returns what draw gives.
  def forward(self: __torch__.Program, inputs: Tensor, controls: Tensor, length: int, ragged: bool, filters: bool, plain: bool, changes: List[Tensor], alternatives: int, shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], cache: List[Tensor]) -> Tensor:
    n = inputs.size(1)
    positions = torch.select(inputs, 0, 1)
    device = inputs.device
    cos, sin, = __torch__.rope(torch.unsqueeze(positions, 1), shared[3])
    terms = __torch__.row_terms(weights, adapters, policies, torch.select(inputs, 0, 2))
    capacity = cache[0].size(2)
    row = torch.unsqueeze(torch.arange(n * {{kv_heads}}, dtype=None, layout=None, device=device) * capacity, 1)
    slots = torch.reshape(torch.view(row, [n, {{kv_heads}}]) + torch.unsqueeze(positions, 1), [-1])
    mask = annotate(Optional[Tensor], None)
    if ragged:
      hidden = torch.gt(torch.unsqueeze(torch.arange(length, dtype=None, layout=None, device=device), 0), torch.unsqueeze(positions, 1))
      bias = torch.masked_fill(torch.zeros([n, length], dtype={{dtype}}, layout=None, device=device), hidden, -inf)
      mask = torch.view(bias, [n, 1, 1, length])
    x = torch.unsqueeze(torch.embedding(shared[0], torch.select(inputs, 0, 0)), 1)
    for i in range({{layers}}):
      if __torch__.crosses(i):
        there = weights[12 * i]
        x = __torch__.carried(x, there)
        cos = __torch__.carried(cos, there)
        sin = __torch__.carried(sin, there)
        slots = __torch__.carried(slots, there)
        if ragged:
          mask = __torch__.carried(unchecked_cast(Tensor, mask), there)
      q, k, v, = __torch__.attention_inputs(x, weights, adapters, terms, i, cos, sin)
      keys = cache[2 * i]
      values = cache[2 * i + 1]
      _1 = torch.index_copy_(torch.view(keys, [-1, {{width}}]), 0, slots, torch.reshape(k, [-1, {{width}}]))
      _2 = torch.index_copy_(torch.view(values, [-1, {{width}}]), 0, slots, torch.reshape(v, [-1, {{width}}]))
      ks = torch.slice(torch.slice(keys, 0, 0, n), 2, 0, length)
      vs = torch.slice(torch.slice(values, 0, 0, n), 2, 0, length)
      # Queries of one key-value head stand where time would: no copy of keys and no causal mask.
      grouped = torch.reshape(q, [n, {{kv_heads}}, torch.floordiv({{heads}}, {{kv_heads}}), {{width}}])
      o = torch.scaled_dot_product_attention(grouped, ks, vs, mask, 0., False)
      x = __torch__.attention_output(x, torch.reshape(o, [n, 1, {{heads}} * {{width}}]), weights, adapters, terms, i)
    h = __torch__.norm(torch.squeeze(x, 1), shared[1])
    logits = torch.to(__torch__.plus_bias(h, shared[2], shared[1], False), 6)
    return __torch__.draw(logits, torch.to(controls, h.device), filters, plain, changes, alternatives)
