class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Program, parts: List[Tensor], dimension: int) -> Tensor:
    return torch.cat(parts, dimension)
