class Program(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # ids, spans and facts as in span_trunk.py; select [n]: places whose next token is targets [n]; options fp64: temperature.
  # Returns log-probs [n] whose derivative reaches every weight, the head's too.
  def forward(self: __torch__.Program, ids: Tensor, select: Tensor, targets: Tensor, options: Tensor, facts: Tensor, spans: List[Tensor], shared: List[Tensor], weights: List[Tensor]) -> Tensor:
    none = annotate(List[Tensor], [])
    x = __torch__.span_trunk(ids, spans, facts, shared[0], shared[3], weights, none, none)
    chosen = torch.index_select(torch.reshape(x, [-1, {{hidden}}]), 0, torch.to(select, x.device))
    logits = torch.div(torch.linear(__torch__.norm(chosen, shared[1]), shared[2]), float(options[0]))
    drawn = torch.gather(torch.log_softmax(logits, 1), 1, torch.unsqueeze(torch.to(targets, x.device), 1))
    return torch.to(torch.squeeze(drawn, 1), ids.device)
