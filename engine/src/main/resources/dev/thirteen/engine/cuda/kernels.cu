// One decode step between the matrix products. Constants come from the model's shape: HIDDEN, INTERMEDIATE, HEADS,
// KV_HEADS, WIDTH (of a head), VOCABULARY, EPS, QK_NORM, QKV_BIAS, O_BIAS, MLP_BIAS, EXTRA (columns of each product
// behind the weight's own: A x of the adapter) and RANK (of one module of it).
// Numbers are bf16 in memory and fp32 in registers. A row whose position is negative is not there.
// Kernels of a step overlap: one may begin when all blocks of the one before have begun. Weights, adapters and what a row is
// stand throughout a step, and the cache but for its newest token; all else is read and written behind await_previous().

typedef unsigned short bf16;
typedef unsigned long long u64;

#define QKV ((HEADS + 2 * KV_HEADS) * WIDTH)
#define GROUP (HEADS / KV_HEADS)
#define MODULES 7
#define CORE (RANK * RANK)
#define NORM_THREADS ((HIDDEN / 8 + 31) / 32 * 32)
#define MINUS_INFINITY __int_as_float(0xff800000)

struct Rows {
  int* token;
  int* position;
  const int* policy;  // which R; negative for the base alone
  const float* temperature;
  const u64* seed;
  const u64* stream;
  int* drawn;
  const int* place;  // row of the cache
};

__device__ inline void begin_next() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
#endif
}

__device__ inline void await_previous() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// Asks for memory that will be read: bytes is a multiple of 16.
__device__ inline void ahead(const void* from, int bytes) {
#if __CUDA_ARCH__ >= 900
  if (bytes > 0) asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(from), "r"(bytes));
#endif
}

struct Adapter {
  const float* cores;  // R [policies, layers, modules, RANK, RANK]
  const bf16* b;       // B of this fused linear [out, RANK]
  int layer;
  int layers;
};

__device__ inline float wide(bf16 x) { return __uint_as_float((unsigned)x << 16); }

__device__ inline bf16 narrow(float x) {
  bf16 r;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(r) : "f"(x));
  return r;
}

__device__ inline unsigned pack(float low, float high) {
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}

__device__ inline float low(unsigned pair) { return __uint_as_float(pair << 16); }
__device__ inline float high(unsigned pair) { return __uint_as_float(pair & 0xffff0000u); }
__device__ inline float rounded(float x) { return wide(narrow(x)); }

// Sums and products of two numbers at once, each rounded.
__device__ inline unsigned sum_of(unsigned a, unsigned b) {
#if __CUDA_ARCH__ >= 900
  unsigned r;
  asm("add.rn.bf16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
#else
  return pack(low(a) + low(b), high(a) + high(b));
#endif
}

__device__ inline unsigned product_of(unsigned a, unsigned b) {
#if __CUDA_ARCH__ >= 900
  unsigned r;
  asm("mul.rn.bf16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
#else
  return pack(low(a) * low(b), high(a) * high(b));
#endif
}

__device__ inline float warp_sum(float x) {
  for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(0xffffffffu, x, d);
  return x;
}

__device__ inline float warp_max(float x) {
  for (int d = 16; d > 0; d >>= 1) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, d));
  return x;
}

// Sum over a block of at most 32 warps; all threads get it.
__device__ inline float block_sum(float x, float* scratch) {
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
  x = warp_sum(x);
  __syncthreads();
  if (lane == 0) scratch[warp] = x;
  __syncthreads();
  return warp_sum(lane < warps ? scratch[lane] : 0.f);
}

// s = R t of modules that follow each other, t being the columns of the product behind the weight's own. A thread for each
// of s [modules, RANK], which all may read afterwards.
__device__ inline void cores_times(const Adapter& a, int policy, int first, int modules, const bf16* t, float* s) {
  int i = threadIdx.x;
  if (i < modules * RANK) {
    const float* r = a.cores + (((long)policy * a.layers + a.layer) * MODULES + first) * CORE + i * RANK;
    const bf16* of = t + i / RANK * RANK;
    float sum = 0.f;
#pragma unroll
    for (int k = 0; k < RANK; k++) sum += rounded(r[k]) * wide(of[k]);
    s[i] = rounded(sum);
  }
  __syncthreads();
}

struct Eight {
  float at[8];
};

__device__ inline Eight unpacked(uint4 raw) {
  return {low(raw.x), high(raw.x), low(raw.y), high(raw.y), low(raw.z), high(raw.z), low(raw.w), high(raw.w)};
}

__device__ inline Eight load(const bf16* from) { return unpacked(*(const uint4*)from); }

__device__ inline uint4 packed(const Eight& x) {
  return make_uint4(pack(x.at[0], x.at[1]), pack(x.at[2], x.at[3]), pack(x.at[4], x.at[5]), pack(x.at[6], x.at[7]));
}

__device__ inline void store(bf16* to, const Eight& x) { *(uint4*)to = packed(x); }

__device__ inline uint4 sum_of(uint4 a, uint4 b) {
  return make_uint4(sum_of(a.x, b.x), sum_of(a.y, b.y), sum_of(a.z, b.z), sum_of(a.w, b.w));
}

__device__ inline uint4 product_of(uint4 a, uint4 b) {
  return make_uint4(product_of(a.x, b.x), product_of(a.y, b.y), product_of(a.z, b.z), product_of(a.w, b.w));
}

__device__ inline void add_bias(uint4& x, const bf16* bias, int first) {
  if (bias != 0) x = sum_of(x, *(const uint4*)(bias + first));
}

// B s of one output.
__device__ inline float update(const bf16* b, int out, const float* s) {
  float sum = 0.f;
  if (RANK % 8 == 0) {
#pragma unroll
    for (int k = 0; k < RANK; k += 8) {
      Eight part = load(b + out * RANK + k);
#pragma unroll
      for (int i = 0; i < 8; i++) sum += part.at[i] * s[k + i];
    }
  } else {
#pragma unroll
    for (int k = 0; k < RANK; k++) sum += wide(b[out * RANK + k]) * s[k];
  }
  return sum;
}

// B of eight outputs: in registers where it is small, for as long as it is waited for; else read where it is used.
#define IN_REGISTERS (RANK <= 5)

struct Factors {
  const bf16* from;
  uint4 part[IN_REGISTERS ? RANK : 1];
};

__device__ inline Factors factors_at(const bf16* b, int first) {
  Factors f;
  f.from = b + first * RANK;
#pragma unroll
  for (int c = 0; c < (IN_REGISTERS ? RANK : 0); c++) f.part[c] = *(const uint4*)(f.from + c * 8);
  return f;
}

// Numbers 8 c to 8 c + 7 of B's eight rows, which stand one after the other.
__device__ inline Eight part_of(const Factors& f, int c) {
  if (IN_REGISTERS) return unpacked(f.part[c]);
  return load(f.from + c * 8);
}

__device__ inline void add_update(uint4& x, const Factors& f, const float* s) {
  Eight sum = {0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f};
#pragma unroll
  for (int c = 0; c < RANK; c++) {
    Eight part = part_of(f, c);
#pragma unroll
    for (int j = 0; j < 8; j++) sum.at[(c * 8 + j) / RANK] += part.at[j] * s[(c * 8 + j) % RANK];
  }
  x = sum_of(x, packed(sum));
}

// h = x / rms(x) * weight. A thread has the eight numbers of x from here on, if the row has as many.
__device__ inline void normalize(const Eight& x, int from, const bf16* weight, bf16* h) {
  __shared__ float scratch[32];
  float squares = 0.f;
  if (from < HIDDEN) {
#pragma unroll
    for (int j = 0; j < 8; j++) squares += x.at[j] * x.at[j];
  }
  float scale = rsqrtf(block_sum(squares, scratch) / HIDDEN + EPS);
  if (from >= HIDDEN) return;
  Eight v, w = load(weight + from);
#pragma unroll
  for (int j = 0; j < 8; j++) v.at[j] = x.at[j] * scale * w.at[j];
  store(h + from, v);
}

// x = embedding of the token; h = its first norm. One block a row, a thread for eight numbers of it, as in all norms.
extern "C" __global__ void embed(Rows rows, const bf16* embedding, const bf16* weight, bf16* x, bf16* h) {
  begin_next();
  long row = blockIdx.x;
  int i = threadIdx.x * 8;
  if (rows.position[row] < 0) return;
  Eight v;
  if (i < HIDDEN) {
    v = load(embedding + (long)rows.token[row] * HIDDEN + i);
    store(x + row * HIDDEN + i, v);
  }
  normalize(v, i, weight, h + row * HIDDEN);
}

// h = norm of x.
extern "C" __global__ void only_norm(Rows rows, const bf16* weight, const bf16* x, bf16* h) {
  long row = blockIdx.x;
  int i = threadIdx.x * 8;
  if (rows.position[row] < 0) return;
  Eight v;
  if (i < HIDDEN) v = load(x + row * HIDDEN + i);
  normalize(v, i, weight, h + row * HIDDEN);
}

// x = before + y + bias + adapter; h = norm of x. y [rows, HIDDEN + EXTRA]; before may be x. At rank 16 a thread would take more
// registers than the widest rows have for it.
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    add_norm(Rows rows, Adapter adapter, int module, const bf16* y, const bf16* bias, const bf16* weight,
             const bf16* before, bf16* x, bf16* h) {
  __shared__ float s[RANK];
  long row = blockIdx.x;
  int i = threadIdx.x * 8;
  int position = rows.position[row], policy = rows.policy[row];
  Factors factors;
  if (policy >= 0 && i < HIDDEN) factors = factors_at(adapter.b, i);
  begin_next();
  await_previous();
  if (position < 0) return;
  const bf16* mine = y + row * (HIDDEN + EXTRA);
  uint4 added, old;
  Eight v;
  if (i < HIDDEN) added = *(const uint4*)(mine + i), old = *(const uint4*)(before + row * HIDDEN + i);
  if (policy >= 0) cores_times(adapter, policy, module, 1, mine + HIDDEN, s);
  if (i < HIDDEN) {
    add_bias(added, bias, i);
    if (policy >= 0) add_update(added, factors, s);
    old = sum_of(old, added);
    *(uint4*)(x + row * HIDDEN + i) = old;
    v = unpacked(old);
  }
  normalize(v, i, weight, h + row * HIDDEN);
}

// m = silu(gate) * up with biases and adapter. y [rows, 2 INTERMEDIATE + EXTRA]. Eight columns a thread.
extern "C" __global__ void gate_up(Rows rows, Adapter adapter, const bf16* y, const bf16* bias, bf16* m) {
  __shared__ float s[2 * RANK];
  int row = blockIdx.y;
  int i = (blockIdx.x * blockDim.x + threadIdx.x) * 8;
  int at = min(i, INTERMEDIATE - 8);
  int position = rows.position[row], policy = rows.policy[row];
  Factors gates, ups;
  if (policy >= 0) gates = factors_at(adapter.b, at), ups = factors_at(adapter.b, INTERMEDIATE + at);
  begin_next();
  await_previous();
  if (position < 0) return;
  const bf16* mine = y + (long)row * (2 * INTERMEDIATE + EXTRA);
  uint4 gate = *(const uint4*)(mine + at), up = *(const uint4*)(mine + INTERMEDIATE + at);
  if (policy >= 0) cores_times(adapter, policy, 4, 2, mine + 2 * INTERMEDIATE, s);
  if (i >= INTERMEDIATE) return;
  add_bias(gate, bias, i);
  add_bias(up, bias, INTERMEDIATE + i);
  if (policy >= 0) add_update(gate, gates, s), add_update(up, ups, s + RANK);
  Eight g = unpacked(gate);
#pragma unroll
  for (int j = 0; j < 8; j++) g.at[j] = __fdividef(g.at[j], 1.f + __expf(-g.at[j]));
  *(uint4*)(m + (long)row * INTERMEDIATE + i) = product_of(packed(g), up);
}

// Cosines and sines of positions, rounded as Hugging Face rounds them: turns [positions, WIDTH / 2] of pairs.
extern "C" __global__ void make_turns(const float* frequencies, float2* turns) {
  int position = blockIdx.x, d = threadIdx.x;
  float s, c;
  sincosf((float)position * frequencies[d], &s, &c);
  turns[(long)position * (WIDTH / 2) + d] = make_float2(rounded(c), rounded(s));
}

#define HALVES (WIDTH / 64)  // pairs of numbers that a lane of a warp has of a head

// Queries, keys and values of a token from the product: bias, adapter, norms of heads, rotation. y [rows, QKV + EXTRA].
// Queries go to q [rows, HEADS, WIDTH]; keys and values into the cache where there is a table of it (it may move): keys and
// values [rows, KV_HEADS, capacity, WIDTH] a layer; and to k and v [rows, KV_HEADS, WIDTH] where these are wanted. One
// block a row, a warp a head.
extern "C" __global__ void rotate(Rows rows, Adapter adapter, const bf16* y, const bf16* bias, const bf16* q_norm,
                                  const bf16* k_norm, const float2* turns, const u64* table, bf16* q, bf16* k, bf16* v) {
  __shared__ float cores[3 * RANK];
  int row = blockIdx.x;
  int position = rows.position[row], policy = rows.policy[row];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
  long capacity = table == 0 ? 0 : (long)table[0];
  begin_next();
  await_previous();
  if (position < 0) return;
  const bf16* mine = y + (long)row * (QKV + EXTRA);
  if (policy >= 0) cores_times(adapter, policy, 0, 3, mine + QKV, cores);
  for (int head = warp; head < HEADS + 2 * KV_HEADS; head += warps) {
    int module = head < HEADS ? 0 : head < HEADS + KV_HEADS ? 1 : 2;
    float a[HALVES], b[HALVES];
    const float* s = cores + module * RANK;
    float squares = 0.f;
#pragma unroll
    for (int i = 0; i < HALVES; i++) {
      int first = head * WIDTH + i * 32 + lane;
      a[i] = wide(mine[first]), b[i] = wide(mine[first + WIDTH / 2]);
    }
#pragma unroll
    for (int i = 0; i < HALVES; i++) {
      int first = head * WIDTH + i * 32 + lane, second = first + WIDTH / 2;
      if (bias != 0) a[i] = rounded(a[i] + wide(bias[first])), b[i] = rounded(b[i] + wide(bias[second]));
      if (policy >= 0) {
        a[i] = rounded(a[i] + rounded(update(adapter.b, first, s)));
        b[i] = rounded(b[i] + rounded(update(adapter.b, second, s)));
      }
      squares += a[i] * a[i] + b[i] * b[i];
    }
    if (QK_NORM && module < 2) {
      const bf16* w = module == 0 ? q_norm : k_norm;
      float scale = rsqrtf(warp_sum(squares) / WIDTH + EPS);
#pragma unroll
      for (int i = 0; i < HALVES; i++) {
        int d = i * 32 + lane;
        a[i] = rounded(a[i] * scale * wide(w[d])), b[i] = rounded(b[i] * scale * wide(w[d + WIDTH / 2]));
      }
    }
    if (module < 2) {
#pragma unroll
      for (int i = 0; i < HALVES; i++) {
        float2 turn = turns[(long)position * (WIDTH / 2) + i * 32 + lane];
        float x = a[i], z = b[i];
        a[i] = rounded(x * turn.x) + rounded(-z * turn.y);
        b[i] = rounded(z * turn.x) + rounded(x * turn.y);
      }
    }
    int of = head - HEADS - (module - 1) * KV_HEADS;
    bf16* cached = 0;
    bf16* kept = 0;
    if (module == 0) {
      kept = q + ((long)row * HEADS + head) * WIDTH;
    } else {
      if (table != 0) {
        bf16* side = (bf16*)table[module + 2 * adapter.layer];
        cached = side + (((long)rows.place[row] * KV_HEADS + of) * capacity + position) * WIDTH;
      }
      bf16* list = module == 1 ? k : v;
      if (list != 0) kept = list + ((long)row * KV_HEADS + of) * WIDTH;
    }
#pragma unroll
    for (int i = 0; i < HALVES; i++) {
      int d = i * 32 + lane;
      if (cached != 0) cached[d] = narrow(a[i]), cached[d + WIDTH / 2] = narrow(b[i]);
      if (kept != 0) kept[d] = narrow(a[i]), kept[d + WIDTH / 2] = narrow(b[i]);
    }
  }
}
