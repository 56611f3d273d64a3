class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # Sets gradient [places, hidden] fp32 to that by x of the sum of slopes [m] times log-probs, directions [m, hidden] as
  # head.py gives them: m is n, or with the entropies behind 2 n. A place is selected once for each sample that goes on there.
  def forward(self: __torch__.Program, x: Tensor, select: Tensor, directions: Tensor, slopes: Tensor, gradient: Tensor, shared: List[Tensor]) -> Tensor:
    chosen = torch.requires_grad_(torch.detach(torch.index_select(x, 0, select)), True)
    h = torch.to(__torch__.norm(chosen, shared[1]), 6)
    weighted = directions * torch.unsqueeze(slopes, 1)
    n = select.size(0)
    if torch.gt(directions.size(0), n):
      weighted = torch.slice(weighted, 0, 0, n) + torch.slice(weighted, 0, n, directions.size(0))
    total = torch.sum(h * weighted)
    by = torch.autograd.grad([total], [chosen])[0]
    _1 = torch.zero_(gradient)
    _2 = torch.index_add_(gradient, 0, select, torch.to(unchecked_cast(Tensor, by), 6))
    return gradient
