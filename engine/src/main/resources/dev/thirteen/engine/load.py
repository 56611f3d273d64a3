class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # Parts of one matrix as raw bytes, one below the other. facts: source type of each part, then result type, then shape.
  # view_copy, since the bytes belong to a mapped file that is closed after loading.
  def forward(self: __torch__.Program, parts: List[Tensor], facts: Tensor) -> Tensor:
    known = annotate(List[int], [])
    for j in range(facts.size(0)):
      _0 = torch.append(known, int(facts[j]))
    count = torch.len(parts)
    typed = annotate(List[Tensor], [])
    for i in range(count):
      numbers = torch.view_copy(parts[i], dtype=known[i])
      _1 = torch.append(typed, torch.to(numbers, known[count]))
    if count == 1:
      flat = typed[0]
    else:
      flat = torch.cat(typed, 0)
    return torch.view(flat, torch.slice(known, count + 1))
