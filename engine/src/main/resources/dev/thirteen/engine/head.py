class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # x [places, hidden]: residual stream after the last layer; select [n], targets [n] and options as in gradient.py.
  # Returns log-probs [n] and the direction of each [n, hidden]: its derivative by the normed x, as gradient.py says.
  def forward(self: __torch__.Program, x: Tensor, select: Tensor, targets: Tensor, options: Tensor, shared: List[Tensor]) -> Tuple[Tensor, Tensor]:
    h = __torch__.norm(torch.index_select(x, 0, select), shared[1])
    temperature = float(options[0])
    log_probs = annotate(List[Tensor], [])
    directions = annotate(List[Tensor], [])
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
      p = torch.to(torch.exp_(torch.sub_(logits, normalizer)), {{dtype}})
      g = torch.index_select(shared[2], 0, ys) - torch.matmul(p, shared[2])
      _2 = torch.append(directions, torch.div(torch.to(g, 6), temperature))
      begin = begin + 2048
    return (torch.cat(log_probs, 0), torch.cat(directions, 0))
