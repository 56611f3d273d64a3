class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # Copies rows of the cache, the first length positions of each: from -> to, all at once.
  def forward(self: __torch__.Program, cache: List[Tensor], source: Tensor, target: Tensor, length: int) -> Tensor:
    for i in range(torch.len(cache)):
      part = torch.slice(cache[i], 2, 0, length)
      device = part.device
      _1 = torch.index_copy_(part, 0, torch.to(target, device), torch.index_select(part, 0, torch.to(source, device)))
    return target
