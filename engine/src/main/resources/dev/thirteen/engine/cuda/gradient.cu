// The backward pass of kernels.cu, for adapters whose R is trained: what goes back through the weights is multiplied by
// them as they stand, A's rows behind each weight's own, so a gradient by y has columns behind its own too: R' B' dy of each
// module. Beside it B' dy is kept [rows, EXTRA] in fp32, which with A x of the forward pass gives the gradient by R.
// gradient: by the residual stream, fp32 [rows, HIDDEN].

// The sums of s [COUNT] over the threads of a block, which all may read afterwards.
template <int COUNT>
__device__ inline void block_sums(const float* s, float* all) {
  __shared__ float parts[COUNT][32];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
#pragma unroll
  for (int k = 0; k < COUNT; k++) {
    float sum = warp_sum(s[k]);
    if (lane == 0) parts[k][warp] = sum;
  }
  __syncthreads();
  if (threadIdx.x < COUNT) {
    float sum = 0.f;
    for (int w = 0; w < warps; w++) sum += parts[threadIdx.x][w];
    all[threadIdx.x] = sum;
  }
  __syncthreads();
}

// The columns behind a gradient's own, from s = B' d of modules that follow each other: R' s; and s itself.
__device__ inline void put_columns(const Adapter& a, int first, int modules, const float* s, bf16* columns, float* sums) {
  for (int i = threadIdx.x; i < EXTRA; i += blockDim.x) {
    bool there = i < modules * RANK;
    float sum = 0.f;
    if (there) {
      const float* r = a.cores + ((long)a.layer * MODULES + first + i / RANK) * CORE + i % RANK;
      const float* of = s + i / RANK * RANK;
#pragma unroll
      for (int k = 0; k < RANK; k++) sum += rounded(r[k * RANK]) * of[k];
    }
    columns[i] = narrow(sum);
    sums[i] = there ? s[i] : 0.f;
  }
}

// Factors that are not in registers are read again behind this: so many do not fit.
__device__ inline void read_again() {
  if (!IN_REGISTERS) asm volatile("" ::: "memory");
}

// s += B' d for eight outputs.
__device__ inline void pull(float* s, const Factors& f, const Eight& d) {
#pragma unroll
  for (int c = 0; c < RANK; c++) {
    Eight part = part_of(f, c);
#pragma unroll
    for (int j = 0; j < 8; j++) s[(c * 8 + j) % RANK] += part.at[j] * d.at[(c * 8 + j) / RANK];
  }
}

__device__ inline Eight load(const float* from) {
  float4 a = *(const float4*)from, b = *(const float4*)(from + 4);
  return {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
}

__device__ inline void store(float* to, const Eight& x) {
  *(float4*)to = make_float4(x.at[0], x.at[1], x.at[2], x.at[3]);
  *(float4*)(to + 4) = make_float4(x.at[4], x.at[5], x.at[6], x.at[7]);
}

// dy and sums of a row that is not there.
__device__ inline void clear(bf16* dy, int columns, float* sums) {
  for (int i = threadIdx.x; i < columns + EXTRA; i += blockDim.x) dy[i] = 0;
  for (int i = threadIdx.x; i < EXTRA; i += blockDim.x) sums[i] = 0.f;
}

// gradient += that by x of h = norm(x), from dh; then dy = gradient with its columns for the product that made x's last
// summand: module 3 (o) or 6 (down). dh 0: the gradient is there already. One block a row, a thread for eight numbers of it.
extern "C" __global__ void norm_back(Rows rows, Adapter adapter, int module, const bf16* x, const bf16* weight,
                                     const bf16* dh, float* gradient, bf16* dy, float* sums) {
  __shared__ float both[2], all[RANK];
  long row = blockIdx.x;
  int i = threadIdx.x * 8;
  bf16* out = dy + row * (HIDDEN + EXTRA);
  float* kept = sums + row * EXTRA;
  if (rows.position[row] < 0) {
    clear(out, HIDDEN, kept);
    return;
  }
  float s[RANK];
#pragma unroll
  for (int k = 0; k < RANK; k++) s[k] = 0.f;
  Eight g, v, weighted;
  if (i < HIDDEN) g = load(gradient + row * HIDDEN + i);
  if (dh != 0) {
    float sum[2] = {0.f, 0.f};
    if (i < HIDDEN) {
      Eight w = load(weight + i);
      v = load(x + row * HIDDEN + i), weighted = load(dh + row * HIDDEN + i);
#pragma unroll
      for (int j = 0; j < 8; j++) {
        weighted.at[j] *= w.at[j];
        sum[0] += v.at[j] * v.at[j];
        sum[1] += v.at[j] * weighted.at[j];
      }
    }
    block_sums<2>(sum, both);
    float scale = rsqrtf(both[0] / HIDDEN + EPS), back = both[1] * scale * scale * scale / HIDDEN;
    if (i < HIDDEN) {
#pragma unroll
      for (int j = 0; j < 8; j++) g.at[j] += weighted.at[j] * scale - v.at[j] * back;
      store(gradient + row * HIDDEN + i, g);
    }
  }
  if (i < HIDDEN) {
    store(out + i, g);
    pull(s, factors_at(adapter.b, i), g);
  }
  block_sums<RANK>(s, all);
  put_columns(adapter, module, 1, all, out + HIDDEN, kept);
}

// From dm to dy of gate and up with its columns. y as the forward pass left it. One block a row.
extern "C" __global__ void __launch_bounds__(256, RANK <= 3 ? 4 : 2)
    gate_up_back(Rows rows, Adapter adapter, const bf16* y, const bf16* bias, const bf16* dm, bf16* dy, float* sums) {
  __shared__ float s[2 * RANK], all[2 * RANK];
  int row = blockIdx.x;
  const bf16* mine = y + (long)row * (2 * INTERMEDIATE + EXTRA);
  bf16* out = dy + (long)row * (2 * INTERMEDIATE + EXTRA);
  float* kept = sums + (long)row * EXTRA;
  if (rows.position[row] < 0) {
    clear(out, 2 * INTERMEDIATE, kept);
    return;
  }
  cores_times(adapter, 0, 4, 2, mine + 2 * INTERMEDIATE, s);
  float pulled[2 * RANK];
#pragma unroll
  for (int k = 0; k < 2 * RANK; k++) pulled[k] = 0.f;
  for (int i = threadIdx.x * 8; i < INTERMEDIATE; i += blockDim.x * 8) {
    uint4 gate_of = *(const uint4*)(mine + i), up_of = *(const uint4*)(mine + INTERMEDIATE + i);
    Eight d = load(dm + (long)row * INTERMEDIATE + i);
    Factors gates = factors_at(adapter.b, i), ups = factors_at(adapter.b, INTERMEDIATE + i);
    add_bias(gate_of, bias, i);
    add_bias(up_of, bias, INTERMEDIATE + i);
    add_update(gate_of, gates, s);
    add_update(up_of, ups, s + RANK);
    Eight gate = unpacked(gate_of), up = unpacked(up_of);
#pragma unroll
    for (int j = 0; j < 8; j++) {
      float sigmoid = __fdividef(1.f, 1.f + __expf(-gate.at[j]));
      float silu = gate.at[j] * sigmoid;
      float by_up = d.at[j] * silu;
      float by_gate = d.at[j] * up.at[j] * (sigmoid + silu * (1.f - sigmoid));
      gate.at[j] = by_gate, up.at[j] = by_up;
    }
    read_again();
    pull(pulled, gates, gate);
    read_again();
    pull(pulled + RANK, ups, up);
    store(out + i, gate);
    store(out + INTERMEDIATE + i, up);
  }
  block_sums<2 * RANK>(pulled, all);
  put_columns(adapter, 4, 2, all, out + 2 * INTERMEDIATE, kept);
}

// From gradients by rotated queries and keys and by values to dy of their product with its columns. One block a row.
extern "C" __global__ void rotate_back(Rows rows, Adapter adapter, const float2* turns, const bf16* dq, const bf16* dk,
                                       const bf16* dv, bf16* dy, float* sums) {
  __shared__ float all[3 * RANK];
  int row = blockIdx.x;
  bf16* out = dy + (long)row * (QKV + EXTRA);
  float* kept = sums + (long)row * EXTRA;
  int position = rows.position[row];
  if (position < 0) {
    clear(out, QKV, kept);
    return;
  }
  float pulled[3 * RANK];
#pragma unroll
  for (int k = 0; k < 3 * RANK; k++) pulled[k] = 0.f;
  const int half = WIDTH / 2, pieces = WIDTH / 16;
#pragma unroll
  for (int m = 0; m < 3; m++) {
    int heads = m == 0 ? HEADS : KV_HEADS;
    int begin = m == 0 ? 0 : m == 1 ? HEADS * WIDTH : (HEADS + KV_HEADS) * WIDTH;
    const bf16* d = (m == 0 ? dq : m == 1 ? dk : dv) + (long)row * heads * WIDTH;
    for (int i = threadIdx.x; i < heads * pieces; i += blockDim.x) {
      int first = i / pieces * WIDTH + i % pieces * 8, second = first + half;
      Eight a = load(d + first), b = load(d + second);
      const float2* turn = turns + (long)position * half + i % pieces * 8;
#pragma unroll
      for (int j = 0; j < (m < 2 ? 8 : 0); j++) {
        float x = a.at[j] * turn[j].x + b.at[j] * turn[j].y;
        b.at[j] = b.at[j] * turn[j].x - a.at[j] * turn[j].y;
        a.at[j] = x;
      }
      store(out + begin + first, a);
      store(out + begin + second, b);
      pull(pulled + m * RANK, factors_at(adapter.b, begin + first), a);
      pull(pulled + m * RANK, factors_at(adapter.b, begin + second), b);
    }
  }
  block_sums<3 * RANK>(pulled, all);
  put_columns(adapter, 0, 3, all, out + QKV, kept);
}

// Keeps the columns behind y for the backward pass: t [rows, EXTRA].
extern "C" __global__ void keep_columns(const bf16* y, int columns, int rows, bf16* t) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < rows * EXTRA) t[i] = y[(long)(i / EXTRA) * (columns + EXTRA) + columns + i % EXTRA];
}

// The gradient by R of modules that follow each other: sum over rows of (B' dy) (A x)' [RANK, RANK], in a fixed order.
// gridDim.x parts of the rows go to partials [layers, MODULES, gridDim.x, CORE]; gridDim.y modules. blockDim.x >= CORE.
extern "C" __global__ void core_back(Rows rows, const float* sums, const bf16* t, int first, int layer, int count,
                                     float* partials) {
  __shared__ float cells[1024];
  int cell = threadIdx.x % CORE, group = threadIdx.x / CORE, groups = blockDim.x / CORE;
  int column = blockIdx.y * RANK;
  const float* s = sums + column + cell / RANK;
  const bf16* a = t + column + cell % RANK;
  float sum = 0.f;
  if (group < groups) {
#pragma unroll 4
    for (int row = blockIdx.x * groups + group; row < count; row += gridDim.x * groups) {
      if (rows.position[row] >= 0) sum += s[(long)row * EXTRA] * wide(a[(long)row * EXTRA]);
    }
  }
  cells[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x >= CORE) return;
  float all = 0.f;
  for (int g = 0; g < groups; g++) all += cells[g * CORE + threadIdx.x];
  partials[(((long)layer * MODULES + first + blockIdx.y) * gridDim.x + blockIdx.x) * CORE + threadIdx.x] = all;
}

// cores [layers, MODULES, RANK, RANK] from the partials of all modules. A thread a number.
extern "C" __global__ void core_sum(const float* partials, int parts, int numbers, float* cores) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= numbers) return;
  float sum = 0.f;
  for (int part = 0; part < parts; part++) sum += partials[((long)(i / CORE) * parts + part) * CORE + i % CORE];
  cores[i] = sum;
}

// h = norm of the selected places of x [places, HIDDEN]. One block a place.
extern "C" __global__ void head_norm(const long long* select, const bf16* weight, const bf16* x, bf16* h) {
  long row = blockIdx.x;
  int i = threadIdx.x * 8;
  Eight v;
  if (i < HIDDEN) v = load(x + select[row] * HIDDEN + i);
  normalize(v, i, weight, h + row * HIDDEN);
}

__device__ inline float block_max(float x, float* scratch) {
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
  x = warp_max(x);
  __syncthreads();
  if (lane == 0) scratch[warp] = x;
  __syncthreads();
  return warp_max(lane < warps ? scratch[lane] : MINUS_INFINITY);
}

// From logits [rows, LOGITS] at a temperature, inverse being its inverse: the log-probs of the targets, and in place of the
// logits the probabilities. One block a row, which its second reading finds in the second cache.
extern "C" __global__ void head_probabilities(bf16* logits, const long long* targets, float inverse, float* log_probs) {
  __shared__ float scratch[32], chosen;
  bf16* mine = logits + (long)blockIdx.x * LOGITS;
  if (threadIdx.x == 0) chosen = wide(mine[targets[blockIdx.x]]);
  float peak = MINUS_INFINITY, mass = 0.f;
  for (int i = threadIdx.x * 8; i < VOCABULARY; i += blockDim.x * 8) {
    Eight l = logits_at(mine, i);
    float here = peak;
#pragma unroll
    for (int j = 0; j < 8; j++) here = fmaxf(here, l.at[j]);
    if (here > peak) mass *= __expf((peak - here) * inverse), peak = here;
#pragma unroll
    for (int j = 0; j < 8; j++) mass += __expf((l.at[j] - peak) * inverse);
  }
  float best = block_max(peak, scratch);
  float total = block_sum(mass == 0.f ? 0.f : mass * __expf((peak - best) * inverse), scratch);
  float share = 1.f / total;
  for (int i = threadIdx.x * 8; i < VOCABULARY; i += blockDim.x * 8) {
    Eight l = logits_at(mine, i);
#pragma unroll
    for (int j = 0; j < 8; j++) l.at[j] = __expf((l.at[j] - best) * inverse) * share;
    store(mine + i, l);
  }
  if (threadIdx.x == 0) log_probs[blockIdx.x] = (chosen - best) * inverse - logf(total);
}

// directions [rows, HIDDEN] = (head[target] - expected) / temperature: the log-prob's derivative by the normed x, expected
// [rows, HIDDEN] being the mean of head's rows under the probabilities. One block a row.
extern "C" __global__ void head_directions(const bf16* head, const long long* targets, const bf16* expected, float inverse,
                                           float* directions) {
  long row = blockIdx.x;
  int i = threadIdx.x * 8;
  if (i >= HIDDEN) return;
  Eight w = load(head + targets[row] * HIDDEN + i), mean = load(expected + row * HIDDEN + i);
#pragma unroll
  for (int j = 0; j < 8; j++) directions[row * HIDDEN + i + j] = (w.at[j] - mean.at[j]) * inverse;
}
