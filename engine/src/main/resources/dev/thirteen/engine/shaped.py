class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # logits [more rows, vocabulary and what fills it up] fp32, of which count rows draw. Returns what draw gives.
  def forward(self: __torch__.Program, logits: Tensor, count: int, controls: Tensor, filters: bool, plain: bool, changes: List[Tensor], alternatives: int) -> Tensor:
    own = torch.slice(torch.slice(logits, 0, 0, count), 1, 0, {{vocabulary}})
    return __torch__.draw(own, controls, filters, plain, changes, alternatives)
