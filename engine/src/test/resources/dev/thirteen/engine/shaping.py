class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Program, logits: Tensor, controls: Tensor, filters: bool, plain: bool, changes: List[Tensor]) -> Tensor:
    changed = __torch__.changed(logits, changes[0])
    return torch.log_softmax(__torch__.shaped(changed, controls, filters), 1, 7)
