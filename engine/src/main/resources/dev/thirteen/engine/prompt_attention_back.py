class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v, the gradient by o, and those by q, k and v to be set, [tokens, all heads' width]; the first
  # shape [0] * shape [1] tokens are sequences of equal length.
  def forward(self: __torch__.Program, tensors: List[Tensor], shape: Tensor) -> Tensor:
    batch = int(shape[0])
    time = int(shape[1])
    heads = [{{heads}}, {{kv_heads}}, {{kv_heads}}, {{heads}}]
    views = annotate(List[Tensor], [])
    for i in range(4):
      part = torch.slice(tensors[i], 0, 0, batch * time)
      _1 = torch.append(views, torch.transpose(torch.view(part, [batch, time, heads[i], {{width}}]), 1, 2))
    q = torch.requires_grad_(torch.detach(views[0]), True)
    k = torch.requires_grad_(torch.detach(views[1]), True)
    v = torch.requires_grad_(torch.detach(views[2]), True)
    o = torch.scaled_dot_product_attention(q, k, v, None, 0., True, scale=None, enable_gqa=True)
    by = torch.autograd.grad([o], [q, k, v], annotate(Optional[List[Optional[Tensor]]], [views[3]]))
    for j in range(3):
      part1 = torch.slice(tensors[4 + j], 0, 0, batch * time)
      place = torch.view(part1, [batch, time, heads[j], {{width}}])
      _2 = torch.copy_(place, torch.transpose(unchecked_cast(Tensor, by[j]), 1, 2))
    return tensors[4]
