class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v, the gradient by o, and those by q, k and v to be set, [tokens, all heads' width]; the first attend as
  # spans and facts say.
  def forward(self: __torch__.Program, tensors: List[Tensor], spans: List[Tensor], facts: Tensor) -> Tensor:
    count = int(facts[facts.size(0) - 1])
    views = __torch__.token_heads(tensors, count)
    q = torch.requires_grad_(torch.detach(views[0]), True)
    k = torch.requires_grad_(torch.detach(views[1]), True)
    v = torch.requires_grad_(torch.detach(views[2]), True)
    masks = __torch__.span_masks(spans, facts)
    o = __torch__.span_attention(q, k, v, spans, facts, masks)
    by = torch.autograd.grad([o], [q, k, v], annotate(Optional[List[Optional[Tensor]]], [views[3]]))
    for j in range(3):
      _1 = torch.copy_(views[4 + j], unchecked_cast(Tensor, by[j]))
    return tensors[4]
