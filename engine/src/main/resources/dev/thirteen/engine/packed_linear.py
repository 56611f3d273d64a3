# W x, with the bias where the model has one; W as pack.py orders it.
def plus_bias(x: Tensor, weight: Tensor, bias: Tensor, biased: bool) -> Tensor:
  known = annotate(Optional[Tensor], None)
  if biased:
    known = bias
  return ops.mkldnn._linear_pointwise(x, weight, known, "none", annotate(List[Optional[number]], []), "")
