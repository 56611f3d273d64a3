# Truncated SVD of one weight, computed in double precision: W ~ U diag(S) V'.
#   weight [out, in]; start [n, block], random, n >= the weight's smaller side; result U [out, rank], S [rank], V [in, rank].
# With iterations = 0 by a full SVD; else by subspace iteration on the Gram matrix of the smaller side with Rayleigh-Ritz
# (Halko, Martinsson, Tropp, arXiv 0909.4061), and by its full eigendecomposition where that does not converge.
class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Program, weight: Tensor, start: Tensor, rank: int, iterations: int) -> Tuple[Tensor, Tensor, Tensor]:
    w = torch.to(weight, 7)
    if iterations == 0:
      fu, fs, fvh = torch.linalg_svd(w, False)
      u = fu[:, :rank]
      s = fs[:rank]
      v = torch.t(fvh)[:, :rank]
    else:
      wide = torch.size(w, 0) < torch.size(w, 1)
      if wide:
        tall = torch.t(w)
      else:
        tall = w
      gram = torch.matmul(torch.t(tall), tall)
      q, unused = torch.linalg_qr(torch.to(start, w.device, 7)[:torch.size(gram, 0)])
      top = torch.ones([rank], dtype=7)
      vectors = q[:, :rank]
      done = False
      step = 0
      while not done and step < iterations:
        image = torch.matmul(gram, q)
        values, rotation = torch.linalg_eigh(torch.matmul(torch.t(q), image))
        top = values[-rank:]
        ritz = rotation[:, -rank:]
        vectors = torch.matmul(q, ritz)
        residual = torch.linalg_vector_norm(torch.matmul(image, ritz) - vectors * top, 2, [0])
        done = bool(torch.max(residual) <= 1e-9 * torch.max(values))
        # Orthonormalizing and testing cost more than a product, so three products go without.
        for power in range(3):
          image = torch.matmul(gram, image)
        q, unused = torch.linalg_qr(image)
        step = step + 1
      if not done:
        values, rotation = torch.linalg_eigh(gram)
        top = values[-rank:]
        vectors = rotation[:, -rank:]
      s = torch.sqrt(torch.clamp(torch.flip(top, [0]), 1e-60))
      right = torch.flip(vectors, [1])
      left = torch.matmul(tall, right) / s
      if wide:
        u = right
        v = left
      else:
        u = left
        v = right
    sign = torch.sign(torch.gather(u, 0, torch.argmax(torch.abs(u), 0, True)))
    return (torch.to(u * sign, 6), torch.to(s, 6), torch.to(v * sign, 6))
