class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # ids [prompts, time]; rows [new rows]: which prompt a new row continues; new rows start at first in the cache;
  # policy [prompts]: which policy is a prompt's.
  def forward(self: __torch__.Program, ids: Tensor, rows: Tensor, policy: Tensor, first: int, shared: List[Tensor], weights: List[Tensor], adapters: List[Tensor], policies: List[Tensor], cache: List[Tensor]) -> Tensor:
    kept = annotate(List[Tensor], [])
    x = __torch__.trunk(ids, shared[0], shared[3], weights, adapters, policies, policy, True, kept)
    n = rows.size(0)
    for i in range(torch.len(cache)):
      place = torch.slice(torch.slice(cache[i], 0, first, first + n), 2, 0, ids.size(1))
      _1 = torch.copy_(place, torch.index_select(kept[i], 0, rows))
    return rows
