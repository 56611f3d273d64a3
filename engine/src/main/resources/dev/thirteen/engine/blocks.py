# Parts that prefill, decode and gradient share, so that all three compute the same function.
# Weights of layer i stand at weights[12 * i]: input norm, qkv, qkv bias, o, post norm, gate and up, down, q norm, k norm,
# biases of o, of gate and up, of down.
# Adapters of layer i stand at adapters[16 * i], four a fused linear (qkv, o, gate and up, down): frozen A and B, between
# which stands the R of a row, then A and B of their own for rows whose policies train them, one set beside the other. An
# empty list means no adapter, a tensor of one dimension that there is none of its kind.

# Whether the model goes on on another device with this layer: everything that it computes with must be carried there.
def crosses(layer: int) -> bool:
  return torch.__contains__({{boundaries}}, layer)

# A copy on the device where another tensor lies.
def carried(x: Tensor, to: Tensor) -> Tensor:
  return torch.to(x, to.device, x.dtype, False, True)

def all_carried(all: List[Tensor], to: Tensor) -> List[Tensor]:
  there = annotate(List[Tensor], [])
  for j in range(torch.len(all)):
    _0 = torch.append(there, __torch__.carried(all[j], to))
  return there

def norm(x: Tensor, weight: Tensor) -> Tensor:
  return torch.rms_norm(x, [weight.size(0)], weight, {{eps}})

# y + t B' in one pass over y, which is by far the largest of the three.
def plus_product(y: Tensor, t: Tensor, b: Tensor) -> Tensor:
  flat = torch.addmm(torch.reshape(y, [-1, b.size(0)]), torch.reshape(t, [-1, b.size(1)]), torch.t(b))
  return torch.reshape(flat, y.size())

# t [1, tokens, k] with each policy's R: the tokens of a policy as a row of a rectangle, filled up to the longest, times R'
# [policies, k, k]. fill [policies * longest]: which token stands at a place, places [tokens]: where a token stands.
def rectangle_product(t: Tensor, r: Tensor, fill: Tensor, places: Tensor) -> Tensor:
  rows = torch.view(torch.index_select(torch.select(t, 0, 0), 0, fill), [r.size(0), -1, t.size(2)])
  product = torch.reshape(torch.bmm(rows, r), [-1, r.size(2)])
  return torch.unsqueeze(torch.index_select(product, 0, places), 0)

# What the rows' policies add to y = W x, unmerged. The terms of a fused linear are R [k, k] or [batch, k, k], which of the
# own columns are the row's [batch, 1, k], and a bias [batch or 1, 1, out].
def adapt(y: Tensor, x: Tensor, adapters: List[Tensor], terms: List[Tensor], kind: int, layer: int) -> Tensor:
  z = y
  if torch.len(adapters) > 0:
    at = layer * 16 + kind * 4
    of = layer * 12 + kind * 3
    if torch.dim(adapters[at]) == 2:
      t = torch.linear(x, adapters[at])
      r = torch.transpose(terms[of], -2, -1)
      if torch.len(terms) > {{layers}} * 12:
        t = __torch__.rectangle_product(t, r, terms[{{layers}} * 12], terms[{{layers}} * 12 + 1])
      else:
        t = torch.matmul(t, r)
      z = __torch__.plus_product(z, t, adapters[at + 1])
    if torch.dim(adapters[at + 2]) == 2:
      t1 = torch.linear(x, torch.to(adapters[at + 2], {{dtype}}))
      if torch.dim(terms[of + 1]) == 3:
        t1 = t1 * terms[of + 1]
      z = __torch__.plus_product(z, t1, torch.to(adapters[at + 3], {{dtype}}))
    if torch.dim(terms[of + 2]) == 3:
      z = torch.add(z, terms[of + 2])
  return z

# The policies' part of an adapter, row by row, in the format of the weights: rollout and gradient round it alike.
# policies: R of each fused linear [layers, policies, k, k], which own columns are a policy's [policies, all], biases
# [policies, all]; of one dimension where there is none. rows [batch]: the policy of a row; one policy needs no rows. Where
# tokens of several policies lie end to end, three more: the policies of a rectangle, its fill and its places, of which the
# latter two go on behind the terms.
def row_terms(weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], rows: Tensor) -> List[Tensor]:
  terms = annotate(List[Tensor], [])
  if torch.len(policies) > 0:
    of_rows = annotate(List[Tensor], [])
    numbers = rows
    if torch.len(policies) > 6:
      numbers = policies[6]
    for j in range(6):
      low = torch.to(policies[j], {{dtype}})
      dim = 0
      if torch.dim(low) == 4:
        dim = 1
      if torch.dim(low) > 1:
        if low.size(dim) > 1:
          low = torch.index_select(low, dim, numbers)
      _0 = torch.append(of_rows, low)
    widths = [{{qkv_width}}, {{hidden}}, 2 * {{intermediate}}, {{hidden}}]
    column = 0
    biased = 0
    for layer in range({{layers}}):
      if __torch__.crosses(layer):
        of_rows = __torch__.all_carried(of_rows, weights[12 * layer])
      for kind in range(4):
        own = adapters[layer * 16 + kind * 4 + 2]
        r = of_rows[kind]
        if torch.dim(r) == 4:
          r = torch.select(r, 0, layer)
          if r.size(0) == 1:
            r = torch.select(r, 0, 0)
        mask = of_rows[4]
        if torch.dim(mask) == 2:
          if torch.dim(own) == 2:
            mask = torch.unsqueeze(torch.slice(mask, 1, column, column + own.size(0)), 1)
            column = column + own.size(0)
        bias = of_rows[5]
        if torch.dim(bias) == 2:
          bias = torch.unsqueeze(torch.slice(bias, 1, biased, biased + widths[kind]), 1)
          biased = biased + widths[kind]
        _1 = torch.append(terms, r)
        _2 = torch.append(terms, mask)
        _3 = torch.append(terms, bias)
    if torch.len(policies) > 6:
      if numbers.size(0) > 1:
        _4 = torch.append(terms, policies[7])
        _5 = torch.append(terms, policies[8])
  return terms

# cos and sin: [batch, time, 1, head width], as Hugging Face computes them.
def rope(positions: Tensor, frequencies: Tensor) -> Tuple[Tensor, Tensor]:
  half = torch.unsqueeze(torch.to(positions, 6), -1) * frequencies
  angles = torch.unsqueeze(torch.cat([half, half], -1), -2)
  return (torch.to(torch.cos(angles), {{dtype}}), torch.to(torch.sin(angles), {{dtype}}))

# Parts of a tensor are cut by split, all at once: a gradient then puts them together in one pass, while each slice would
# fill a tensor of the whole size with zeros first.
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  halves = torch.split_with_sizes(x, [{{half}}, {{half}}], -1)
  return x * cos + torch.cat([torch.neg(halves[1]), halves[0]], -1) * sin

# Queries and keys in their rotated form, and values: [batch, time, heads, head width]. y: what the fused linear gives.
def turned_heads(y: Tensor, weights: List[Tensor], layer: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
  w = layer * 12
  y4 = torch.view(y, [y.size(0), y.size(1), {{heads}} + 2 * {{kv_heads}}, {{width}}])
  parts = torch.split_with_sizes(y4, [{{heads}} + {{kv_heads}}, {{kv_heads}}], 2)
  qk = parts[0]
  if {{qk_norm}}:
    raw = torch.split_with_sizes(qk, [{{heads}}, {{kv_heads}}], 2)
    qk = torch.cat([__torch__.norm(raw[0], weights[w + 7]), __torch__.norm(raw[1], weights[w + 8])], 2)
  rotated = torch.split_with_sizes(__torch__.rotate(qk, cos, sin), [{{heads}}, {{kv_heads}}], 2)
  return (rotated[0], rotated[1], parts[1])

def attention_inputs(x: Tensor, weights: List[Tensor], adapters: List[Tensor], terms: List[Tensor], layer: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
  w = layer * 12
  h = __torch__.norm(x, weights[w])
  y = __torch__.plus_bias(h, weights[w + 1], weights[w + 2], {{qkv_bias}})
  return __torch__.turned_heads(__torch__.adapt(y, h, adapters, terms, 0, layer), weights, layer, cos, sin)

# What follows attention in a layer. o: [batch, time, heads * head width]
def attention_output(x: Tensor, o: Tensor, weights: List[Tensor], adapters: List[Tensor], terms: List[Tensor], layer: int) -> Tensor:
  w = layer * 12
  p = __torch__.plus_bias(o, weights[w + 3], weights[w + 9], {{o_bias}})
  x = x + __torch__.adapt(p, o, adapters, terms, 1, layer)
  h = __torch__.norm(x, weights[w + 4])
  u = __torch__.plus_bias(h, weights[w + 5], weights[w + 10], {{mlp_bias}})
  gu = __torch__.adapt(u, h, adapters, terms, 2, layer)
  gate_up = torch.split_with_sizes(gu, [{{intermediate}}, {{intermediate}}], -1)
  m = torch.silu(gate_up[0]) * gate_up[1]
  d = __torch__.plus_bias(m, weights[w + 6], weights[w + 11], {{mlp_bias}})
  return x + __torch__.adapt(d, m, adapters, terms, 3, layer)

# [batch, kv heads, time, width] -> [batch, heads, time, width]
def repeat_heads(x: Tensor) -> Tensor:
  if {{heads}} == {{kv_heads}}:
    y = x
  else:
    group = torch.floordiv({{heads}}, {{kv_heads}})
    wide = torch.expand(torch.unsqueeze(x, 2), [x.size(0), {{kv_heads}}, group, x.size(2), {{width}}])
    y = torch.reshape(wide, [x.size(0), {{heads}}, x.size(2), {{width}}])
  return y
