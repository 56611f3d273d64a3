# Keeps top_k tokens, then the smallest set of them whose probability reaches top_p. Others get -inf.
def filtered(scaled: Tensor, top_p: Tensor, top_k: Tensor) -> Tensor:
  V = scaled.size(1)
  sorted, order = torch.sort(scaled, 1, True)
  rank = torch.unsqueeze(torch.arange(V, dtype=None, layout=None, device=scaled.device), 0)
  k = torch.where(torch.le(top_k, 0), torch.full_like(top_k, V), top_k)
  cut = torch.masked_fill(sorted, torch.ge(rank, torch.unsqueeze(k, 1)), -inf)
  p = torch.softmax(cut, 1)
  before = torch.cumsum(p, 1) - p
  drop = torch.logical_or(torch.ge(before, torch.unsqueeze(top_p, 1)), torch.isinf(cut))
  drop = torch.logical_and(drop, torch.gt(rank, 0))
  return torch.masked_fill(scaled, torch.scatter(torch.zeros_like(drop), 1, order, drop), -inf)

# logits [rows, vocabulary] fp32; controls [4, rows] fp64: temperature, uniform number, top_p, top_k.
# Returns [3, rows] fp64: token, its log-prob under the distribution drawn from, its log-prob at temperature 1.
# One uniform number against the cumulative sum: a row's draw depends on its own logits and number alone.
def draw(logits: Tensor, controls: Tensor, filters: bool, plain: bool) -> Tensor:
  temperature = torch.to(torch.select(controls, 0, 0), 6)
  greedy = torch.eq(temperature, 0)
  if plain:
    scaled = logits
  else:
    scaled = torch.div(logits, torch.unsqueeze(torch.where(greedy, torch.ones_like(temperature), temperature), 1))
  if filters:
    scaled = __torch__.filtered(scaled, torch.to(torch.select(controls, 0, 2), 6), torch.to(torch.select(controls, 0, 3), 4))
  normalizer = torch.logsumexp(scaled, [1], True)
  cumulative = torch.cumsum(torch.exp(scaled - normalizer), 1)
  total = torch.slice(cumulative, 1, -1)
  uniform = torch.to(torch.unsqueeze(torch.select(controls, 0, 1), 1), 6)
  # Rounding must not lift the target to the total, where no token would be left.
  target = torch.minimum(uniform * total, torch.nextafter(total, torch.zeros_like(total)))
  drawn = torch.searchsorted(cumulative, target, right=True)
  best = torch.argmax(logits, 1, True)
  token = torch.where(torch.unsqueeze(greedy, 1), best, drawn)
  log_prob = torch.squeeze(torch.gather(scaled, 1, token) - normalizer, 1)
  if plain:
    raw = log_prob
  else:
    raw = torch.squeeze(torch.gather(logits, 1, token) - torch.logsumexp(logits, [1], True), 1)
    # Greedy draws from a distribution of one token.
    log_prob = torch.where(greedy, torch.zeros_like(log_prob), log_prob)
  return torch.stack([torch.to(torch.squeeze(token, 1), 7), torch.to(log_prob, 7), torch.to(raw, 7)])
