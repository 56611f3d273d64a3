# W x, with the bias where the model has one.
def plus_bias(x: Tensor, weight: Tensor, bias: Tensor, biased: bool) -> Tensor:
  if biased:
    y = torch.linear(x, weight, bias)
  else:
    y = torch.linear(x, weight)
  return y
