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
#define AHEAD_ROWS 16  // most rows whose cache is asked for ahead
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

__device__ inline void store(bf16* to, const Eight& x) {
  *(uint4*)to = make_uint4(pack(x.at[0], x.at[1]), pack(x.at[2], x.at[3]), pack(x.at[4], x.at[5]), pack(x.at[6], x.at[7]));
}

__device__ inline void add_bias(Eight& x, const bf16* bias, int first) {
  if (bias == 0) return;
  Eight b = load(bias + first);
#pragma unroll
  for (int i = 0; i < 8; i++) x.at[i] = rounded(x.at[i] + b.at[i]);
}

// B s of one output.
__device__ inline float update(const bf16* b, int out, const float* s) {
  float sum = 0.f;
#pragma unroll
  for (int k = 0; k < RANK; k++) sum += wide(b[out * RANK + k]) * s[k];
  return sum;
}

// B of eight outputs: in registers where it is small, for as long as it is waited for; else read where it is used.
#define IN_REGISTERS (RANK <= 5)

struct Factors {
  const bf16* from;
  Eight part[IN_REGISTERS ? RANK : 1];
};

__device__ inline Factors factors_at(const bf16* b, int first) {
  Factors f;
  f.from = b + first * RANK;
#pragma unroll
  for (int c = 0; c < (IN_REGISTERS ? RANK : 0); c++) f.part[c] = load(f.from + c * 8);
  return f;
}

// Numbers 8 c to 8 c + 7 of B's eight rows, which stand one after the other.
__device__ inline Eight part_of(const Factors& f, int c) {
  if (IN_REGISTERS) return f.part[c];
  return load(f.from + c * 8);
}

__device__ inline void add_update(Eight& x, const Factors& f, const float* s) {
  float sum[8] = {0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f};
#pragma unroll
  for (int c = 0; c < RANK; c++) {
    Eight part = part_of(f, c);
#pragma unroll
    for (int j = 0; j < 8; j++) sum[(c * 8 + j) / RANK] += part.at[j] * s[(c * 8 + j) % RANK];
  }
#pragma unroll
  for (int i = 0; i < 8; i++) x.at[i] = rounded(x.at[i] + rounded(sum[i]));
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

// x = before + y + bias + adapter; h = norm of x. y [rows, HIDDEN + EXTRA]; before may be x.
extern "C" __global__ void add_norm(Rows rows, Adapter adapter, int module, const bf16* y, const bf16* bias,
                                    const bf16* weight, const bf16* before, bf16* x, bf16* h) {
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
  Eight v, old;
  if (i < HIDDEN) v = load(mine + i), old = load(before + row * HIDDEN + i);
  if (policy >= 0) cores_times(adapter, policy, module, 1, mine + HIDDEN, s);
  if (i < HIDDEN) {
    add_bias(v, bias, i);
    if (policy >= 0) add_update(v, factors, s);
#pragma unroll
    for (int j = 0; j < 8; j++) v.at[j] = rounded(old.at[j] + v.at[j]);
    store(x + row * HIDDEN + i, v);
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
  Eight gate = load(mine + at), up = load(mine + INTERMEDIATE + at);
  if (policy >= 0) cores_times(adapter, policy, 4, 2, mine + 2 * INTERMEDIATE, s);
  if (i >= INTERMEDIATE) return;
  add_bias(gate, bias, i);
  add_bias(up, bias, INTERMEDIATE + i);
  if (policy >= 0) add_update(gate, gates, s), add_update(up, ups, s + RANK);
#pragma unroll
  for (int j = 0; j < 8; j++) up.at[j] *= rounded(gate.at[j] / (1.f + __expf(-gate.at[j])));
  store(m + (long)row * INTERMEDIATE + i, up);
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

__device__ inline void mma(float* c, const unsigned* a, unsigned b0, unsigned b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

#define STEPS (WIDTH / 16)  // products along a head
#define TILES (WIDTH / 8)   // tiles of the output
// Where number d of a head stands in shared memory, so that the 32 lanes of a warp write to 32 banks.
#define PART(head, d) ((head) * (WIDTH + 4) + (d) + (d) / (2 * TILES))

// Attention of one row's token over what the row has in the cache, its own key and value included. One block a row and
// key-value head. The heads of a group are the rows of the products, as in FlashAttention-2; the order of a head's numbers
// is permuted so that each thread reads 16 bytes at a time.
template <int WARPS>
__device__ inline void attend(const Rows& rows, int layer, const bf16* q, const u64* table, bf16* o) {
  __shared__ float best[WARPS][8], total[WARPS][8];
  __shared__ float part[WARPS][8 * (WIDTH + 4)];
  int head = blockIdx.x, row = blockIdx.y;
  // All at once: one of these loads must not wait for another.
  int position = rows.position[row], place = rows.place[row];
  u64 capacity = table[0], key_table = table[1 + 2 * layer], value_table = table[2 + 2 * layer];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  long first_row = ((long)place * KV_HEADS + head) * (long)capacity * WIDTH;
  const bf16* keys = (const bf16*)key_table + first_row;
  const bf16* values = (const bf16*)value_table + first_row;
  begin_next();
  if (AHEAD_ROWS >= gridDim.y && threadIdx.x == 0) ahead(keys, position * WIDTH * 2), ahead(values, position * WIDTH * 2);
  await_previous();
  if (position < 0) return;

  // Of each 32 of a head's numbers this thread's quad member takes eight, four a step.
  int quad = lane % 4, group = lane / 4;
  unsigned a[STEPS][4];
  const bf16* query = q + ((long)row * HEADS + head * GROUP + group) * WIDTH + quad * 8;
#pragma unroll
  for (int step = 0; step < STEPS; step++) {
    uint2 four = group < GROUP ? *(const uint2*)(query + (step / 2) * 32 + (step % 2) * 4) : make_uint2(0, 0);
    a[step][0] = four.x;
    a[step][1] = 0;
    a[step][2] = four.y;
    a[step][3] = 0;
  }
  const float scale = rsqrtf((float)WIDTH) * 1.44269504f;
  float out[TILES][4];
#pragma unroll
  for (int t = 0; t < TILES; t++) out[t][0] = out[t][1] = out[t][2] = out[t][3] = 0.f;
  float most = MINUS_INFINITY, sum = 0.f;
  int length = position + 1;
  for (int first = warp * 16; first < length; first += WARPS * 16) {
    // All of a tile is asked for before any of it is used. Of a token's value this thread's group takes a stretch of TILES
    // numbers, one a tile.
    uint4 key[2][WIDTH / 32], value[4][TILES / 8];
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const uint4* source = (const uint4*)(keys + (long)(first + half * 8 + group) * WIDTH + quad * 8);
#pragma unroll
      for (int j = 0; j < WIDTH / 32; j++) key[half][j] = source[4 * j];
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int token = first + quad * 2 + (i / 2) * 8 + i % 2;
      const uint4* source = (const uint4*)(values + (long)token * WIDTH + group * TILES);
#pragma unroll
      for (int j = 0; j < TILES / 8; j++) value[i][j] = source[j];
    }
    float c[2][4] = {{0.f, 0.f, 0.f, 0.f}, {0.f, 0.f, 0.f, 0.f}};
#pragma unroll
    for (int half = 0; half < 2; half++) {
#pragma unroll
      for (int j = 0; j < WIDTH / 32; j++) {
        mma(c[half], a[2 * j], key[half][j].x, key[half][j].y);
        mma(c[half], a[2 * j + 1], key[half][j].z, key[half][j].w);
      }
    }
    float score[4] = {c[0][0], c[0][1], c[1][0], c[1][1]};
    float peak = most;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int token = first + (i / 2) * 8 + quad * 2 + i % 2;
      score[i] = token < length ? score[i] * scale : MINUS_INFINITY;
      peak = fmaxf(peak, score[i]);
    }
    peak = fmaxf(peak, __shfl_xor_sync(0xffffffffu, peak, 1));
    peak = fmaxf(peak, __shfl_xor_sync(0xffffffffu, peak, 2));
    float shrink = exp2f(most - peak);
    most = peak;
    float mass = 0.f;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      score[i] = exp2f(score[i] - peak);
      mass += score[i];
    }
    sum = sum * shrink + mass;
#pragma unroll
    for (int t = 0; t < TILES; t++) out[t][0] *= shrink, out[t][1] *= shrink;
    unsigned p[4] = {pack(score[0], score[1]), 0, pack(score[2], score[3]), 0};
#pragma unroll
    for (int j = 0; j < TILES / 8; j++) {
      const unsigned x0[4] = {value[0][j].x, value[0][j].y, value[0][j].z, value[0][j].w};
      const unsigned x1[4] = {value[1][j].x, value[1][j].y, value[1][j].z, value[1][j].w};
      const unsigned x2[4] = {value[2][j].x, value[2][j].y, value[2][j].z, value[2][j].w};
      const unsigned x3[4] = {value[3][j].x, value[3][j].y, value[3][j].z, value[3][j].w};
#pragma unroll
      for (int i = 0; i < 4; i++) {
        mma(out[j * 8 + 2 * i], p, __byte_perm(x0[i], x1[i], 0x5410), __byte_perm(x2[i], x3[i], 0x5410));
        mma(out[j * 8 + 2 * i + 1], p, __byte_perm(x0[i], x1[i], 0x7632), __byte_perm(x2[i], x3[i], 0x7632));
      }
    }
  }
  sum += __shfl_xor_sync(0xffffffffu, sum, 1);
  sum += __shfl_xor_sync(0xffffffffu, sum, 2);
  if (quad == 0) best[warp][group] = most, total[warp][group] = sum;
#pragma unroll
  for (int t = 0; t < TILES; t++) {
    part[warp][PART(group, quad * 2 * TILES + t)] = out[t][0];
    part[warp][PART(group, (quad * 2 + 1) * TILES + t)] = out[t][1];
  }
  __syncthreads();
  for (int i = threadIdx.x; i < GROUP * WIDTH; i += blockDim.x) {
    int h = i / WIDTH, d = i % WIDTH;
    float peak = MINUS_INFINITY;
    for (int w = 0; w < WARPS; w++) peak = fmaxf(peak, best[w][h]);
    float mass = 0.f, value = 0.f;
    for (int w = 0; w < WARPS; w++) {
      float factor = exp2f(best[w][h] - peak);
      mass += factor * total[w][h];
      value += factor * part[w][PART(h, d)];
    }
    o[(long)row * (HEADS * WIDTH) + (head * GROUP + h) * WIDTH + d] = narrow(value / mass);
  }
}

// Three blocks find room on a multiprocessor side by side.
extern "C" __global__ void __launch_bounds__(128, 3) attend_4(Rows rows, int layer, const bf16* q, const u64* table, bf16* o) {
  attend<4>(rows, layer, q, table, o);
}

// For so few rows that the card has room for longer blocks.
extern "C" __global__ void attend_8(Rows rows, int layer, const bf16* q, const u64* table, bf16* o) {
  attend<8>(rows, layer, q, table, o);
}

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
  for (int i = 0; i < 8; i++) if (first + i >= VOCABULARY) l.at[i] = MINUS_INFINITY;
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
        raw *= __expf(peak - here);
        peak = here;
#pragma unroll
        for (int i = 7; i >= 0; i--) if (l.at[i] == here) place = first + i;
      }
    }
    float warp_peak = warp_max(here);
    if (first < VOCABULARY) {
#pragma unroll
      for (int i = 0; i < 8; i++) mass += __expf((l.at[i] - warp_peak) * inverse), raw += __expf(l.at[i] - peak);
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
  results[2 * count + row] = l - best - __logf(raw_mass);
}

// Copies the first tokens of cache rows, source [i] to target [i], in all layers. One block a pair, layer and head.
extern "C" __global__ void move_rows(const u64* table, const int* pairs, int count, int layers) {
  int pair = blockIdx.x, layer = blockIdx.y / KV_HEADS, head = blockIdx.y % KV_HEADS;
  long capacity = (long)table[0];
  int source = pairs[pair], target = pairs[count + pair], length = pairs[2 * count + pair];
  for (int side = 0; side < 2; side++) {
    bf16* cache = (bf16*)table[1 + 2 * layer + side];
    const uint4* from = (const uint4*)(cache + ((long)source * KV_HEADS + head) * capacity * WIDTH);
    uint4* to = (uint4*)(cache + ((long)target * KV_HEADS + head) * capacity * WIDTH);
    for (int i = threadIdx.x; i < length * (WIDTH / 8); i += blockDim.x) to[i] = from[i];
  }
}

#define THIN_WARPS 8

struct Thin {
  int in;
  int out;
  int stride;  // of y
  int parts;
  const char* next;  // what the next product reads first
  int share;         // of it, in bytes a block
};

// Eight loads of a row of w that are under way before the first is used.
struct Ahead {
  uint4 at[8];
};

__device__ inline Ahead ahead_of(const bf16* w, int i, int end) {
  Ahead ahead;
#pragma unroll
  for (int u = 0; u < 8; u++) {
    ahead.at[u] = i + u * 256 < end ? *(const uint4*)(w + i + u * 256) : make_uint4(0, 0, 0, 0);
  }
  return ahead;
}

// y [ROWS, out] = x [ROWS, in] w' for few rows: reading w is all that takes time. A warp reads a row of w, or where there
// are few rows a part of it, the parts being summed in their order. What will be read next is asked for while x is waited for.
template <int ROWS>
__device__ inline void thin(const bf16* x, const bf16* w, bf16* y, Thin of) {
  const int in = of.in, out = of.out, stride = of.stride, parts = of.parts;
  __shared__ float sums[ROWS][THIN_WARPS];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int outputs = THIN_WARPS / parts;
  int output = blockIdx.x * outputs + warp / parts;
  int length = (in / 8 + parts - 1) / parts * 8;
  int begin = warp % parts * length, end = output < out ? min(in, begin + length) : begin;
  const bf16* mine = w + (long)output * in;
  float sum[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; r++) sum[r] = 0.f;
  int i = begin + lane * 8;
  Ahead next = ahead_of(mine, i, end);
  begin_next();
  if (threadIdx.x == 0) ahead(of.next + (long)blockIdx.x * of.share, of.share);
  await_previous();
  while (i < end) {
#pragma unroll
    for (int u = 0; u < 8; u++) {
      if (i + u * 256 >= end) break;
      Eight a = unpacked(next.at[u]);
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
        Eight v = load(x + (long)r * in + i + u * 256);
#pragma unroll
        for (int j = 0; j < 8; j++) sum[r] += a.at[j] * v.at[j];
      }
    }
    i += 8 * 256;
    next = ahead_of(mine, i, end);
  }
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    float all = warp_sum(sum[r]);
    if (lane == 0) sums[r][warp] = all;
  }
  if (parts > 1) __syncthreads();
  if (lane != 0 || warp % parts != 0 || output >= out) return;
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    float all = 0.f;
    for (int p = 0; p < parts; p++) all += sums[r][warp + p];
    y[(long)r * stride + output] = narrow(all);
  }
}

extern "C" __global__ void thin_1(const bf16* x, const bf16* w, bf16* y, Thin of) { thin<1>(x, w, y, of); }

extern "C" __global__ void thin_2(const bf16* x, const bf16* w, bf16* y, Thin of) { thin<2>(x, w, y, of); }
