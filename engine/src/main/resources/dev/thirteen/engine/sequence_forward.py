class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # tensors: q, k, v and o, [tokens, all heads' width]. The first of them attend as spans and facts say; sets o. Returns what
  # sequence_back.py wants: sums, and the state of a dropout that there is not.
  def forward(self: __torch__.Program, tensors: List[Tensor], spans: List[Tensor], facts: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    views = __torch__.token_heads(tensors, int(facts[0]))
    whole = __torch__.sequence_attention(views[0], views[1], views[2], spans, facts)
    _1 = torch.copy_(views[3], whole[0])
    return (whole[1], whole[2], whole[3])
