class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # ids, spans and facts as in span_trunk.py; select [n]: places whose next token is targets [n]; options fp64: scale of the loss.
  # Adds the gradient of the loss to sums, one tensor a trained tensor, and returns the loss.
  def forward(self: __torch__.Program, ids: Tensor, select: Tensor, targets: Tensor, options: Tensor, facts: Tensor, spans: List[Tensor], shared: List[Tensor], weights: List[Tensor], sums: List[Tensor]) -> Tensor:
    none = annotate(List[Tensor], [])
    x = __torch__.span_trunk(ids, spans, facts, shared[0], shared[3], weights, none, none)
    chosen = torch.index_select(torch.reshape(x, [-1, {{hidden}}]), 0, select)
    logits = torch.linear(__torch__.norm(chosen, shared[1]), shared[2])
    loss = torch.mul(torch.cross_entropy_loss(logits, targets, None, 2), float(options[0]))
    gradients = torch.autograd.grad([loss], __torch__.trained(shared, weights))
    for j in range(torch.len(gradients)):
      gradient = gradients[j]
      if torch.__isnot__(gradient, None):
        _1 = torch.add_(sums[j], unchecked_cast(Tensor, gradient))
    return torch.detach(loss)
