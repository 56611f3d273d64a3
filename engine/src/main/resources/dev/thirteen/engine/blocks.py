# Parts that prefill, decode and gradient share, so that all three compute the same function.
# Weights of layer i stand at weights[9 * i]: input norm, qkv, qkv bias, o, post norm, gate and up, down, q norm, k norm.
# Adapters of layer i stand at adapters[8 * i]: A and B of qkv, o, gate and up, down. An empty list means no adapter.

def norm(x: Tensor, weight: Tensor) -> Tensor:
  return torch.rms_norm(x, [weight.size(0)], weight, {{eps}})

# y + B R A x, unmerged. r: [k, k], or [batch, k, k] where rows differ.
def adapt(y: Tensor, x: Tensor, adapters: List[Tensor], at: int, r: Tensor) -> Tensor:
  if torch.len(adapters) == 0:
    z = y
  else:
    t = torch.matmul(torch.linear(x, adapters[at]), torch.transpose(r, -2, -1))
    z = torch.add(y, torch.linear(t, adapters[at + 1]))
  return z

# R of all linears in the format of the weights: rollout and gradient round it alike.
def rounded(r: List[Tensor]) -> List[Tensor]:
  low = annotate(List[Tensor], [])
  for j in range(torch.len(r)):
    _0 = torch.append(low, torch.to(r[j], {{dtype}}))
  return low

# r: [layers, policies, k, k] of one linear; one policy needs no batch dimension.
def layer_r(r: List[Tensor], kind: int, layer: int) -> Tensor:
  if torch.len(r) == 0:
    one = torch.zeros([1, 1])
  else:
    one = torch.select(r[kind], 0, layer)
    if one.size(0) == 1:
      one = torch.select(one, 0, 0)
  return one

# cos and sin: [batch, time, 1, head width], as Hugging Face computes them.
def rope(positions: Tensor, frequencies: Tensor) -> Tuple[Tensor, Tensor]:
  half = torch.unsqueeze(torch.to(positions, 6), -1) * frequencies
  angles = torch.unsqueeze(torch.cat([half, half], -1), -2)
  return (torch.to(torch.cos(angles), {{dtype}}), torch.to(torch.sin(angles), {{dtype}}))

def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  a = torch.slice(x, -1, 0, {{half}})
  b = torch.slice(x, -1, {{half}}, {{width}})
  return x * cos + torch.cat([torch.neg(b), a], -1) * sin

# Queries and keys in their rotated form, and values: [batch, time, heads, head width].
def attention_inputs(x: Tensor, weights: List[Tensor], adapters: List[Tensor], r: Tensor, layer: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
  w = layer * 9
  h = __torch__.norm(x, weights[w])
  if {{qkv_bias}}:
    y = torch.linear(h, weights[w + 1], weights[w + 2])
  else:
    y = torch.linear(h, weights[w + 1])
  y4 = torch.view(__torch__.adapt(y, h, adapters, layer * 8, r), [x.size(0), x.size(1), {{heads}} + 2 * {{kv_heads}}, {{width}}])
  qk = torch.slice(y4, 2, 0, {{heads}} + {{kv_heads}})
  v = torch.slice(y4, 2, {{heads}} + {{kv_heads}}, {{heads}} + 2 * {{kv_heads}})
  if {{qk_norm}}:
    q0 = __torch__.norm(torch.slice(qk, 2, 0, {{heads}}), weights[w + 7])
    k0 = __torch__.norm(torch.slice(qk, 2, {{heads}}, {{heads}} + {{kv_heads}}), weights[w + 8])
    qk = torch.cat([q0, k0], 2)
  qk = __torch__.rotate(qk, cos, sin)
  return (torch.slice(qk, 2, 0, {{heads}}), torch.slice(qk, 2, {{heads}}, {{heads}} + {{kv_heads}}), v)

# What follows attention in a layer. o: [batch, time, heads * head width]
def attention_output(x: Tensor, o: Tensor, weights: List[Tensor], adapters: List[Tensor], r: List[Tensor], layer: int) -> Tensor:
  w = layer * 9
  a = layer * 8
  x = x + __torch__.adapt(torch.linear(o, weights[w + 3]), o, adapters, a + 2, __torch__.layer_r(r, 1, layer))
  h = __torch__.norm(x, weights[w + 4])
  gu = __torch__.adapt(torch.linear(h, weights[w + 5]), h, adapters, a + 4, __torch__.layer_r(r, 2, layer))
  gate = torch.slice(gu, -1, 0, {{intermediate}})
  up = torch.slice(gu, -1, {{intermediate}}, 2 * {{intermediate}})
  m = torch.silu(gate) * up
  return x + __torch__.adapt(torch.linear(m, weights[w + 6]), m, adapters, a + 6, __torch__.layer_r(r, 3, layer))

# [batch, kv heads, time, width] -> [batch, heads, time, width]
def repeat_heads(x: Tensor) -> Tensor:
  if {{heads}} == {{kv_heads}}:
    y = x
  else:
    group = torch.floordiv({{heads}}, {{kv_heads}})
    wide = torch.expand(torch.unsqueeze(x, 2), [x.size(0), {{kv_heads}}, group, x.size(2), {{width}}])
    y = torch.reshape(wide, [x.size(0), {{heads}}, x.size(2), {{width}}])
  return y
