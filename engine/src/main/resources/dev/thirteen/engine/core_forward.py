class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # ids, targets, options, spans and facts as in gradient.py, room as in core_layers.py, of which it is filled what the way back wants.
  # Returns what head_directions.py does.
  def forward(self: __torch__.Program, ids: Tensor, select: Tensor, targets: Tensor, options: Tensor, facts: Tensor, spans: List[Tensor], shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], room: List[Tensor]) -> Tuple[Tensor, Tensor]:
    n = ids.size(1)
    cos, sin, = __torch__.rope(torch.select(ids, 0, 1), shared[3])
    terms = __torch__.row_terms(weights, adapters, policies, ids)
    masks = __torch__.span_masks(spans, facts)
    h = __torch__.behind_layers(room, 1, n)
    m = __torch__.behind_layers(room, 2, n)
    _1 = torch.index_select(shared[0], 0, torch.select(ids, 0, 0), out=__torch__.of_layer(room, 0, 0, n))
    for i in range({{layers}}):
      w = i * 12
      x = __torch__.of_layer(room, i, 0, n)
      y = __torch__.of_layer(room, i, 1, n)
      middle = __torch__.of_layer(room, i, 2, n)
      wide = __torch__.of_layer(room, i, 3, n)
      after = __torch__.of_layer(room, i + 1, 0, n)
      _2 = __torch__.norm_into(x, weights[w], h)
      _3 = __torch__.linear_into(h, y, weights[w + 1], weights[w + 2], {{qkv_bias}}, adapters, terms, room, i, 0)
      if {{qk_norm}}:
        pass
      else:
        _11 = __torch__.rotate_there(y, cos, sin)
      o = __torch__.attended(y, weights, i, cos, sin, spans, facts, masks)
      _4 = __torch__.linear_into(o, middle, weights[w + 3], weights[w + 9], {{o_bias}}, adapters, terms, room, i, 1)
      _5 = torch.add_(middle, x)
      _6 = __torch__.norm_into(middle, weights[w + 4], h)
      _7 = __torch__.linear_into(h, wide, weights[w + 5], weights[w + 10], {{mlp_bias}}, adapters, terms, room, i, 2)
      _8 = __torch__.gate_up_into(wide, m)
      _9 = __torch__.linear_into(m, after, weights[w + 6], weights[w + 11], {{mlp_bias}}, adapters, terms, room, i, 3)
      _10 = torch.add_(after, middle)
    last = __torch__.behind_layers(room, 0, n)
    chosen = __torch__.norm(torch.index_select(last, 0, select), shared[1])
    return __torch__.head_directions(chosen, targets, options, shared[2])
