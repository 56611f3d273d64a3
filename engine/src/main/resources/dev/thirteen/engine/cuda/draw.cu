// What a step draws from its logits.

// Philox4x32-10 (Salmon et al., SC 2011), as core.sampling.CounterRandom: uniform in [0, 1), a multiple of 2^-24.
__device__ inline float uniform(u64 seed, u64 stream, u64 position) {
  unsigned c0 = (unsigned)position, c1 = (unsigned)(position >> 32), c2 = (unsigned)stream, c3 = (unsigned)(stream >> 32);
  unsigned k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    u64 p0 = (u64)0xD2511F53u * c0, p1 = (u64)0xCD9E8D57u * c2;
    c0 = (unsigned)(p1 >> 32) ^ c1 ^ k0;
    c1 = (unsigned)p1;
    c2 = (unsigned)(p0 >> 32) ^ c3 ^ k1;
    c3 = (unsigned)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return (float)(c0 >> 8) * 5.9604644775390625e-8f;
}

#define DRAW_THREADS 512
#define CHUNK 256  // logits that a warp reads at once
#define CHUNKS ((VOCABULARY + CHUNK - 1) / CHUNK)
#define LOGITS ((VOCABULARY + 7) / 8 * 8)

__device__ inline Eight logits_at(const bf16* logits, int first) {
  Eight l = load(logits + first);
#pragma unroll
  for (int i = 0; i < 8; i++) if (VOCABULARY % 8 != 0 && first + i >= VOCABULARY) l.at[i] = MINUS_INFINITY;
  return l;
}

// The larger of two logits, the first of equal ones.
__device__ inline void larger(float& best, int& at, float other, int its) {
  if (other > best || (other == best && its < at)) best = other, at = its;
}

__device__ inline void warp_larger(float& best, int& at) {
  for (int d = 16; d > 0; d >>= 1) {
    float other = __shfl_xor_sync(0xffffffffu, best, d);
    int its = __shfl_xor_sync(0xffffffffu, at, d);
    larger(best, at, other, its);
  }
}

__device__ inline float warp_until(float x, int lane) {
  for (int d = 1; d < 32; d <<= 1) {
    float other = __shfl_up_sync(0xffffffffu, x, d);
    if (lane >= d) x += other;
  }
  return x;
}

// Draws a token for each row from softmax(logits / temperature): one uniform number against the cumulative sum, in the
// order of the vocabulary. The rows go on by the token, so that the next step can follow at once. results [3, rows]: token, log-prob under that distribution, log-prob at temperature 1.
extern "C" __global__ void draw(Rows rows, const bf16* logits, int count, float* results) {
  __shared__ float chunk_peak[2 * DRAW_THREADS], chunk_mass[2 * DRAW_THREADS];
  __shared__ float scratch[32], scratch2[32];
  __shared__ int index_scratch[32];
  __shared__ float chosen_before;
  __shared__ int chosen;
  int row = blockIdx.x;
  await_previous();
  if (rows.position[row] < 0) return;
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warps = DRAW_THREADS / 32;
  const bf16* mine = logits + (long)row * LOGITS;
  float temperature = rows.temperature[row];
  bool greedy = temperature == 0.f;
  float inverse = greedy ? 1.f : 1.f / temperature;
  bool plain = inverse == 1.f;  // at this temperature one sum serves for both log-probs
  float peak = MINUS_INFINITY, raw = 0.f;
  int place = 0x7fffffff;
  for (int chunk = warp; chunk < CHUNKS; chunk += warps) {
    int first = chunk * CHUNK + lane * 8;
    float here = MINUS_INFINITY, mass = 0.f;
    Eight l;
    if (first < VOCABULARY) {
      l = logits_at(mine, first);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        if (l.at[i] > here) here = l.at[i];
      }
      if (here > peak) {
        if (!plain) raw *= __expf(peak - here);
        peak = here;
#pragma unroll
        for (int i = 7; i >= 0; i--) if (l.at[i] == here) place = first + i;
      }
    }
    float warp_peak = warp_max(here);
    if (first < VOCABULARY) {
#pragma unroll
      for (int i = 0; i < 8; i++) mass += __expf((l.at[i] - warp_peak) * inverse);
      if (!plain) {
#pragma unroll
        for (int i = 0; i < 8; i++) raw += __expf(l.at[i] - peak);
      }
    }
    mass = warp_sum(mass);
    if (lane == 0) chunk_peak[chunk] = warp_peak, chunk_mass[chunk] = mass;
  }
  float best = peak;
  int at = place;
  warp_larger(best, at);
  if (lane == 0) scratch[warp] = best, index_scratch[warp] = at;
  __syncthreads();
  best = lane < warps ? scratch[lane] : MINUS_INFINITY;
  at = lane < warps ? index_scratch[lane] : 0x7fffffff;
  warp_larger(best, at);
  float raw_mass = block_sum(raw == 0.f ? 0.f : raw * __expf(peak - best), scratch2);

  // The chunk in which the cumulative sum passes the target: two chunks a thread.
  float own[2];
#pragma unroll
  for (int i = 0; i < 2; i++) {
    int chunk = threadIdx.x * 2 + i;
    own[i] = chunk < CHUNKS ? chunk_mass[chunk] * __expf((chunk_peak[chunk] - best) * inverse) : 0.f;
  }
  float until = warp_until(own[0] + own[1], lane);
  __syncthreads();
  if (lane == 31) scratch[warp] = until;
  if (threadIdx.x == 0) chosen = -1;
  __syncthreads();
  float before = 0.f, total = 0.f;
  for (int w = 0; w < warps; w++) {
    if (w < warp) before += scratch[w];
    total += scratch[w];
  }
  float target = uniform(rows.seed[row], rows.stream[row], (u64)rows.drawn[row]) * total;
  float middle = before + until - own[1], begin = middle - own[0], end = before + until;
  if (own[0] > 0.f && target >= begin && target < middle) chosen = threadIdx.x * 2, chosen_before = begin;
  if (own[1] > 0.f && target >= middle && target < end) chosen = threadIdx.x * 2 + 1, chosen_before = middle;
  __syncthreads();
  if (warp != 0) return;
  // Where rounding left no chunk or no token responsible, the likeliest one stands in.
  int token = at;
  if (!greedy && chosen >= 0) {
    int first = chosen * CHUNK + lane * 8;
    float p[8], sum = 0.f;
#pragma unroll
    for (int i = 0; i < 8; i++) p[i] = 0.f;
    if (first < VOCABULARY) {
      Eight l = logits_at(mine, first);
#pragma unroll
      for (int i = 0; i < 8; i++) p[i] = __expf((l.at[i] - best) * inverse), sum += p[i];
    }
    float reached = chosen_before + warp_until(sum, lane) - sum;
    int found = 0x7fffffff, last = -1;
#pragma unroll
    for (int i = 0; i < 8; i++) {
      reached += p[i];
      if (p[i] > 0.f) last = first + i;
      if (found == 0x7fffffff && p[i] > 0.f && reached > target) found = first + i;
    }
    for (int d = 16; d > 0; d >>= 1) {
      found = min(found, __shfl_xor_sync(0xffffffffu, found, d));
      last = max(last, __shfl_xor_sync(0xffffffffu, last, d));
    }
    if (found != 0x7fffffff) token = found;
    else if (last >= 0) token = last;
  }
  if (lane != 0) return;
  rows.token[row] = token;
  rows.position[row]++;
  rows.drawn[row]++;
  float l = wide(mine[token]);
  results[row] = __int_as_float(token);
  results[count + row] = greedy ? 0.f : (l - best) * inverse - __logf(total);
  results[2 * count + row] = l - best - __logf(plain ? total : raw_mass);
}
