class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v, o, the gradient by o, and those by q, k and v to be set, [tokens, all heads' width]; the first attend as
  # spans and facts say. kept: what sequence_forward.py returned.
  def forward(self: __torch__.Program, tensors: List[Tensor], kept: List[Tensor], spans: List[Tensor], facts: Tensor) -> Tensor:
    views = __torch__.token_heads(tensors, int(facts[0]))
    by = __torch__.sequence_attention_back(views[4], views[0], views[1], views[2], views[3], kept, spans, facts)
    for j in range(3):
      _1 = torch.copy_(views[5 + j], by[j])
    return tensors[5]
