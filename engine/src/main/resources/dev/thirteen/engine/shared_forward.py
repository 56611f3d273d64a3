class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v and o, [tokens, all heads' width]. The first of them attend as spans and facts say; sets o.
  def forward(self: __torch__.Program, tensors: List[Tensor], spans: List[Tensor], facts: Tensor) -> Tensor:
    count = int(facts[0])
    heads = [{{heads}}, {{kv_heads}}, {{kv_heads}}, {{heads}}]
    views = annotate(List[Tensor], [])
    for i in range(4):
      _1 = torch.append(views, torch.view(torch.slice(tensors[i], 0, 0, count), [count, heads[i], {{width}}]))
    whole = __torch__.shared_attention(views[0], views[1], views[2], spans, facts)
    return torch.copy_(views[3], whole[0])
