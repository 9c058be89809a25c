//===- Reference.cu - Plain twins of the hot kernels ----------------------===//
//
// A second opinion on a real GPU: what the compiled kernels compute, written as
// CUDA C++ without one trick. A thread makes one number; sums are f32, in
// rising order. Nothing is rounded on the way, so a twin of a bf16 kernel
// differs from it by the rounding of its operands.
//
// All parameters have 8 bytes: addresses, `Int`, `Real`. Sizes are parameters,
// so one file of code serves every artifact. The grid has one dimension; the
// threads beyond the last number do nothing.
//
// NVRTC compiles this (ReferenceKernels.cpp), and as host C++ a test does
// (HostShim.h): what is wrong here is found without a GPU.
//
//===----------------------------------------------------------------------===//

typedef long long Int;
typedef double Real;
typedef unsigned short Half;  // bits of a bf16
typedef unsigned char Byte;

#ifndef KERNEL // HostShim.h has its own
#define KERNEL extern "C" __global__ void
#endif

__device__ static Int thisThread() {
  return (Int)blockIdx.x * blockDim.x + threadIdx.x;
}

__device__ static float fromBits(unsigned bits) {
  union {
    unsigned bits;
    float number;
  } both;
  both.bits = bits;
  return both.number;
}

__device__ static float bf16(Half bits) {
  return fromBits((unsigned)bits << 16);
}

/// Element `at` of an array of f32, or of bf16.
__device__ static float element(const void *array, Int isBf16, Int at) {
  return isBf16 ? bf16(((const Half *)array)[at]) : ((const float *)array)[at];
}

//===----------------------------------------------------------------------===//
// Packed weights: docs/artifact.md
//===----------------------------------------------------------------------===//

/// dtype: 0 f32, 1 bf16, 3 i4. Of a packing that is no int4: rows of a panel,
/// 0 for rows one after the other; columns together; mma 16 or 0. Of int4 `mma`
/// chooses the order.
struct Packing {
  Int dtype, panel, interleave, mma;
};

__device__ static Int roundUp(Int value, Int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

__device__ static Int placeInFragment(Int row, Int col) {
  Int lane = row % 8 * 4 + col % 8 / 2;
  Int word = row / 8 + col / 8 * 2;
  return lane * 8 + word * 2 + col % 2;
}

__device__ static Int placeOf(Packing p, Int numCols, Int row, Int col) {
  if (p.panel == 0)
    return row * numCols + col;
  if (p.mma) {
    Int paddedCols = roundUp(numCols, p.mma);
    return row / p.panel * p.panel * paddedCols + col / p.mma * p.panel * p.mma +
           placeInFragment(row % p.panel, col % p.mma);
  }
  Int groups = roundUp(numCols, p.interleave) / p.interleave;
  Int group = row / p.panel * groups + col / p.interleave;
  return (group * p.panel + row % p.panel) * p.interleave +
         col % p.interleave;
}

/// A unit is 16 rows x 64 columns: 512 bytes of nibbles, 64 of bf16 scales.
__device__ static float int4At(const Byte *w, Int isMma, Int numCols, Int row,
                               Int col) {
  const Byte *unit = w + (row / 16 * (roundUp(numCols, 64) / 64) + col / 64) * 576;
  Int n = row % 16, k = col % 64, word, nibble, scale;
  if (isMma) {
    word = (n % 8 * 4 + k % 8 / 2) * 4 + k / 16;
    nibble = n / 8 + k % 16 / 8 * 2 + k % 2 * 4;
    scale = n % 8 * 4 + k / 32 * 2 + n / 8;
  } else {
    word = k / 8 * 16 + n;
    nibble = k % 8 / 2 + k % 2 * 4;
    scale = n * 2 + k / 32;
  }
  int q = (unit[word * 4 + nibble / 2] >> (nibble % 2 * 4)) & 15;
  return (float)(q - 8) * bf16(((const Half *)(unit + 512))[scale]);
}

__device__ static float weightAt(const Byte *w, Packing p, Int numCols, Int row,
                                 Int col) {
  if (p.dtype == 3)
    return int4At(w, p.mma, numCols, row, col);
  return element(w, p.dtype == 1, placeOf(p, numCols, row, col));
}

/// 1 / rms of `count` numbers.
__device__ static float inverseRms(const float *x, Int count, Real epsilon) {
  float sum = 0;
  for (Int k = 0; k < count; ++k)
    sum += x[k] * x[k];
  return 1.0f / sqrtf(sum / (float)count + (float)epsilon);
}

//===----------------------------------------------------------------------===//
// Linears
//===----------------------------------------------------------------------===//

__device__ static float gelu(float x) {
  float inner = 0.7978845608028654f * (x + 0.044715f * x * x * x);
  return 0.5f * x * (1.0f + tanhf(inner));
}

/// y[r, n] = epilogue(sum over k of norm(x[xRows[r]])[k] * w[experts[r]][n][k]).
///
/// `epilogue`: 0 none; 1 gelu_gated, the up projection upShift rows behind n; 2
/// gelu_times up[r * upCols + upShift + n]; 3 softcap. `norm`, `experts` may be
/// null; w has expertBytes an expert. One thread a number of y [numRows, N].
KERNEL reference_linear(const float *x, const Byte *w, float *y,
                        const float *norm, const float *up, const int *xRows,
                        const int *experts, Int numRows, Int N, Int K,
                        Int dtype, Int panel, Int interleave, Int mma,
                        Int expertBytes, Int epilogue, Int upCols, Int upShift,
                        Real epsilon, Real cap) {
  Int at = thisThread();
  if (at >= numRows * N)
    return;
  Int r = at / N, n = at % N;
  Packing p = {dtype, panel, interleave, mma};
  const float *row = x + xRows[r] * K;
  if (experts)
    w += experts[r] * expertBytes;
  float factor = norm ? inverseRms(row, K, epsilon) : 1.0f;
  float z = 0, second = 0;
  for (Int k = 0; k < K; ++k) {
    float value = norm ? row[k] * factor * norm[k] : row[k];
    z += value * weightAt(w, p, K, n, k);
    if (epilogue == 1)
      second += value * weightAt(w, p, K, n + upShift, k);
  }
  if (epilogue == 1)
    z = gelu(z) * second;
  if (epilogue == 2)
    z = gelu(z) * up[r * upCols + upShift + n];
  if (epilogue == 3)
    z = (float)cap * tanhf(z / (float)cap);
  y[at] = z;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Where a position's row of one KV head begins in pages of values, in
/// elements; of keys too where they are rows.
__device__ static Int rowInCache(const int *table, Int width, Int slot,
                                 Int position, Int P, Int Hkv, Int head, Int D) {
  Int page = table[slot * width + position / P % width];
  return ((page * Hkv + head) * P + position % P) * D;
}

/// scores[(t * H + h) * positions + i] of query head h of row t and the key at
/// position i, i < positions; minus infinity where the row does not see it.
/// keysAsRows 0: a page of keys is [D, P]. With rotatedPairs r > 0 keys have only
/// columns i and D/2 + i, i < r, 2r in all; the others are those of values.
KERNEL reference_scores(const float *q, const void *keys, const void *values,
                        const int *table, Int width, const int *rowPositions,
                        const int *slots, const int *ends, float *scores, Int T,
                        Int H, Int Hkv, Int D, Int P, Int window, Int positions,
                        Int isBf16, Int keysAsRows, Int rotatedPairs,
                        Real scale) {
  Int at = thisThread();
  if (at >= T * H * positions)
    return;
  Int i = at % positions, h = at / positions % H, t = at / positions / H;
  Int begin = window ? rowPositions[t] - (window - 1) : 0;
  scores[at] = fromBits(0xff800000u);
  if (i < begin || i >= ends[t])
    return;
  Int head = h / (H / Hkv);
  Int keyDim = rotatedPairs ? 2 * rotatedPairs : D, half = D / 2;
  Int row = rowInCache(table, width, slots[t], i, P, Hkv, head, keyDim);
  Int page = row - i % P * keyDim;
  Int valueRow = rowInCache(table, width, slots[t], i, P, Hkv, head, D);
  float sum = 0;
  for (Int d = 0; d < D; ++d) {
    Int column = rotatedPairs ? d / half * rotatedPairs + d % half : d;
    bool isValue = rotatedPairs && d % half >= rotatedPairs;
    Int place = keysAsRows ? row + column : page + column * P + i % P;
    float k = isValue ? element(values, isBf16, valueRow + d)
                      : element(keys, isBf16, place);
    sum += q[(t * H + h) * D + d] * (float)scale * k;
  }
  scores[at] = sum;
}

/// y[t, h, d] = sum over i of softmax(scores[t, h])[i] * value[i][d].
KERNEL reference_attention(const float *scores, const void *values,
                           const int *table, Int width, const int *slots,
                           float *y, Int T, Int H, Int Hkv, Int D, Int P,
                           Int positions, Int isBf16) {
  Int at = thisThread();
  if (at >= T * H * D)
    return;
  Int d = at % D, h = at / D % H, t = at / D / H;
  const float *s = scores + (t * H + h) * positions;
  float unseen = fromBits(0xff800000u), most = unseen, sum = 0, out = 0;
  for (Int i = 0; i < positions; ++i)
    most = fmaxf(most, s[i]);
  for (Int i = 0; i < positions; ++i) {
    if (s[i] == unseen)
      continue;
    float weight = expf(s[i] - most);
    Int row = rowInCache(table, width, slots[t], i, P, Hkv, h / (H / Hkv), D);
    sum += weight;
    out += weight * element(values, isBf16, row + d);
  }
  y[at] = out / sum;
}

/// q[t, h, d]: norm of the head, then its halves rotated by cos and sin [T, D/2].
/// Heads begin each of the `cols` wide rows of qkv. With rotatedPairs > 0 the
/// columns of other pairs are multiplied by keyNorm.
KERNEL reference_queries(const float *qkv, const float *cosines,
                         const float *sines, const float *norm,
                         const float *keyNorm, Int rotatedPairs, float *q,
                         Int T, Int H, Int D, Int cols, Real epsilon) {
  Int at = thisThread();
  if (at >= T * H * D)
    return;
  Int d = at % D, h = at / D % H, t = at / D / H, half = D / 2, i = d % half;
  const float *row = qkv + t * cols + h * D;
  float inverse = inverseRms(row, D, epsilon);
  float low = row[i] * inverse * norm[i];
  float high = row[i + half] * inverse * norm[i + half];
  float c = cosines[t * half + i], s = sines[t * half + i];
  float rotated = d < half ? low * c - high * s : high * c + low * s;
  q[at] = rotatedPairs && i >= rotatedPairs ? rotated * keyNorm[d] : rotated;
}

//===----------------------------------------------------------------------===//
// Router
//===----------------------------------------------------------------------===//

/// logits[t, e] of the normalised row, its channels times scale and factor.
KERNEL reference_router_logits(const float *x, const float *scale,
                               const Byte *proj, float *logits, Int T, Int E,
                               Int K, Int dtype, Int panel, Int interleave,
                               Int mma, Real factor, Real epsilon) {
  Int at = thisThread();
  if (at >= T * E)
    return;
  Packing p = {dtype, panel, interleave, mma};
  const float *row = x + at / E * K;
  float inverse = inverseRms(row, K, epsilon), sum = 0;
  for (Int k = 0; k < K; ++k)
    sum += row[k] * inverse * (scale[k] * (float)factor) *
           weightAt(proj, p, K, at % E, k);
  logits[at] = sum;
}

/// The topK largest logits of a row, the lowest index of equals first, and
/// their softmax times the experts' scales. A thread a row; ruins the logits.
KERNEL reference_router(float *logits, const float *perExpertScale,
                        float *weights, int *experts, Int T, Int E, Int topK) {
  Int t = thisThread();
  if (t >= T)
    return;
  float *row = logits + t * E, first = 0, sum = 0;
  for (Int j = 0; j < topK; ++j) {
    Int best = 0;
    for (Int e = 1; e < E; ++e)
      if (row[e] > row[best])
        best = e;
    first = j == 0 ? row[best] : first;
    experts[t * topK + j] = (int)best;
    weights[t * topK + j] = expf(row[best] - first);
    sum += weights[t * topK + j];
    row[best] = fromBits(0xff800000u);
  }
  for (Int j = 0; j < topK; ++j)
    weights[t * topK + j] *= perExpertScale[experts[t * topK + j]] / sum;
}

//===----------------------------------------------------------------------===//
// Ceilings of the card
//===----------------------------------------------------------------------===//

struct alignas(16) Sixteen {
  Int low, high;
};

/// to[i] = from[i] for `count` pieces of 16 bytes, by numThreads threads.
KERNEL ceiling_copy(Sixteen *to, const Sixteen *from, Int count,
                    Int numThreads) {
  for (Int i = thisThread(); i < count; i += numThreads)
    to[i] = from[i];
}

#ifdef __CUDA_ARCH__
/// `rounds` times 8 independent mma.sync m16n8k16 of bf16 a warp, from
/// registers: what the tensor cores do when nothing else bounds them (with
/// mma.sync; Hopper's wgmma is faster).
KERNEL ceiling_mma(float *out, Int rounds) {
  float sums[8][4] = {};
  unsigned a = 0x3c003c00u + threadIdx.x, b = 0x3c003c00u;
  for (Int round = 0; round < rounds; ++round)
#pragma unroll
    for (int i = 0; i < 8; ++i)
      asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                   "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                   : "+f"(sums[i][0]), "+f"(sums[i][1]), "+f"(sums[i][2]),
                     "+f"(sums[i][3])
                   : "r"(a), "r"(a), "r"(a), "r"(a), "r"(b), "r"(b));
  float total = 0;
  for (int i = 0; i < 8; ++i)
    total += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
  out[thisThread()] = total;
}
#endif
