class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # x [places, hidden]: residual stream after the last layer; select [n] and targets [n] as in gradient.py; options fp64:
  # temperature, 1 where entropies are wanted.
  # Returns log-probs [n] and the direction of each [n, hidden]: its derivative by the normed x, as gradient.py says.
  # Those of the entropies stand behind. Kernels do it without entropies.
  def forward(self: __torch__.Program, x: Tensor, select: Tensor, targets: Tensor, options: Tensor, shared: List[Tensor]) -> Tuple[Tensor, Tensor]:
    h = __torch__.norm(torch.index_select(x, 0, select), shared[1])
    temperature = float(options[0])
    log_probs = annotate(List[Tensor], [])
    directions = annotate(List[Tensor], [])
    entropic = float(options[1]) > 0.
    entropies = annotate(List[Tensor], [])
    spreads = annotate(List[Tensor], [])
    n = targets.size(0)
    begin = 0
    while begin < n:
      hs = torch.slice(h, 0, begin, begin + 2048)
      ys = torch.slice(targets, 0, begin, begin + 2048)
      logits = torch.to(torch.linear(hs, shared[2]), 6)
      if torch.ne(temperature, 1.):
        logits = torch.div_(logits, temperature)
      normalizer = torch.logsumexp(logits, [1], True)
      drawn = torch.gather(logits, 1, torch.unsqueeze(ys, 1)) - normalizer
      _1 = torch.append(log_probs, torch.squeeze(drawn, 1))
      if entropic:
        lp = logits - normalizer
        q = torch.exp(lp)
        e = torch.neg(torch.sum(q * lp, [1], True))
        _3 = torch.append(entropies, torch.squeeze(e, 1))
        spread = torch.matmul(torch.to(q * (lp + e), {{dtype}}), shared[2])
        _4 = torch.append(spreads, torch.div(torch.to(spread, 6), torch.neg(temperature)))
      p = torch.to(torch.exp_(torch.sub_(logits, normalizer)), {{dtype}})
      g = torch.index_select(shared[2], 0, ys) - torch.matmul(p, shared[2])
      _2 = torch.append(directions, torch.div(torch.to(g, 6), temperature))
      begin = begin + 2048
    if entropic:
      log_probs = log_probs + entropies
      directions = directions + spreads
    return (torch.cat(log_probs, 0), torch.cat(directions, 0))
