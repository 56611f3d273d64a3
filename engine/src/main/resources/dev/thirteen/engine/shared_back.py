class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v, the gradient by o, and those by q, k and v to be set, [tokens, all heads' width]; the first attend as
  # spans and facts say.
  def forward(self: __torch__.Program, tensors: List[Tensor], spans: List[Tensor], facts: Tensor) -> Tensor:
    count = int(facts[0])
    views = __torch__.token_heads(tensors, count)
    by = __torch__.shared_attention_back(views[3], views[0], views[1], views[2], spans, facts)
    for j in range(3):
      _1 = torch.copy_(views[4 + j], by[j])
    return tensors[4]
