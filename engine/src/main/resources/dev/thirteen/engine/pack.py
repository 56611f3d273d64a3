class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # A matrix in the order in which products with it read it, so that they need not bring it there each time: 15 % faster
  # for a layer, 30 % for the head. The number of rows is a hint.
  def forward(self: __torch__.Program, weight: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(weight, 32)
