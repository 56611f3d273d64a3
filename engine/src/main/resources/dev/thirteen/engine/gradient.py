class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # One policy for all, or a rectangle of several (row_terms). ids, spans and facts as in span_trunk.py; select [n]: places whose next token is targets [n];
  # options fp64: temperature, 1 where a gradient is wanted, 1 where entropies are.
  # Returns log-probs [n], entropies behind them, and surrogates whose derivatives by any parameter below the head are theirs.
  def forward(self: __torch__.Program, ids: Tensor, select: Tensor, targets: Tensor, options: Tensor, facts: Tensor, spans: List[Tensor], shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor]) -> Tuple[Tensor, Tensor]:
    x = __torch__.span_trunk(ids, spans, facts, shared[0], shared[3], weights, adapters, policies)
    chosen = torch.index_select(torch.reshape(x, [-1, {{hidden}}]), 0, torch.to(select, x.device))
    h = __torch__.norm(chosen, shared[1])
    numbers, directions, = __torch__.head_directions(torch.detach(h), torch.to(targets, x.device), options, shared[2])
    s = numbers
    if float(options[1]) > 0.:
      high = torch.to(h, 6)
      if float(options[2]) > 0.:
        high = torch.cat([high, high], 0)
      s = torch.sum(directions * high, [1])
    return (torch.to(numbers, ids.device), torch.to(s, ids.device))
