// The backward pass of kernels.cu, for adapters whose R is trained: what goes back through the weights is multiplied by
// them as they stand, A's rows behind each weight's own, so a gradient by y has columns behind its own too: R' B' dy of each
// module. Beside it B' dy is kept [rows, EXTRA] in fp32, which with A x of the forward pass gives the gradient by R.
// gradient: by the residual stream, fp32 [rows, HIDDEN].

// s [RANK] = B' d of one module: each thread brings the part of its numbers.
__device__ inline void block_pull(float* s, float* scratch) {
#pragma unroll
  for (int k = 0; k < RANK; k++) s[k] = block_sum(s[k], scratch);
}

// The columns behind a gradient's own: R' s; and s itself.
__device__ inline void put_columns(const Adapter& a, int module, int first, const float* s, bf16* columns, float* sums) {
  const float* r = a.cores + ((long)a.layer * MODULES + module) * CORE;
#pragma unroll
  for (int i = 0; i < RANK; i++) {
    float sum = 0.f;
#pragma unroll
    for (int k = 0; k < RANK; k++) sum += rounded(r[k * RANK + i]) * s[k];
    columns[first + i] = narrow(sum);
    sums[first + i] = s[i];
  }
}

__device__ inline void clear_columns(int from, bf16* columns, float* sums) {
  for (int i = from + threadIdx.x; i < EXTRA; i += blockDim.x) columns[i] = 0, sums[i] = 0.f;
}

// gradient += that by x of h = norm(x), from dh; then dy = gradient with its columns for the product that made x's last
// summand: module 3 (o) or 6 (down). dh 0: the gradient is there already. One block a row.
extern "C" __global__ void norm_back(Rows rows, Adapter adapter, int module, const bf16* x, const bf16* weight,
                                     const bf16* dh, float* gradient, bf16* dy, float* sums) {
  __shared__ float scratch[32];
  int row = blockIdx.x;
  bf16* out = dy + (long)row * (HIDDEN + EXTRA);
  float* kept = sums + (long)row * EXTRA;
  if (rows.position[row] < 0) {
    for (int i = threadIdx.x; i < HIDDEN + EXTRA; i += blockDim.x) out[i] = 0;
    for (int i = threadIdx.x; i < EXTRA; i += blockDim.x) kept[i] = 0.f;
    return;
  }
  float* mine = gradient + (long)row * HIDDEN;
  float scale = 0.f, slope = 0.f;
  if (dh != 0) {
    float squares = 0.f, product = 0.f;
    for (int i = threadIdx.x; i < HIDDEN; i += blockDim.x) {
      float v = wide(x[(long)row * HIDDEN + i]);
      squares += v * v;
      product += v * wide(weight[i]) * wide(dh[(long)row * HIDDEN + i]);
    }
    squares = block_sum(squares, scratch);
    product = block_sum(product, scratch);
    scale = rsqrtf(squares / HIDDEN + EPS);
    slope = product * scale * scale * scale / HIDDEN;
  }
  float s[RANK];
#pragma unroll
  for (int k = 0; k < RANK; k++) s[k] = 0.f;
  for (int i = threadIdx.x; i < HIDDEN; i += blockDim.x) {
    float g = mine[i];
    if (dh != 0) {
      long at = (long)row * HIDDEN + i;
      g += wide(weight[i]) * wide(dh[at]) * scale - wide(x[at]) * slope;
      mine[i] = g;
    }
    out[i] = narrow(g);
    if (module >= 0) {
#pragma unroll
      for (int k = 0; k < RANK; k++) s[k] += wide(adapter.b[i * RANK + k]) * g;
    }
  }
  if (module >= 0) {
    block_pull(s, scratch);
    if (threadIdx.x == 0) put_columns(adapter, module, 0, s, out + HIDDEN, kept);
    clear_columns(RANK, out + HIDDEN, kept);
  }
}

// From dm to dy of gate and up with its columns. y as the forward pass left it. One block a row.
extern "C" __global__ void gate_up_back(Rows rows, Adapter adapter, const bf16* y, const bf16* bias, const bf16* dm,
                                        bf16* dy, float* sums) {
  __shared__ float scratch[32];
  __shared__ float s[2][RANK];
  int row = blockIdx.x;
  const bf16* mine = y + (long)row * (2 * INTERMEDIATE + EXTRA);
  bf16* out = dy + (long)row * (2 * INTERMEDIATE + EXTRA);
  float* kept = sums + (long)row * EXTRA;
  if (rows.position[row] < 0) {
    for (int i = threadIdx.x; i < 2 * INTERMEDIATE + EXTRA; i += blockDim.x) out[i] = 0;
    for (int i = threadIdx.x; i < EXTRA; i += blockDim.x) kept[i] = 0.f;
    return;
  }
  if (threadIdx.x < 2) {
    core_times(adapter, 0, 4 + threadIdx.x, mine + 2 * INTERMEDIATE + threadIdx.x * RANK, s[threadIdx.x]);
  }
  __syncthreads();
  float pulled_gate[RANK], pulled_up[RANK];
#pragma unroll
  for (int k = 0; k < RANK; k++) pulled_gate[k] = pulled_up[k] = 0.f;
  for (int i = threadIdx.x * 8; i < INTERMEDIATE; i += blockDim.x * 8) {
    Eight gate = load(mine + i), up = load(mine + INTERMEDIATE + i), d = load(dm + (long)row * INTERMEDIATE + i);
    Factors gates = factors_at(adapter.b, i), ups = factors_at(adapter.b, INTERMEDIATE + i);
    add_bias(gate, bias, i);
    add_bias(up, bias, INTERMEDIATE + i);
    add_update(gate, gates, s[0]);
    add_update(up, ups, s[1]);
#pragma unroll
    for (int j = 0; j < 8; j++) {
      float sigmoid = 1.f / (1.f + __expf(-gate.at[j]));
      float silu = gate.at[j] * sigmoid;
      float by_up = d.at[j] * silu;
      float by_gate = d.at[j] * up.at[j] * (sigmoid + silu * (1.f - sigmoid));
      gate.at[j] = by_gate, up.at[j] = by_up;
#pragma unroll
      for (int k = 0; k < RANK; k++) {
        pulled_gate[k] += gates.at[j * RANK + k] * by_gate;
        pulled_up[k] += ups.at[j * RANK + k] * by_up;
      }
    }
    store(out + i, gate);
    store(out + INTERMEDIATE + i, up);
  }
  block_pull(pulled_gate, scratch);
  block_pull(pulled_up, scratch);
  if (threadIdx.x == 0) {
    put_columns(adapter, 4, 0, pulled_gate, out + 2 * INTERMEDIATE, kept);
    put_columns(adapter, 5, RANK, pulled_up, out + 2 * INTERMEDIATE, kept);
  }
  clear_columns(2 * RANK, out + 2 * INTERMEDIATE, kept);
}

// From gradients by rotated queries and keys and by values to dy of their product with its columns. One block a row.
extern "C" __global__ void rotate_back(Rows rows, Adapter adapter, const float2* turns, const bf16* dq, const bf16* dk,
                                       const bf16* dv, bf16* dy, float* sums) {
  __shared__ float scratch[32];
  int row = blockIdx.x;
  bf16* out = dy + (long)row * (QKV + EXTRA);
  float* kept = sums + (long)row * EXTRA;
  int position = rows.position[row];
  if (position < 0) {
    for (int i = threadIdx.x; i < QKV + EXTRA; i += blockDim.x) out[i] = 0;
    for (int i = threadIdx.x; i < EXTRA; i += blockDim.x) kept[i] = 0.f;
    return;
  }
  float pulled[3][RANK];
#pragma unroll
  for (int m = 0; m < 3; m++)
#pragma unroll
    for (int k = 0; k < RANK; k++) pulled[m][k] = 0.f;
  const int half = WIDTH / 2;
#pragma unroll
  for (int m = 0; m < 3; m++) {
    int heads = m == 0 ? HEADS : KV_HEADS;
    int begin = m == 0 ? 0 : m == 1 ? HEADS * WIDTH : (HEADS + KV_HEADS) * WIDTH;
    const bf16* d = (m == 0 ? dq : m == 1 ? dk : dv) + (long)row * heads * WIDTH;
    for (int i = threadIdx.x; i < heads * half; i += blockDim.x) {
      int first = i / half * WIDTH + i % half, second = first + half;
      float a = wide(d[first]), b = wide(d[second]);
      if (m < 2) {
        float2 turn = turns[(long)position * half + i % half];
        float x = a * turn.x + b * turn.y;
        b = b * turn.x - a * turn.y;
        a = x;
      }
      out[begin + first] = narrow(a), out[begin + second] = narrow(b);
#pragma unroll
      for (int k = 0; k < RANK; k++) {
        pulled[m][k] += wide(adapter.b[(begin + first) * RANK + k]) * a + wide(adapter.b[(begin + second) * RANK + k]) * b;
      }
    }
  }
#pragma unroll
  for (int m = 0; m < 3; m++) block_pull(pulled[m], scratch);
  if (threadIdx.x == 0) {
#pragma unroll
    for (int m = 0; m < 3; m++) put_columns(adapter, m, m * RANK, pulled[m], out + QKV, kept);
  }
  clear_columns(3 * RANK, out + QKV, kept);
}

// Keeps the columns behind y for the backward pass: t [rows, EXTRA].
extern "C" __global__ void keep_columns(const bf16* y, int columns, int rows, bf16* t) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < rows * EXTRA) t[i] = y[(long)(i / EXTRA) * (columns + EXTRA) + columns + i % EXTRA];
}

// Adds the gradient by R of one module to cores [RANK, RANK]: sum over rows of (B' dy) (A x)', in a fixed order. One block
// a module; first is the module's column.
extern "C" __global__ void core_back(Rows rows, const float* sums, const bf16* t, int stride, int offset, int first,
                                     int count, float* cores) {
  __shared__ float scratch[32];
  float sum[CORE];
#pragma unroll
  for (int i = 0; i < CORE; i++) sum[i] = 0.f;
  for (int row = threadIdx.x; row < count; row += blockDim.x) {
    if (rows.position[row] < 0) continue;
    const float* s = sums + (long)row * EXTRA + first;
    const bf16* a = t + (long)row * stride + offset + first;
#pragma unroll
    for (int k = 0; k < RANK; k++)
#pragma unroll
      for (int i = 0; i < RANK; i++) sum[k * RANK + i] += s[k] * wide(a[i]);
  }
#pragma unroll
  for (int i = 0; i < CORE; i++) {
    float all = block_sum(sum[i], scratch);
    if (threadIdx.x == 0) cores[i] += all;
  }
}
