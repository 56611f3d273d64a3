class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # One step of AdamW (Loshchilov and Hutter, 2019) in place, over a gradient clipped to a norm. options fp64: learning
  # rate, beta1, beta2, epsilon, weight decay (of matrices alone), largest norm, 1 - beta1^t, 1 - beta2^t.
  # Sets sums to zero and returns the norm before clipping.
  def forward(self: __torch__.Program, options: Tensor, shared: List[Tensor], weights: List[Tensor], sums: List[Tensor], means: List[Tensor], squares: List[Tensor]) -> Tensor:
    rate = float(options[0])
    beta1 = float(options[1])
    beta2 = float(options[2])
    trained = __torch__.trained(shared, weights)
    total = torch.sum(torch.square(sums[0]))
    for i in range(torch.len(sums) - 1):
      total = total + torch.sum(torch.square(sums[i + 1]))
    norm = torch.sqrt(total)
    scale = torch.clamp(torch.mul(torch.reciprocal(norm + 1e-06), float(options[5])), None, 1.)
    for j in range(torch.len(trained)):
      p = torch.detach(trained[j])
      g = sums[j] * scale
      _1 = torch.add_(torch.mul_(means[j], beta1), torch.mul(g, 1. - beta1))
      _2 = torch.addcmul_(torch.mul_(squares[j], beta2), g, g, value=1. - beta2)
      root = torch.add(torch.sqrt(torch.div(squares[j], float(options[7]))), float(options[3]))
      if torch.dim(p) > 1:
        _3 = torch.mul_(p, 1. - rate * float(options[4]))
      _4 = torch.addcdiv_(p, means[j], root, value=torch.neg(rate) / float(options[6]))
      _5 = torch.zero_(sums[j])
    return norm
