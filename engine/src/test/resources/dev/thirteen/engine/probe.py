def twice(x: Tensor) -> Tensor:
  return x * {{factor}}
class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Program, xs: List[Tensor], n: Tensor) -> Tuple[Tensor, Tensor]:
    k = int(n)
    u, s, vh = torch.linalg_svd(xs[k], False)
    return (__torch__.twice(xs[0]), s)
