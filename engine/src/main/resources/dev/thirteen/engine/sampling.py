# Keeps what top_k, top_p and min_p leave, one after the other, as transformers does. Others get -inf.
def filtered(scaled: Tensor, top_p: Tensor, top_k: Tensor, min_p: Tensor) -> Tensor:
  V = scaled.size(1)
  sorted, order = torch.sort(scaled, 1, True)
  rank = torch.unsqueeze(torch.arange(V, dtype=None, layout=None, device=scaled.device), 0)
  k = torch.where(torch.le(top_k, 0), torch.full_like(top_k, V), torch.clamp(top_k, 1, V))
  last = torch.gather(sorted, 1, torch.unsqueeze(k - 1, 1))
  cut = torch.masked_fill(sorted, torch.lt(sorted, last), -inf)
  p = torch.softmax(cut, 1)
  before = torch.cumsum(p, 1) - p
  # A top_p of 1 drops nothing, though the sum may be rounded to 1 before its end.
  reached = torch.logical_and(torch.ge(before, torch.unsqueeze(top_p, 1)), torch.unsqueeze(torch.lt(top_p, 1), 1))
  drop = torch.logical_or(reached, torch.isinf(cut))
  drop = torch.logical_and(drop, torch.gt(rank, 0))
  # Against the largest, which stays: what top_p has dropped does not change the quotient.
  drop = torch.logical_or(drop, torch.lt(p, torch.unsqueeze(min_p, 1) * torch.slice(p, 1, 0, 1)))
  return torch.masked_fill(scaled, torch.scatter(torch.zeros_like(drop), 1, order, drop), -inf)

# changes [n, 4] fp64: row, token, what is added to its logit, then the penalty. A row names a token once.
def changed(logits: Tensor, changes: Tensor) -> Tensor:
  at = torch.to(torch.select(changes, 1, 0) * logits.size(1) + torch.select(changes, 1, 1), 4)
  flat = torch.reshape(logits, [-1])
  biased = torch.index_select(flat, 0, at) + torch.to(torch.select(changes, 1, 2), 6)
  penalty = torch.to(torch.select(changes, 1, 3), 6)
  new = torch.where(torch.lt(biased, 0), biased * penalty, biased / penalty)
  return torch.view(torch.index_copy(flat, 0, at, new), [-1, logits.size(1)])

# The logits of the distribution that a row is drawn from, but for their normalizer.
def shaped(logits: Tensor, controls: Tensor, filters: bool) -> Tensor:
  temperature = torch.to(torch.select(controls, 0, 0), 6)
  divisor = torch.where(torch.eq(temperature, 0), torch.ones_like(temperature), temperature)
  scaled = torch.div(logits, torch.unsqueeze(divisor, 1))
  if filters:
    scaled = __torch__.filtered(scaled, torch.to(torch.select(controls, 0, 2), 6), torch.to(torch.select(controls, 0, 3), 4), torch.to(torch.select(controls, 0, 4), 6))
  return scaled

# The place of a uniform number in a cumulative sum: a row's draw depends on its own numbers alone.
def place(cumulative: Tensor, uniform: Tensor) -> Tensor:
  total = torch.slice(cumulative, 1, -1)
  # Rounding must not lift the target to the total, where no token would be left.
  target = torch.minimum(torch.to(torch.unsqueeze(uniform, 1), 6) * total, torch.nextafter(total, torch.zeros_like(total)))
  return torch.searchsorted(cumulative, target, right=True)

# The draw where temperature is 1 and nothing shapes the logits: token and log-prob [rows, 1], by few passes over them.
def plain_draw(logits: Tensor, uniform: Tensor) -> Tuple[Tensor, Tensor]:
  p = torch.softmax(logits, 1)
  token = __torch__.place(torch.cumsum(p, 1), uniform)
  return (token, torch.log(torch.gather(p, 1, token)))

# logits [rows, vocabulary] fp32; controls [5, rows] fp64: temperature, uniform number, top_p, top_k, min_p; changes: none
# or one tensor. Returns [3, rows] fp64: token, its log-prob under the distribution drawn from, its log-prob at temperature
# 1; and below it [2 * alternatives, rows]: the likeliest tokens at temperature 1, and their log-probs.
def draw(logits: Tensor, controls: Tensor, filters: bool, plain: bool, changes: List[Tensor], alternatives: int) -> Tensor:
  raw_logits = logits
  uniform = torch.select(controls, 0, 1)
  if plain:
    token, drawn = __torch__.plain_draw(logits, uniform)
    log_prob = torch.squeeze(drawn, 1)
    raw = log_prob
  else:
    if torch.len(changes) > 0:
      logits = __torch__.changed(logits, torch.to(changes[0], logits.device))
    scaled = __torch__.shaped(logits, controls, filters)
    greedy = torch.eq(torch.select(controls, 0, 0), 0)
    normalizer = torch.logsumexp(scaled, [1], True)
    drawn = __torch__.place(torch.cumsum(torch.exp(scaled - normalizer), 1), uniform)
    token = torch.where(torch.unsqueeze(greedy, 1), torch.argmax(logits, 1, True), drawn)
    # Greedy draws from a distribution of one token.
    shaped_log_prob = torch.squeeze(torch.gather(scaled, 1, token) - normalizer, 1)
    log_prob = torch.where(greedy, torch.zeros_like(shaped_log_prob), shaped_log_prob)
    raw = torch.squeeze(torch.gather(raw_logits, 1, token) - torch.logsumexp(raw_logits, [1], True), 1)
  result = torch.stack([torch.to(torch.squeeze(token, 1), 7), torch.to(log_prob, 7), torch.to(raw, 7)])
  if alternatives > 0:
    largest, ids = torch.topk(raw_logits, alternatives, 1)
    others = torch.cat([torch.to(ids, 7), torch.to(largest - torch.logsumexp(raw_logits, [1], True), 7)], 1)
    result = torch.cat([result, torch.transpose(others, 0, 1)])
  return result
