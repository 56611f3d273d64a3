class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # parts [rows, vocabulary and what fills it up] fp32: the logits. Returns what draw gives.
  def forward(self: __torch__.Program, parts: List[Tensor], controls: Tensor, filters: bool, plain: bool, changes: List[Tensor], alternatives: int) -> Tensor:
    logits = torch.slice(torch.cat(parts), 1, 0, {{vocabulary}})
    return __torch__.draw(logits, controls, filters, plain, changes, alternatives)
