class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # Sets gradient [places, hidden] fp32 to that by x of the sum of slopes [n] times log-probs, directions as head.py gives
  # them.
  def forward(self: __torch__.Program, x: Tensor, select: Tensor, directions: Tensor, slopes: Tensor, gradient: Tensor, shared: List[Tensor]) -> Tensor:
    chosen = torch.requires_grad_(torch.detach(torch.index_select(x, 0, select)), True)
    h = torch.to(__torch__.norm(chosen, shared[1]), 6)
    total = torch.sum(h * directions * torch.unsqueeze(slopes, 1))
    by = torch.autograd.grad([total], [chosen])[0]
    _1 = torch.zero_(gradient)
    _2 = torch.index_copy_(gradient, 0, select, torch.to(unchecked_cast(Tensor, by), 6))
    return gradient
