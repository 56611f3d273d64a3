class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v and o, [tokens, all heads' width]. The first of them attend as spans and facts say; sets o.
  def forward(self: __torch__.Program, tensors: List[Tensor], spans: List[Tensor], facts: Tensor) -> Tensor:
    count = int(facts[facts.size(0) - 1])
    views = __torch__.token_heads(tensors, count)
    masks = __torch__.span_masks(spans, facts)
    return torch.copy_(views[3], __torch__.span_attention(views[0], views[1], views[2], spans, facts, masks))
