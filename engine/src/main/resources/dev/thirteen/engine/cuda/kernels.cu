// One decode step between the matrix products. Constants come from the model's shape: HIDDEN, INTERMEDIATE, HEADS,
// KV_HEADS, WIDTH (of a head), VOCABULARY, EPS, QK_NORM, QKV_BIAS, O_BIAS, MLP_BIAS, EXTRA (columns of each product
// behind the weight's own: A x of the adapter) and RANK (of one module of it).
// Numbers are bf16 in memory and fp32 in registers. A row whose position is negative is not there.

typedef unsigned short bf16;
typedef unsigned long long u64;

#define QKV ((HEADS + 2 * KV_HEADS) * WIDTH)
#define GROUP (HEADS / KV_HEADS)
#define MODULES 7
#define CORE (RANK * RANK)
#define MINUS_INFINITY __int_as_float(0xff800000)

struct Rows {
  const int* token;
  const int* position;
  const int* policy;  // which R; negative for the base alone
  const float* temperature;
  const u64* seed;
  const u64* stream;
  const int* drawn;
};

struct Adapter {
  const float* cores;  // R [policies, layers, modules, RANK, RANK]
  const bf16* b;       // B of this fused linear [out, RANK]
  int layer;
  int layers;
};

__device__ inline float wide(bf16 x) { return __uint_as_float((unsigned)x << 16); }

__device__ inline bf16 narrow(float x) {
  unsigned bits = __float_as_uint(x);
  return (bf16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
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

// s = R t of one module, t being columns of the product behind the weight's own.
__device__ inline void core_times(const Adapter& a, int policy, int module, const bf16* t, float* s) {
  const float* r = a.cores + (((long)policy * a.layers + a.layer) * MODULES + module) * CORE;
#pragma unroll
  for (int i = 0; i < RANK; i++) {
    float sum = 0.f;
#pragma unroll
    for (int k = 0; k < RANK; k++) sum += rounded(r[i * RANK + k]) * wide(t[k]);
    s[i] = rounded(sum);
  }
}

__device__ inline float update(const bf16* b, int out, const float* s) {
  float sum = 0.f;
#pragma unroll
  for (int k = 0; k < RANK; k++) sum += wide(b[out * RANK + k]) * s[k];
  return sum;
}

// The mean square of x decides; h = x / rms * weight.
__device__ inline void normalize(const bf16* x, const bf16* weight, bf16* h, float squares, float* scratch) {
  float mean = block_sum(squares, scratch) / HIDDEN;
  float scale = rsqrtf(mean + EPS);
  for (int i = threadIdx.x * 2; i < HIDDEN; i += blockDim.x * 2) {
    unsigned pair = *(const unsigned*)(x + i);
    unsigned w = *(const unsigned*)(weight + i);
    *(unsigned*)(h + i) = pack(low(pair) * scale * low(w), high(pair) * scale * high(w));
  }
}

// x = embedding of the token; h = its first norm. One block a row.
extern "C" __global__ void embed(Rows rows, const bf16* embedding, const bf16* weight, bf16* x, bf16* h) {
  __shared__ float scratch[32];
  int row = blockIdx.x;
  if (rows.position[row] < 0) return;
  const bf16* e = embedding + (long)rows.token[row] * HIDDEN;
  bf16* mine = x + (long)row * HIDDEN;
  float squares = 0.f;
  for (int i = threadIdx.x * 2; i < HIDDEN; i += blockDim.x * 2) {
    unsigned pair = *(const unsigned*)(e + i);
    *(unsigned*)(mine + i) = pair;
    squares += low(pair) * low(pair) + high(pair) * high(pair);
  }
  normalize(mine, weight, h + (long)row * HIDDEN, squares, scratch);
}

// x += y + bias + adapter; h = norm of x. y [rows, HIDDEN + EXTRA]. One block a row.
extern "C" __global__ void add_norm(Rows rows, Adapter adapter, int module, const bf16* y, const bf16* bias,
                                    const bf16* weight, bf16* x, bf16* h) {
  __shared__ float scratch[32];
  int row = blockIdx.x;
  if (rows.position[row] < 0) return;
  const bf16* mine = y + (long)row * (HIDDEN + EXTRA);
  bf16* stream = x + (long)row * HIDDEN;
  int policy = rows.policy[row];
  float s[RANK];
  if (policy >= 0) core_times(adapter, policy, module, mine + HIDDEN, s);
  float squares = 0.f;
  for (int i = threadIdx.x * 2; i < HIDDEN; i += blockDim.x * 2) {
    unsigned pair = *(const unsigned*)(mine + i);
    float a = low(pair), b = high(pair);
    if (bias != 0) a = rounded(a + wide(bias[i])), b = rounded(b + wide(bias[i + 1]));
    if (policy >= 0) {
      a = rounded(a + rounded(update(adapter.b, i, s)));
      b = rounded(b + rounded(update(adapter.b, i + 1, s)));
    }
    unsigned before = *(const unsigned*)(stream + i);
    unsigned after = pack(low(before) + a, high(before) + b);
    *(unsigned*)(stream + i) = after;
    squares += low(after) * low(after) + high(after) * high(after);
  }
  normalize(stream, weight, h + (long)row * HIDDEN, squares, scratch);
}

// m = silu(gate) * up with biases and adapter. y [rows, 2 INTERMEDIATE + EXTRA]. Two columns a thread.
extern "C" __global__ void gate_up(Rows rows, Adapter adapter, const bf16* y, const bf16* bias, bf16* m) {
  int row = blockIdx.y;
  int i = (blockIdx.x * blockDim.x + threadIdx.x) * 2;
  if (rows.position[row] < 0 || i >= INTERMEDIATE) return;
  const bf16* mine = y + (long)row * (2 * INTERMEDIATE + EXTRA);
  unsigned gates = *(const unsigned*)(mine + i);
  unsigned ups = *(const unsigned*)(mine + INTERMEDIATE + i);
  float g0 = low(gates), g1 = high(gates), u0 = low(ups), u1 = high(ups);
  if (bias != 0) {
    g0 = rounded(g0 + wide(bias[i])), g1 = rounded(g1 + wide(bias[i + 1]));
    u0 = rounded(u0 + wide(bias[INTERMEDIATE + i])), u1 = rounded(u1 + wide(bias[INTERMEDIATE + i + 1]));
  }
  int policy = rows.policy[row];
  if (policy >= 0) {
    float s[RANK];
    core_times(adapter, policy, 4, mine + 2 * INTERMEDIATE, s);
    g0 = rounded(g0 + rounded(update(adapter.b, i, s)));
    g1 = rounded(g1 + rounded(update(adapter.b, i + 1, s)));
    core_times(adapter, policy, 5, mine + 2 * INTERMEDIATE + RANK, s);
    u0 = rounded(u0 + rounded(update(adapter.b, INTERMEDIATE + i, s)));
    u1 = rounded(u1 + rounded(update(adapter.b, INTERMEDIATE + i + 1, s)));
  }
  g0 = rounded(g0 / (1.f + __expf(-g0)));
  g1 = rounded(g1 / (1.f + __expf(-g1)));
  *(unsigned*)(m + (long)row * INTERMEDIATE + i) = pack(g0 * u0, g1 * u1);
}

__device__ inline void mma(float* c, const unsigned* a, unsigned b0, unsigned b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// A column of the product with bias and adapter: module 0 is q, 1 is k, 2 is v; column counts over all three.
__device__ inline float projected(const bf16* y, const bf16* bias, const Adapter& adapter, int policy, int column,
                                  const float* s) {
  float v = wide(y[column]);
  if (bias != 0) v = rounded(v + wide(bias[column]));
  if (policy >= 0) v = rounded(v + rounded(update(adapter.b, column, s)));
  return v;
}

#define WARPS 4
#define STEPS (WIDTH / 16)  // products along a head
#define TILES (WIDTH / 8)   // tiles of the output

// Attention of one row's token over the row's cache, the token's own key and value written first. y [rows, QKV + EXTRA];
// keys and values [rows, KV_HEADS, capacity, WIDTH] of a layer, found in a table so that the cache may move. One block a
// row and key-value head. The heads of a group are the rows of the products, as in FlashAttention-2; the order of a head's
// numbers is permuted so that each thread reads 16 bytes at a time.
extern "C" __global__ void attend(Rows rows, Adapter adapter, const bf16* y, const bf16* bias, const bf16* q_norm,
                                  const bf16* k_norm, const float* frequencies, const u64* table, bf16* o) {
  __shared__ __align__(16) float q[8][WIDTH];
  __shared__ float k[WIDTH], turn[WIDTH];
  __shared__ float best[WARPS][8], total[WARPS][8];
  __shared__ float part[WARPS][8][WIDTH];
  int head = blockIdx.x, row = blockIdx.y;
  int position = rows.position[row];
  if (position < 0) return;
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int policy = rows.policy[row];
  long capacity = (long)table[0];
  bf16* keys = (bf16*)table[1 + 2 * adapter.layer] + ((long)row * KV_HEADS + head) * capacity * WIDTH;
  bf16* values = (bf16*)table[2 + 2 * adapter.layer] + ((long)row * KV_HEADS + head) * capacity * WIDTH;
  const bf16* mine = y + (long)row * (QKV + EXTRA);

  for (int i = threadIdx.x; i < WIDTH / 2; i += blockDim.x) {
    float s, c;
    sincosf((float)position * frequencies[i], &s, &c);
    turn[i] = rounded(c);
    turn[WIDTH / 2 + i] = rounded(s);
  }
  float sq[RANK], sk[RANK], sv[RANK];
  if (policy >= 0) {
    core_times(adapter, policy, 0, mine + QKV, sq);
    core_times(adapter, policy, 1, mine + QKV + RANK, sk);
    core_times(adapter, policy, 2, mine + QKV + 2 * RANK, sv);
  }
  for (int i = threadIdx.x; i < 8 * WIDTH; i += blockDim.x) {
    int h = i / WIDTH, d = i % WIDTH;
    q[h][d] = h < GROUP ? projected(mine, bias, adapter, policy, (head * GROUP + h) * WIDTH + d, sq) : 0.f;
  }
  for (int d = threadIdx.x; d < WIDTH; d += blockDim.x) {
    k[d] = projected(mine, bias, adapter, policy, (HEADS + head) * WIDTH + d, sk);
    values[(long)position * WIDTH + d] =
        narrow(projected(mine, bias, adapter, policy, (HEADS + KV_HEADS + head) * WIDTH + d, sv));
  }
  __syncthreads();
  if (QK_NORM) {
    for (int h = warp; h <= GROUP; h += WARPS) {
      float* x = h < GROUP ? q[h] : k;
      const bf16* w = h < GROUP ? q_norm : k_norm;
      float squares = 0.f;
      for (int d = lane; d < WIDTH; d += 32) squares += x[d] * x[d];
      float scale = rsqrtf(warp_sum(squares) / WIDTH + EPS);
      for (int d = lane; d < WIDTH; d += 32) x[d] = rounded(x[d] * scale * wide(w[d]));
    }
    __syncthreads();
  }
  for (int i = threadIdx.x; i < (GROUP + 1) * WIDTH / 2; i += blockDim.x) {
    int h = i / (WIDTH / 2), d = i % (WIDTH / 2);
    float* x = h < GROUP ? q[h] : k;
    float c = turn[d], s = turn[WIDTH / 2 + d], a = x[d], b = x[WIDTH / 2 + d];
    x[d] = rounded(rounded(a * c) + rounded(-b * s));
    x[WIDTH / 2 + d] = rounded(rounded(b * c) + rounded(a * s));
  }
  __syncthreads();
  for (int d = threadIdx.x; d < WIDTH; d += blockDim.x) keys[(long)position * WIDTH + d] = narrow(k[d]);
  __syncthreads();

  // Of a head's numbers this thread's quad member takes a stretch of WIDTH / 4: step by step four of them.
  int quad = lane % 4, group = lane / 4;
  unsigned a[STEPS][4];
#pragma unroll
  for (int step = 0; step < STEPS; step++) {
    int d = quad * (WIDTH / 4) + step * 4;
    a[step][0] = pack(q[group][d], q[group][d + 1]);
    a[step][1] = 0;
    a[step][2] = pack(q[group][d + 2], q[group][d + 3]);
    a[step][3] = 0;
  }
  const float scale = rsqrtf((float)WIDTH) * 1.44269504f;
  float out[TILES][4];
#pragma unroll
  for (int t = 0; t < TILES; t++) out[t][0] = out[t][1] = out[t][2] = out[t][3] = 0.f;
  float most = MINUS_INFINITY, sum = 0.f;
  int length = position + 1;
  for (int first = warp * 16; first < length; first += WARPS * 16) {
    float c[2][4] = {{0.f, 0.f, 0.f, 0.f}, {0.f, 0.f, 0.f, 0.f}};
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const uint4* source = (const uint4*)(keys + (long)(first + half * 8 + group) * WIDTH + quad * (WIDTH / 4));
#pragma unroll
      for (int j = 0; j < WIDTH / 32; j++) {
        uint4 eight = source[j];
        mma(c[half], a[2 * j], eight.x, eight.y);
        mma(c[half], a[2 * j + 1], eight.z, eight.w);
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
    // Of a token's value this thread's group takes a stretch of TILES numbers, one a tile.
    const bf16* source = values + (long)(first + quad * 2) * WIDTH + group * TILES;
#pragma unroll
    for (int j = 0; j < TILES / 8; j++) {
      uint4 v0 = *(const uint4*)(source + j * 8);
      uint4 v1 = *(const uint4*)(source + WIDTH + j * 8);
      uint4 v2 = *(const uint4*)(source + 8 * WIDTH + j * 8);
      uint4 v3 = *(const uint4*)(source + 9 * WIDTH + j * 8);
      const unsigned* x0 = &v0.x;
      const unsigned* x1 = &v1.x;
      const unsigned* x2 = &v2.x;
      const unsigned* x3 = &v3.x;
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
    part[warp][group][(quad * 2) * TILES + t] = out[t][0];
    part[warp][group][(quad * 2 + 1) * TILES + t] = out[t][1];
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
      value += factor * part[w][h][d];
    }
    o[(long)row * (HEADS * WIDTH) + (head * GROUP + h) * WIDTH + d] = narrow(value / mass);
  }
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
#define DRAW_TILE (DRAW_THREADS * 8)
#define DRAW_TILES ((VOCABULARY + DRAW_TILE - 1) / DRAW_TILE)
#define LOGITS ((VOCABULARY + 7) / 8 * 8)

__device__ inline void eight_logits(const bf16* logits, int first, float* l) {
  uint4 raw = *(const uint4*)(logits + first);
  const unsigned* pairs = &raw.x;
#pragma unroll
  for (int i = 0; i < 4; i++) l[2 * i] = low(pairs[i]), l[2 * i + 1] = high(pairs[i]);
#pragma unroll
  for (int i = 0; i < 8; i++) if (first + i >= VOCABULARY) l[i] = MINUS_INFINITY;
}

// Draws a token for each row from softmax(logits / temperature): one uniform number against the cumulative sum, in the
// order of the vocabulary. results [3, rows]: token, log-prob under that distribution, log-prob at temperature 1.
extern "C" __global__ void draw(Rows rows, const bf16* logits, int count, float* results) {
  __shared__ float tile_best[DRAW_TILES], tile_mass[DRAW_TILES];
  __shared__ float scratch[32], raw_scratch[32];
  __shared__ int index_scratch[32];
  __shared__ float found[4];
  int row = blockIdx.x;
  if (rows.position[row] < 0) return;
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warps = DRAW_THREADS / 32;
  const bf16* mine = logits + (long)row * LOGITS;
  float temperature = rows.temperature[row];
  bool greedy = temperature == 0.f;
  float inverse = greedy ? 1.f : 1.f / temperature;
  float peak = MINUS_INFINITY;
  int place = 0;
  float raw = 0.f;
#pragma unroll 1
  for (int tile = 0; tile < DRAW_TILES; tile++) {
    int first = tile * DRAW_TILE + threadIdx.x * 8;
    float here = MINUS_INFINITY, mass = 0.f;
    if (first < VOCABULARY) {
      float l[8];
      eight_logits(mine, first, l);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        if (l[i] > peak) {
          raw *= __expf(peak - l[i]);
          peak = l[i], place = first + i;
        }
        here = fmaxf(here, l[i]);
      }
#pragma unroll
      for (int i = 0; i < 8; i++) mass += __expf((l[i] - here) * inverse), raw += __expf(l[i] - peak);
    }
    // Peak and mass of the tile in this warp, then in shared memory by warp: summed when all tiles are read.
    float warp_peak = warp_max(here);
    float warp_mass = warp_sum(mass == 0.f ? 0.f : mass * __expf((here - warp_peak) * inverse));
    __syncthreads();
    if (lane == 0) scratch[warp] = warp_peak, raw_scratch[warp] = warp_mass;
    __syncthreads();
    if (warp == 0) {
      float p = lane < warps ? scratch[lane] : MINUS_INFINITY;
      float all = warp_max(p);
      float m = warp_sum(lane < warps && p > MINUS_INFINITY ? raw_scratch[lane] * __expf((p - all) * inverse) : 0.f);
      if (lane == 0) tile_best[tile] = all, tile_mass[tile] = m;
    }
  }
  // The largest logit, the first of equal ones.
  float best = peak;
  int at = place;
  for (int d = 16; d > 0; d >>= 1) {
    float other = __shfl_xor_sync(0xffffffffu, best, d);
    int its = __shfl_xor_sync(0xffffffffu, at, d);
    if (other > best || (other == best && its < at)) best = other, at = its;
  }
  __syncthreads();
  if (lane == 0) scratch[warp] = best, index_scratch[warp] = at;
  __syncthreads();
  best = lane < warps ? scratch[lane] : MINUS_INFINITY;
  at = lane < warps ? index_scratch[lane] : 0x7fffffff;
  for (int d = 16; d > 0; d >>= 1) {
    float other = __shfl_xor_sync(0xffffffffu, best, d);
    int its = __shfl_xor_sync(0xffffffffu, at, d);
    if (other > best || (other == best && its < at)) best = other, at = its;
  }
  float raw_mass = block_sum(raw == 0.f ? 0.f : raw * __expf(peak - best), raw_scratch);

  // The tile in which the cumulative sum passes the target.
  float total = 0.f;
  for (int tile = 0; tile < DRAW_TILES; tile++) total += tile_mass[tile] * __expf((tile_best[tile] - best) * inverse);
  float target = uniform(rows.seed[row], rows.stream[row], (u64)rows.drawn[row]) * total;
  float before = 0.f;
  int chosen = DRAW_TILES - 1;
  for (int tile = 0; tile < DRAW_TILES; tile++) {
    float mass = tile_mass[tile] * __expf((tile_best[tile] - best) * inverse);
    if (before + mass > target || tile == DRAW_TILES - 1) {
      chosen = tile;
      break;
    }
    before += mass;
  }
  // Within the tile: sums of threads before this one, then its own eight.
  int first = chosen * DRAW_TILE + threadIdx.x * 8;
  float p[8];
  float own = 0.f;
#pragma unroll
  for (int i = 0; i < 8; i++) p[i] = 0.f;
  if (first < VOCABULARY) {
    float l[8];
    eight_logits(mine, first, l);
#pragma unroll
    for (int i = 0; i < 8; i++) p[i] = __expf((l[i] - best) * inverse), own += p[i];
  }
  float until = own;
  for (int d = 1; d < 32; d <<= 1) {
    float other = __shfl_up_sync(0xffffffffu, until, d);
    if (lane >= d) until += other;
  }
  __syncthreads();
  if (lane == 31) scratch[warp] = until;
  if (threadIdx.x == 0) index_scratch[0] = -1;
  __syncthreads();
  for (int w = 0; w < warp; w++) before += scratch[w];
  float begin = before + until - own;
  if (target >= begin && target < before + until && own > 0.f) {
    float reached = begin;
    int token = -1;
#pragma unroll
    for (int i = 0; i < 8; i++) {
      reached += p[i];
      if (token < 0 && reached > target && p[i] > 0.f) token = first + i;
    }
    if (token < 0) token = first + 7 < VOCABULARY ? first + 7 : VOCABULARY - 1;
    atomicMax(&index_scratch[0], token);
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  // Where rounding left no thread responsible, the likeliest token stands in.
  int token = greedy || index_scratch[0] < 0 ? at : index_scratch[0];
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
