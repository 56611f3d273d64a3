// Attention of a decode step, and rows of the cache.

#define AHEAD_ROWS 16  // most rows whose cache is asked for ahead

__device__ inline void mma(float* c, const unsigned* a, unsigned b0, unsigned b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// The transpose of an 8 x 8 matrix of bf16, of which a lane has two numbers that stand side by side in a row.
__device__ inline unsigned transposed(unsigned x) {
  unsigned r;
  asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(r) : "r"(x));
  return r;
}

// Where number d of a head stands in shared memory, so that the 32 lanes of a warp write to 32 banks.
#define PART(head, d) ((head) * (WIDTH + 1) + ((d) ^ ((d) / 32 % 2)))

// Attention of one row's token over what the row has in the cache, its own key and value included. One block a row and
// key-value head. Tokens, and then numbers of a head, are the rows of the products, the heads of a group their columns. The
// order of a head's numbers is permuted so that each thread reads 16 bytes at a time.
template <int WARPS>
__device__ inline void attend(const Rows& rows, int layer, const bf16* q, const u64* table, bf16* o) {
  __shared__ float best[WARPS][8], total[WARPS][8];
  __shared__ float part[WARPS][8 * (WIDTH + 1)];
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

  int quad = lane % 4, group = lane / 4;
  // Of head group: of each 32 numbers this thread's quad member takes eight.
  uint4 query[WIDTH / 32];
#pragma unroll
  for (int j = 0; j < WIDTH / 32; j++) {
    const bf16* from = q + ((long)row * HEADS + head * GROUP + group) * WIDTH + quad * 8 + j * 32;
    query[j] = group < GROUP ? *(const uint4*)from : make_uint4(0, 0, 0, 0);
  }
  const float scale = rsqrtf((float)WIDTH) * 1.44269504f;
  // Of heads 2 quad and 2 quad + 1.
  float out[WIDTH / 16][4];
#pragma unroll
  for (int t = 0; t < WIDTH / 16; t++) out[t][0] = out[t][1] = out[t][2] = out[t][3] = 0.f;
  float most[2] = {MINUS_INFINITY, MINUS_INFINITY}, sum[2] = {0.f, 0.f};
  int length = position + 1;
  for (int first = warp * 16; first < length; first += WARPS * 16) {
    // All of a tile is asked for before any of it is used.
    uint4 key[2][WIDTH / 32], value[4][WIDTH / 64];
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const uint4* source = (const uint4*)(keys + (long)(first + half * 8 + group) * WIDTH + quad * 8);
#pragma unroll
      for (int j = 0; j < WIDTH / 32; j++) key[half][j] = source[4 * j];
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int token = first + quad * 2 + (i / 2) * 8 + i % 2;
      const uint4* source = (const uint4*)(values + (long)token * WIDTH + group * 8);
#pragma unroll
      for (int j = 0; j < WIDTH / 64; j++) value[i][j] = source[8 * j];
    }
    float score[4] = {0.f, 0.f, 0.f, 0.f};
#pragma unroll
    for (int j = 0; j < WIDTH / 32; j++) {
      const unsigned front[4] = {key[0][j].x, key[1][j].x, key[0][j].y, key[1][j].y};
      const unsigned rear[4] = {key[0][j].z, key[1][j].z, key[0][j].w, key[1][j].w};
      mma(score, front, query[j].x, query[j].y);
      mma(score, rear, query[j].z, query[j].w);
    }
    // Numbers 0 and 1 are of token first + group and two heads, 2 and 3 of the token eight further.
#pragma unroll
    for (int i = 0; i < 4; i++) score[i] = first + group + i / 2 * 8 < length ? score[i] * scale : MINUS_INFINITY;
    float shrink[2];
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float peak = fmaxf(most[h], fmaxf(score[h], score[2 + h]));
#pragma unroll
      for (int d = 4; d < 32; d *= 2) peak = fmaxf(peak, __shfl_xor_sync(0xffffffffu, peak, d));
      shrink[h] = exp2f(most[h] - peak);
      most[h] = peak;
      score[h] = exp2f(score[h] - peak), score[2 + h] = exp2f(score[2 + h] - peak);
      sum[h] = sum[h] * shrink[h] + score[h] + score[2 + h];
    }
#pragma unroll
    for (int t = 0; t < WIDTH / 16; t++) {
#pragma unroll
      for (int i = 0; i < 4; i++) out[t][i] *= shrink[i % 2];
    }
    unsigned p0 = transposed(pack(score[0], score[1])), p1 = transposed(pack(score[2], score[3]));
#pragma unroll
    for (int j = 0; j < WIDTH / 64; j++) {
      const unsigned x0[4] = {value[0][j].x, value[0][j].y, value[0][j].z, value[0][j].w};
      const unsigned x1[4] = {value[1][j].x, value[1][j].y, value[1][j].z, value[1][j].w};
      const unsigned x2[4] = {value[2][j].x, value[2][j].y, value[2][j].z, value[2][j].w};
      const unsigned x3[4] = {value[3][j].x, value[3][j].y, value[3][j].z, value[3][j].w};
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const unsigned pairs[4] = {__byte_perm(x0[i], x1[i], 0x5410), __byte_perm(x0[i], x1[i], 0x7632),
                                   __byte_perm(x2[i], x3[i], 0x5410), __byte_perm(x2[i], x3[i], 0x7632)};
        mma(out[j * 4 + i], pairs, p0, p1);
      }
    }
  }
#pragma unroll
  for (int h = 0; h < 2; h++) {
#pragma unroll
    for (int d = 4; d < 32; d *= 2) sum[h] += __shfl_xor_sync(0xffffffffu, sum[h], d);
    if (group == 0) best[warp][quad * 2 + h] = most[h], total[warp][quad * 2 + h] = sum[h];
  }
#pragma unroll
  for (int t = 0; t < WIDTH / 16; t++) {
    int d = t / 4 * 64 + group * 8 + t % 4 * 2;
#pragma unroll
    for (int i = 0; i < 4; i++) part[warp][PART(quad * 2 + i % 2, d + i / 2)] = out[t][i];
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

// This many blocks find room on a multiprocessor side by side.
#define BESIDE (WIDTH > 64 ? 8 : 12)

extern "C" __global__ void __launch_bounds__(64, BESIDE)
    attend_2(Rows rows, int layer, const bf16* q, const u64* table, bf16* o) {
  attend<2>(rows, layer, q, table, o);
}

// For so few rows that the card has room for longer blocks.
extern "C" __global__ void attend_8(Rows rows, int layer, const bf16* q, const u64* table, bf16* o) {
  attend<8>(rows, layer, q, table, o);
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
