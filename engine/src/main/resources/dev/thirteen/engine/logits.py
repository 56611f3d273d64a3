class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # ids [1, time]; returns the logits [vocabulary] after the last of them.
  def forward(self: __torch__.Program, ids: Tensor, shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor]) -> Tensor:
    x = __torch__.trunk(ids, shared[0], shared[3], weights, adapters, policies, ids, False, annotate(List[Tensor], []))
    last = torch.select(torch.select(x, 0, 0), 0, -1)
    return torch.to(torch.linear(__torch__.norm(last, shared[1]), shared[2]), 6)
