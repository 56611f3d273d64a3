class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # ids, select, spans and facts as in gradient.py; room and directions [m, hidden] as core_forward.py left them, with the slope of
  # each [m]. Returns a surrogate whose derivative by R is that of the loss.
  def forward(self: __torch__.Program, ids: Tensor, select: Tensor, directions: Tensor, slopes: Tensor, facts: Tensor, spans: List[Tensor], shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], room: List[Tensor]) -> Tensor:
    n = ids.size(1)
    cos, sin, = __torch__.rope(torch.select(ids, 0, 1), shared[3])
    fixed = annotate(List[Tensor], [])
    for j in range(torch.len(policies)):
      _1 = torch.append(fixed, torch.detach(policies[j]))
    terms = __torch__.row_terms(weights, adapters, fixed, ids)
    masks = __torch__.span_masks(spans, facts)
    h = __torch__.behind_layers(room, 1, n)
    m = __torch__.behind_layers(room, 2, n)
    do = __torch__.behind_layers(room, 3, n)
    dx = __torch__.behind_layers(room, 4, n)
    by = torch.mul_(directions, torch.unsqueeze(slopes, 1))
    if torch.gt(by.size(0), select.size(0)):
      by = torch.slice(by, 0, 0, select.size(0)) + torch.slice(by, 0, select.size(0), by.size(0))
    chosen = torch.index_select(__torch__.behind_layers(room, 0, n), 0, select)
    by_chosen = __torch__.norm_back(by, chosen, shared[1], torch.zeros_like(chosen))
    _0 = torch.index_add_(torch.zero_(dx), 0, select, by_chosen)
    total = torch.zeros([1], dtype=6, layout=None, device=ids.device)
    for k in range({{layers}}):
      i = {{layers}} - 1 - k
      w = i * 12
      x = __torch__.of_layer(room, i, 0, n)
      middle = __torch__.of_layer(room, i, 2, n)
      wide = __torch__.of_layer(room, i, 3, n)
      total = total + __torch__.linear_back(dx, m, True, weights[w + 6], adapters, terms, policies, room, i, 3)
      _3 = __torch__.gate_up_back(wide, m)
      total = total + __torch__.linear_back(wide, h, True, weights[w + 5], adapters, terms, policies, room, i, 2)
      _5 = __torch__.norm_back(h, middle, weights[w + 4], dx)
      total = total + __torch__.linear_back(dx, do, True, weights[w + 3], adapters, terms, policies, room, i, 1)
      dy = __torch__.attended_back(do, __torch__.of_layer(room, i, 1, n), weights, i, cos, sin, spans, facts, masks)
      total = total + __torch__.linear_back(dy, h, i > 0, weights[w + 1], adapters, terms, policies, room, i, 0)
      if i > 0:
        _8 = __torch__.norm_back(h, x, weights[w], dx)
    return total
