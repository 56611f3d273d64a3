class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v and o, [tokens, all heads' width]; the first batch * time tokens are prompts of equal length.
  def forward(self: __torch__.Program, tensors: List[Tensor], batch: int, time: int) -> Tensor:
    n = batch * time
    q = torch.transpose(torch.view(torch.slice(tensors[0], 0, 0, n), [batch, time, {{heads}}, {{width}}]), 1, 2)
    k = torch.transpose(torch.view(torch.slice(tensors[1], 0, 0, n), [batch, time, {{kv_heads}}, {{width}}]), 1, 2)
    v = torch.transpose(torch.view(torch.slice(tensors[2], 0, 0, n), [batch, time, {{kv_heads}}, {{width}}]), 1, 2)
    o = torch.scaled_dot_product_attention(q, k, v, None, 0., True, scale=None, enable_gqa=True)
    part = torch.view(torch.slice(tensors[3], 0, 0, n), [batch, time, {{heads}}, {{width}}])
    return torch.copy_(part, torch.transpose(o, 1, 2))
