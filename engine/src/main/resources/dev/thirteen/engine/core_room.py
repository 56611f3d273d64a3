class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # The room of core_layers.py for so many tokens; adapters are looked at for their ranks.
  def forward(self: __torch__.Program, tokens: Tensor, adapters: List[Tensor]) -> List[Tensor]:
    n = int(tokens)
    widths = annotate(List[int], [])
    for i in range({{layers}}):
      widths = widths + [{{hidden}}, {{qkv_width}}, {{hidden}}, 2 * {{intermediate}}]
    widths = widths + [{{hidden}}, {{hidden}}, {{intermediate}}, {{heads}} * {{width}}, {{hidden}}]
    for at in range({{layers}} * 4):
      a = adapters[4 * at]
      if torch.dim(a) == 2:
        widths = widths + [a.size(0)]
      else:
        widths = widths + [0]
    room = annotate(List[Tensor], [])
    for j in range(torch.len(widths)):
      _1 = torch.append(room, torch.empty([n, widths[j]], dtype={{dtype}}, layout=None, device=tokens.device))
    return room
