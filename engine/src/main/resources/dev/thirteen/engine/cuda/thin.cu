// Products of few rows.

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
