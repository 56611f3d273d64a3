# Numbers of the places whose normed x is h [n, hidden]: log-probs of targets [n] and, where options ask, entropies behind them; and
# the direction of each, its derivative by h: for logits z = W h / T, d log p(y) / dh = (W[y] - sum_k p_k W[k]) / T, and
# dH / dh = -sum_k p_k (log p_k + H) W[k] / T. So no logits are kept for a backward pass. options as in gradient.py.
def head_directions(h: Tensor, targets: Tensor, options: Tensor, head: Tensor) -> Tuple[Tensor, Tensor]:
  temperature = float(options[0])
  wanted = float(options[1]) > 0.
  entropic = float(options[2]) > 0.
  entropies = annotate(List[Tensor], [])
  spreads = annotate(List[Tensor], [])
  log_probs = annotate(List[Tensor], [])
  directions = annotate(List[Tensor], [])
  n = targets.size(0)
  # Logits take the same memory again: new memory is slow, since the system clears each page of it.
  room = torch.empty([min({{head_chunk}}, n), head.size(0)], dtype=6, layout=None, device=h.device)
  begin = 0
  while begin < n:
    hs = torch.slice(h, 0, begin, begin + {{head_chunk}})
    ys = torch.slice(targets, 0, begin, begin + {{head_chunk}})
    logits = torch.slice(room, 0, 0, hs.size(0))
    if {{dtype}} == 6:
      _1 = torch.mm(hs, torch.t(head), out=logits)
    else:
      _2 = torch.copy_(logits, torch.linear(hs, head))
    if torch.ne(temperature, 1.):
      _3 = torch.div_(logits, temperature)
    # The largest logit x has p = exp(x - normalizer): so one softmax, which is one pass, gives the normalizer too.
    largest = torch.amax(logits, [1], True)
    own = torch.gather(logits, 1, torch.unsqueeze(ys, 1))
    if entropic:
      q = torch.softmax(logits, 1)
    else:
      q = torch.softmax(logits, 1, out=logits)
    normalizer = largest - torch.log(torch.amax(q, [1], True))
    _4 = torch.append(log_probs, torch.squeeze(own - normalizer, 1))
    if wanted:
      g = torch.index_select(head, 0, ys) - torch.matmul(torch.to(q, {{dtype}}), head)
      _5 = torch.append(directions, torch.div(torch.to(g, 6), temperature))
    if entropic:
      lp = torch.sub_(logits, normalizer)
      e = torch.neg(torch.sum(q * lp, [1], True))
      _6 = torch.append(entropies, torch.squeeze(e, 1))
      if wanted:
        spread = torch.matmul(torch.to(torch.mul_(torch.add_(lp, e), q), {{dtype}}), head)
        _7 = torch.append(spreads, torch.div(torch.to(spread, 6), torch.neg(temperature)))
    begin = begin + {{head_chunk}}
  numbers = torch.cat(log_probs + entropies, 0)
  if wanted:
    along = torch.cat(directions + spreads, 0)
  else:
    along = numbers
  return (numbers, along)
