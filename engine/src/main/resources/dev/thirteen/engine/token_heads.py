# Tensors [tokens and more, all heads' width] as [tokens, heads, width].
def token_heads(tensors: List[Tensor], count: int) -> List[Tensor]:
  views = annotate(List[Tensor], [])
  for i in range(torch.len(tensors)):
    _1 = torch.append(views, torch.view(torch.slice(tensors[i], 0, 0, count), [count, -1, {{width}}]))
  return views
