# Layers forward and back in memory that is there (core_room.py), for one policy whose R is trained. New memory is slow on a processor:
# the system clears each page, and 2,552 tokens of a 0.5B ask for 16 GB of it by autograd.
# room of layer i at 4 * i: x before the layer, what the fused linear of q, k and v gives, x between attention and feed-forward
# part, gate and up. Behind all layers: x after the last, then h, m, o as room of one layer, the gradient by x, and A x of each fused
# linear.
def of_layer(room: List[Tensor], layer: int, part: int, n: int) -> Tensor:
  return torch.slice(room[layer * 4 + part], 0, 0, n)

def behind_layers(room: List[Tensor], part: int, n: int) -> Tensor:
  return torch.slice(room[{{layers}} * 4 + part], 0, 0, n)

def columns(room: List[Tensor], layer: int, kind: int, n: int) -> Tensor:
  return __torch__.behind_layers(room, 5 + layer * 4 + kind, n)

# 1 / sqrt(mean of squares + eps) of each row.
def scale_of(x: Tensor) -> Tensor:
  length = torch.linalg_vector_norm(x, 2, [-1], True)
  return torch.rsqrt(torch.add(torch.div(torch.square(length), x.size(-1)), {{eps}}))

def norm_into(x: Tensor, weight: Tensor, h: Tensor) -> Tensor:
  _1 = torch.mul(x, __torch__.scale_of(x), out=h)
  return torch.mul_(h, weight)

# Adds to dx the gradient by x of a norm, from that by its result, which is lost.
def norm_back(by: Tensor, x: Tensor, weight: Tensor, dx: Tensor) -> Tensor:
  r = __torch__.scale_of(x)
  g = torch.mul_(by, weight)
  along = torch.div(torch.mul(torch.sum(g * x, [-1], True), torch.pow(r, 3)), x.size(-1))
  _1 = torch.addcmul_(dx, g, r)
  return torch.addcmul_(dx, x, along, value=-1)

# y = W x with bias and the policy's terms; A x is kept.
def linear_into(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor, biased: bool, adapters: List[Tensor], terms: List[Tensor], room: List[Tensor], layer: int, kind: int) -> Tensor:
  if biased:
    _1 = torch.addmm(bias, x, torch.t(weight), out=y)
  else:
    _2 = torch.mm(x, torch.t(weight), out=y)
  at = layer * 16 + kind * 4
  if torch.dim(adapters[at]) == 2:
    s = torch.mm(x, torch.t(adapters[at]), out=__torch__.columns(room, layer, kind, x.size(0)))
    t = torch.mm(s, torch.t(terms[layer * 12 + kind * 3]))
    _3 = torch.addmm_(y, t, torch.t(adapters[at + 1]))
  return y

# Sets dx, where it is wanted. Returns a surrogate whose derivative by the policy's R is that of the loss.
def linear_back(by: Tensor, dx: Tensor, wanted: bool, weight: Tensor, adapters: List[Tensor], terms: List[Tensor], policies: List[Tensor], room: List[Tensor], layer: int, kind: int) -> Tensor:
  if wanted:
    _1 = torch.mm(by, weight, out=dx)
  at = layer * 16 + kind * 4
  if torch.dim(adapters[at]) == 2:
    u = torch.mm(by, adapters[at + 1])
    if wanted:
      _2 = torch.addmm_(dx, torch.mm(u, terms[layer * 12 + kind * 3]), adapters[at])
    by_core = torch.mm(torch.t(u), __torch__.columns(room, layer, kind, by.size(0)))
    surrogate = torch.sum(torch.select(torch.select(policies[kind], 0, layer), 0, 0) * by_core)
  else:
    surrogate = torch.zeros([], dtype=6, layout=None, device=by.device)
  return surrogate

# Some rows at a time stay in the cache between operations.
def row_parts(x: Tensor) -> int:
  return torch.floordiv(x.size(0) + {{cached_rows}} - 1, {{cached_rows}})

def row_part(x: Tensor, i: int) -> Tensor:
  return torch.slice(x, 0, i * {{cached_rows}}, (i + 1) * {{cached_rows}})

# Rotates queries and keys where they stand in y [tokens, width of the fused linear]; with the negative sine, back.
def rotate_there(y: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  for i in range(__torch__.row_parts(y)):
    rows = __torch__.row_part(y, i)
    heads = torch.view(rows, [rows.size(0), {{heads}} + 2 * {{kv_heads}}, {{width}}])
    halves = torch.split_with_sizes(torch.slice(heads, 1, 0, {{heads}} + {{kv_heads}}), [{{half}}, {{half}}], -1)
    c = torch.slice(__torch__.row_part(cos, i), -1, 0, {{half}})
    s = torch.slice(__torch__.row_part(sin, i), -1, 0, {{half}})
    crossed = halves[0] * s
    _1 = torch.addcmul_(torch.mul_(halves[0], c), halves[1], s, value=-1)
    _2 = torch.add_(torch.mul_(halves[1], c), crossed)
  return y

# [tokens, heads * head width] from y as rotate_there leaves it; where queries and keys have norms, from what the fused linear gives.
def attended(y: Tensor, weights: List[Tensor], layer: int, cos: Tensor, sin: Tensor, spans: List[Tensor], facts: Tensor, masks: List[Tensor]) -> Tensor:
  n = y.size(0)
  if {{qk_norm}}:
    q4, k4, v4, = __torch__.turned_heads(torch.unsqueeze(y, 0), weights, layer, torch.unsqueeze(cos, 0), torch.unsqueeze(sin, 0))
    parts = [torch.select(q4, 0, 0), torch.select(k4, 0, 0), torch.select(v4, 0, 0)]
  else:
    parts = torch.split_with_sizes(torch.view(y, [n, {{heads}} + 2 * {{kv_heads}}, {{width}}]), [{{heads}}, {{kv_heads}}, {{kv_heads}}], 1)
  o = __torch__.span_attention(parts[0], parts[1], parts[2], spans, facts, masks)
  return torch.reshape(o, [n, {{heads}} * {{width}}])

# The gradient by what the fused linear gives, from that by what attended returns.
def attended_back(by: Tensor, y: Tensor, weights: List[Tensor], layer: int, cos: Tensor, sin: Tensor, spans: List[Tensor], facts: Tensor, masks: List[Tensor]) -> Tensor:
  leaf = torch.requires_grad_(torch.detach(y), True)
  o = __torch__.attended(leaf, weights, layer, cos, sin, spans, facts, masks)
  dy = unchecked_cast(Tensor, torch.autograd.grad([o], [leaf], annotate(List[Optional[Tensor]], [by]))[0])
  if {{qk_norm}}:
    pass
  else:
    _1 = __torch__.rotate_there(dy, cos, torch.neg(sin))
  return dy

# m = silu(gate) * up.
def gate_up_into(wide: Tensor, m: Tensor) -> Tensor:
  for i in range(__torch__.row_parts(wide)):
    rows = __torch__.row_part(wide, i)
    parts = torch.split_with_sizes(rows, [{{intermediate}}, {{intermediate}}], -1)
    to = __torch__.row_part(m, i)
    _1 = torch.mul_(torch.silu(parts[0], out=to), parts[1])
  return m

# Gate and up give way to the gradient by them, from that by m, which is lost.
def gate_up_back(wide: Tensor, m: Tensor) -> Tensor:
  for i in range(__torch__.row_parts(wide)):
    rows = __torch__.row_part(wide, i)
    parts = torch.split_with_sizes(rows, [{{intermediate}}, {{intermediate}}], -1)
    gate = parts[0]
    up = parts[1]
    by = __torch__.row_part(m, i)
    passed = torch.silu(gate)
    by_gate = torch.mul(by, up)
    _1 = torch.mul(by, passed, out=up)
    _2 = torch.silu_backward(by_gate, gate, grad_input=gate)
  return wide
