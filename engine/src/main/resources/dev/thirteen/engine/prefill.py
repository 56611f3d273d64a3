class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # ids [prompts, time]; rows [2, new rows]: which prompt a new row continues, and its place in the cache;
  # policy [prompts]: which policy is a prompt's.
  def forward(self: __torch__.Program, ids: Tensor, rows: Tensor, policy: Tensor, shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], cache: List[Tensor]) -> Tensor:
    kept = annotate(List[Tensor], [])
    x = __torch__.trunk(ids, shared[0], shared[3], weights, adapters, policies, policy, True, kept)
    source = torch.select(rows, 0, 0)
    target = torch.select(rows, 0, 1)
    for i in range(torch.len(cache)):
      device = cache[i].device
      new = torch.index_select(kept[i], 0, torch.to(source, device))
      _1 = torch.index_copy_(torch.slice(cache[i], 2, 0, ids.size(1)), 0, torch.to(target, device), new)
    return rows
