class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # x [places, hidden]: residual stream after the last layer; select [n] and targets [n] as in gradient.py; temperature fp64 [1].
  # Returns log-probs [n] and behind them entropies [n], and the direction of each [2 n, hidden]: its derivative by the normed x,
  # as gradient.py says. Log-probs alone are the kernels'.
  def forward(self: __torch__.Program, x: Tensor, select: Tensor, targets: Tensor, temperature: Tensor, shared: List[Tensor]) -> Tuple[Tensor, Tensor]:
    h = __torch__.norm(torch.index_select(x, 0, select), shared[1])
    t = float(temperature[0])
    log_probs = annotate(List[Tensor], [])
    directions = annotate(List[Tensor], [])
    entropies = annotate(List[Tensor], [])
    spreads = annotate(List[Tensor], [])
    n = targets.size(0)
    begin = 0
    while begin < n:
      hs = torch.slice(h, 0, begin, begin + 2048)
      ys = torch.slice(targets, 0, begin, begin + 2048)
      logits = torch.to(torch.linear(hs, shared[2]), 6)
      if torch.ne(t, 1.):
        logits = torch.div_(logits, t)
      normalizer = torch.logsumexp(logits, [1], True)
      drawn = torch.gather(logits, 1, torch.unsqueeze(ys, 1)) - normalizer
      _1 = torch.append(log_probs, torch.squeeze(drawn, 1))
      lp = logits - normalizer
      q = torch.exp(lp)
      e = torch.neg(torch.sum(q * lp, [1], True))
      _3 = torch.append(entropies, torch.squeeze(e, 1))
      spread = torch.matmul(torch.to(q * (lp + e), {{dtype}}), shared[2])
      _4 = torch.append(spreads, torch.div(torch.to(spread, 6), torch.neg(t)))
      g = torch.index_select(shared[2], 0, ys) - torch.matmul(torch.to(q, {{dtype}}), shared[2])
      _2 = torch.append(directions, torch.div(torch.to(g, 6), t))
      begin = begin + 2048
    return (torch.cat(log_probs + entropies, 0), torch.cat(directions + spreads, 0))
