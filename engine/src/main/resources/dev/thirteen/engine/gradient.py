class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # One policy for all, or a rectangle of several (row_terms). ids, spans and facts as in span_trunk.py; select [n]: places whose next token is targets [n];
  # options fp64: temperature, 1 where a gradient is wanted, 1 where entropies are.
  # Returns log-probs [n] and surrogates [n] whose derivative by any parameter below the head is that of the log-prob:
  # for logits z = W h / T, d log p(y) / dh = (W[y] - sum_k p_k W[k]) / T. So no logits are kept for a backward pass.
  # Entropies H [n] and their surrogates stand behind: dH / dh = -sum_k p_k (log p_k + H) W[k] / T.
  def forward(self: __torch__.Program, ids: Tensor, select: Tensor, targets: Tensor, options: Tensor, facts: Tensor, spans: List[Tensor], shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor]) -> Tuple[Tensor, Tensor]:
    x = __torch__.span_trunk(ids, spans, facts, shared[0], shared[3], weights, adapters, policies)
    chosen = torch.index_select(torch.reshape(x, [-1, {{hidden}}]), 0, torch.to(select, x.device))
    h = __torch__.norm(chosen, shared[1])
    temperature = float(options[0])
    wanted = float(options[1]) > 0.
    entropic = float(options[2]) > 0.
    entropies = annotate(List[Tensor], [])
    spreads = annotate(List[Tensor], [])
    log_probs = annotate(List[Tensor], [])
    directions = annotate(List[Tensor], [])
    fixed = torch.detach(h)
    wished = torch.to(targets, x.device)
    n = targets.size(0)
    begin = 0
    while begin < n:
      hs = torch.slice(fixed, 0, begin, begin + {{head_chunk}})
      ys = torch.slice(wished, 0, begin, begin + {{head_chunk}})
      logits = torch.to(torch.linear(hs, shared[2]), 6)
      if torch.ne(temperature, 1.):
        logits = torch.div(logits, temperature)
      # The largest logit x has p = exp(x - normalizer): so one softmax, which is one pass, gives the normalizer too.
      q = torch.softmax(logits, 1)
      normalizer = torch.amax(logits, [1], True) - torch.log(torch.amax(q, [1], True))
      drawn = torch.gather(logits, 1, torch.unsqueeze(ys, 1)) - normalizer
      _1 = torch.append(log_probs, torch.squeeze(drawn, 1))
      if wanted:
        p = torch.to(q, {{dtype}})
        g = torch.index_select(shared[2], 0, ys) - torch.matmul(p, shared[2])
        _2 = torch.append(directions, torch.div(torch.to(g, 6), temperature))
      if entropic:
        lp = logits - normalizer
        e = torch.neg(torch.sum(q * lp, [1], True))
        _3 = torch.append(entropies, torch.squeeze(e, 1))
        if wanted:
          spread = torch.matmul(torch.to(q * (lp + e), {{dtype}}), shared[2])
          _4 = torch.append(spreads, torch.div(torch.to(spread, 6), torch.neg(temperature)))
      begin = begin + {{head_chunk}}
    if entropic:
      log_probs = log_probs + entropies
    l = torch.cat(log_probs, 0)
    if wanted:
      s = torch.sum(torch.cat(directions, 0) * torch.to(h, 6), [1])
      if entropic:
        s = torch.cat([s, torch.sum(torch.cat(spreads, 0) * torch.to(h, 6), [1])], 0)
    else:
      s = l
    return (torch.to(l, ids.device), torch.to(s, ids.device))
