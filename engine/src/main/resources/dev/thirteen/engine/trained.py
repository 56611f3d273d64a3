# Every trained tensor once: a head that is the embedding does not count again.
def trained(shared: List[Tensor], weights: List[Tensor]) -> List[Tensor]:
  found = annotate(List[Tensor], [])
  _0 = torch.append(found, shared[0])
  _1 = torch.append(found, shared[1])
  if {{tied}}:
    pass
  else:
    _2 = torch.append(found, shared[2])
  for j in range(torch.len(weights)):
    if weights[j].requires_grad:
      _3 = torch.append(found, weights[j])
  return found
