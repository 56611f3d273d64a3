class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # One tensor of the cache in another shape, which holds what the first kept rows of the old one held (of which there is
  # none at first). Zeros elsewhere: what attention masks must still be finite.
  def forward(self: __torch__.Program, old: List[Tensor], device: Tensor, rows: int, tokens: int, kept: int) -> Tensor:
    fresh = torch.zeros([rows, {{kv_heads}}, tokens, {{width}}], dtype={{dtype}}, layout=None, device=device.device)
    if torch.len(old) > 0:
      part = torch.slice(torch.slice(old[0], 0, 0, kept), 2, 0, tokens)
      _1 = torch.copy_(torch.slice(torch.slice(fresh, 0, 0, kept), 2, 0, part.size(2)), part)
    return fresh
