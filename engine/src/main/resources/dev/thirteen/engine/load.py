class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # Parts of one matrix as raw bytes, one below the other. facts: source type of each part and bytes of a number, then
  # result type, whether the result has memory of its own in any case, then shape.
  def forward(self: __torch__.Program, parts: List[Tensor], facts: Tensor) -> Tensor:
    known = annotate(List[int], [])
    for j in range(facts.size(0)):
      _0 = torch.append(known, int(facts[j]))
    count = torch.len(parts)
    typed = annotate(List[Tensor], [])
    for i in range(count):
      numbers = torch.empty([0], dtype=known[2 * i], layout=None, device=parts[i].device)
      size = torch.floordiv(parts[i].size(0), known[2 * i + 1])
      # The bytes read as another type: view would take the type for a size.
      _1 = torch.append(typed, torch.set_(numbers, parts[i], 0, [size], [1]))
    if count == 1:
      whole = typed[0]
    else:
      whole = torch.cat(typed, 0)
    own = torch.__and__(count == 1, known[2 * count + 1] == 1)
    flat = torch.to(whole, known[2 * count], False, own)
    return torch.view(flat, torch.slice(known, 2 * count + 2))
