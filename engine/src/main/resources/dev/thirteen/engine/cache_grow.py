class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # Another cache that holds what the first kept rows of the old one held (which is empty at first). Zeros elsewhere:
  # what attention masks must still be finite.
  def forward(self: __torch__.Program, old: List[Tensor], device: Tensor, rows: int, tokens: int, kept: int) -> List[Tensor]:
    grown = annotate(List[Tensor], [])
    for i in range(2 * {{layers}}):
      fresh = torch.zeros([rows, {{kv_heads}}, tokens, {{width}}], dtype={{dtype}}, layout=None, device=device.device)
      if kept > 0:
        part = torch.slice(torch.slice(old[i], 0, 0, kept), 2, 0, tokens)
        _1 = torch.copy_(torch.slice(torch.slice(fresh, 0, 0, kept), 2, 0, part.size(2)), part)
      _2 = torch.append(grown, fresh)
    return grown
