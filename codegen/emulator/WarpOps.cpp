//===- WarpOps.cpp - Operations of a whole warp, and what kernels call ----===//
//
// Fragments as the PTX ISA describes them for ldmatrix and mma.m16n8k16 with
// bf16 operands and f32 accumulators: with g = lane/4 and t = lane%4, register
// r of a holds row g + 8*(r%2), columns 2t + 8*(r/2) and the next; of b, depth
// 2t + 8r and the next of column g; of c, row g + 8*(r/2), column 2t + r%2.
//
//===----------------------------------------------------------------------===//

#include "codegen/emulator/Block.h"
#include "codegen/gpu/LaneMoves.h"
#include "dialects/intrinsic/MatrixIntrinsic.h"

#include <bit>
#include <cstring>

namespace g4 {

static float half(const std::array<uint32_t, 4> &registers, int index,
                  int which) {
  uint32_t word = registers[index];
  return std::bit_cast<float>(which ? word & 0xffff0000u : word << 16);
}

static void shuffle(WarpLanes lanes) {
  for (size_t i = 0; i < lanes.size(); ++i)
    lanes[i]->result[0] = lanes[i ^ lanes[i]->number]->a[0];
}

static std::string moveByDpp(WarpLanes lanes) {
  for (size_t i = 0; i < lanes.size(); ++i) {
    int64_t source = dppSource(static_cast<int64_t>(i), lanes[i]->number);
    if (source < 0)
      return "a DPP control that the emulator does not know";
    lanes[i]->result[0] = lanes[source]->a[0];
  }
  return {};
}

// Lane 8m + r names row r of matrix m; lane l receives of each matrix row l/4,
// columns 2*(l%4) and the next; transposed, column l/4 and those as rows.
static void loadMatrices(WarpLanes lanes, SharedMemory &memory,
                         int firstThread) {
  uint32_t count = lanes[0]->number;
  for (uint32_t row = 0; row < 8 * count; ++row)
    memory.read(firstThread + static_cast<int>(row),
                reinterpret_cast<void *>(lanes[row]->pointer), 16, 16);
  for (size_t l = 0; l < lanes.size(); ++l)
    for (uint32_t m = 0; m < count; ++m) {
      auto row = [&](size_t r) {
        return reinterpret_cast<const std::byte *>(lanes[8 * m + r]->pointer);
      };
      auto *result = reinterpret_cast<std::byte *>(&lanes[l]->result[m]);
      if (!lanes[0]->transposed) {
        std::memcpy(result, row(l / 4) + 4 * (l % 4), 4);
        continue;
      }
      for (size_t i = 0; i < 2; ++i)
        std::memcpy(result + 2 * i, row(2 * (l % 4) + i) + 2 * (l / 4), 2);
    }
}

static void multiply(WarpLanes lanes) {
  float a[16][16], b[16][8];
  for (int l = 0; l < 32; ++l)
    for (int which = 0; which < 2; ++which) {
      int g = l / 4, t = l % 4;
      for (int r = 0; r < 4; ++r)
        a[g + 8 * (r % 2)][2 * t + which + 8 * (r / 2)] =
            half(lanes[l]->a, r, which);
      for (int r = 0; r < 2; ++r)
        b[2 * t + which + 8 * r][g] = half(lanes[l]->b, r, which);
    }
  float d[16][8] = {};
  for (int row = 0; row < 16; ++row)
    for (int k = 0; k < 16; ++k)
      for (int col = 0; col < 8; ++col)
        d[row][col] += a[row][k] * b[k][col];
  for (int l = 0; l < 32; ++l)
    for (int r = 0; r < 4; ++r) {
      float sum = d[l / 4 + 8 * (r / 2)][2 * (l % 4) + r % 2];
      lanes[l]->result[r] = std::bit_cast<uint32_t>(lanes[l]->c[r] + sum);
    }
}

static float widened(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

namespace {
/// An operand of the lanes of a warp as a matrix of bf16.
struct Operand {
  int64_t cols;
  std::vector<int32_t> bits; // of each place; -1: no lane has it

  float at(int64_t row, int64_t col) const {
    return widened(static_cast<uint16_t>(bits[row * cols + col]));
  }
};
} // namespace

/// Fills `operand`. False if two lanes disagree about a place that both have.
static bool collect(WarpLanes lanes, const FragmentLayout &layout,
                    const uint16_t *LaneDataMatrix::*of, Operand &operand) {
  for (size_t l = 0; l < lanes.size(); ++l)
    for (int64_t e = 0; e < layout.numElements(); ++e) {
      MatrixPlace place = layout.at(e, static_cast<int64_t>(l));
      int32_t &bits = operand.bits[place.row * operand.cols + place.col];
      uint16_t number = (lanes[l]->matrix.*of)[e];
      if (bits >= 0 && bits != number)
        return false;
      bits = number;
    }
  return true;
}

/// d = a * b + c as the intrinsic's table says where each number is. Empty, or
/// what is wrong.
static std::string executeMatrix(WarpLanes lanes) {
  const MatrixIntrinsic &m = matrixIntrinsics()[lanes[0]->number];
  for (const LaneData *lane : lanes)
    if (lane->number != lanes[0]->number)
      return "the lanes of a warp meet in different operations";
  if (static_cast<int64_t>(lanes.size()) != m.numLanes())
    return std::string(m.name) + " needs warps of " +
           std::to_string(m.numLanes()) + " lanes";
  Operand a{m.depth, std::vector<int32_t>(m.rows * m.depth, -1)};
  Operand b{m.cols, std::vector<int32_t>(m.depth * m.cols, -1)};
  if (!collect(lanes, m.a, &LaneDataMatrix::a, a) ||
      !collect(lanes, m.b, &LaneDataMatrix::b, b))
    return std::string(m.name) +
           ": lanes hold different numbers for one place of an operand";
  for (size_t l = 0; l < lanes.size(); ++l)
    for (int64_t e = 0; e < m.c.numElements(); ++e) {
      MatrixPlace place = m.c.at(e, static_cast<int64_t>(l));
      float sum = 0;
      for (int64_t k = 0; k < m.depth; ++k)
        sum += a.at(place.row, k) * b.at(k, place.col);
      lanes[l]->matrix.d[e] = lanes[l]->matrix.c[e] + sum;
    }
  return {};
}

std::string executeWarpOp(WarpLanes lanes, SharedMemory &memory,
                          int firstThread) {
  for (const LaneData *lane : lanes)
    if (lane->op != lanes[0]->op)
      return "the lanes of a warp meet in different operations";
  switch (lanes[0]->op) {
  case WarpOp::Shuffle:
    shuffle(lanes);
    return {};
  case WarpOp::Dpp:
    return moveByDpp(lanes);
  case WarpOp::Matrix:
    return executeMatrix(lanes);
  case WarpOp::LdMatrix:
  case WarpOp::Mma:
    if (lanes.size() != 32)
      return "matrix operations need warps of 32 lanes";
    break;
  }
  if (lanes[0]->op == WarpOp::LdMatrix)
    loadMatrices(lanes, memory, firstThread);
  else
    multiply(lanes);
  return {};
}

//===----------------------------------------------------------------------===//
// What host functions of kernels call
//===----------------------------------------------------------------------===//

using Words = uint32_t __attribute__((vector_size(16)));
using Floats = float __attribute__((vector_size(16)));

extern "C" {

void g4emu_barrier() { Block::current()->barrier(); }

uint32_t g4emu_shuffle_xor(uint32_t value, uint32_t mask) {
  LaneData lane{.op = WarpOp::Shuffle, .a = {value}, .number = mask};
  return Block::current()->meetWarp(lane).result[0];
}

uint32_t g4emu_dpp(uint32_t value, uint32_t control) {
  LaneData lane{.op = WarpOp::Dpp, .a = {value}, .number = control};
  return Block::current()->meetWarp(lane).result[0];
}

Words g4emu_ldmatrix(void *pointer, uint32_t count, uint32_t transposed) {
  LaneData lane{.op = WarpOp::LdMatrix,
                .pointer = reinterpret_cast<uint64_t>(pointer),
                .number = count,
                .transposed = transposed != 0};
  return std::bit_cast<Words>(Block::current()->meetWarp(lane).result);
}

Floats g4emu_mma(Words a, Words b, Floats c) {
  LaneData lane{.op = WarpOp::Mma,
                .a = std::bit_cast<std::array<uint32_t, 4>>(a),
                .b = std::bit_cast<std::array<uint32_t, 4>>(b),
                .c = std::bit_cast<std::array<float, 4>>(c)};
  return std::bit_cast<Floats>(Block::current()->meetWarp(lane).result);
}

void g4emu_matrix(uint32_t number, const uint16_t *a, const uint16_t *b,
                  const float *c, float *d) {
  Block::current()->meetWarp(
      {.op = WarpOp::Matrix, .number = number, .matrix = {a, b, c, d}});
}

void g4emu_copy_async(void *to, const void *from, uint32_t bytes) {
  Block::current()->copyAsync(to, from, bytes);
}
void g4emu_commit_async() { Block::current()->commitAsync(); }
void g4emu_wait_async(uint32_t pending) {
  Block::current()->waitAsync(pending);
}

void g4emu_watch_order() { Block::current()->watchOrder(); }
uint32_t g4emu_increment(uint32_t *counter, uint32_t ordered) {
  return Block::current()->increment(counter, ordered != 0);
}

/// kind: 1 write, 2 shared.
void g4emu_access(void *pointer, uint32_t bytes, uint32_t alignment,
                  uint32_t kind) {
  Block::current()->access(pointer, bytes, alignment, kind & 1, kind & 2);
}

/// The elements whose bit of `mask` is set, run by run.
void g4emu_masked_access(void *pointer, uint32_t elementBytes, uint64_t mask,
                         uint32_t kind) {
  auto *at = static_cast<std::byte *>(pointer);
  while (mask) {
    int skipped = std::countr_zero(mask);
    int run = std::countr_one(mask >> skipped);
    at += skipped * elementBytes;
    g4emu_access(at, run * elementBytes, elementBytes, kind);
    if (skipped + run == 64)
      return;
    at += run * elementBytes;
    mask >>= skipped + run;
  }
}

/// What LLVM calls to round to bf16 where the CPU has no instruction: to
/// nearest, ties to even. Otherwise of compiler-rt, which not all programs
/// have.
__bf16 __truncsfbf2(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  bool isNaN = (bits & 0x7fffffff) > 0x7f800000;
  uint32_t rounded = isNaN ? bits | 0x400000 : bits + 0x7fff + (bits >> 16 & 1);
  return std::bit_cast<__bf16>(static_cast<uint16_t>(rounded >> 16));
}

} // extern "C"

std::span<const EmulatorSymbol> emulatorSymbols() {
#define G4_EMULATOR_SYMBOL(name)                                               \
  {                                                                            \
    #name, reinterpret_cast<void *>(&name)                                     \
  }
  static const EmulatorSymbol symbols[] = {
      G4_EMULATOR_SYMBOL(__truncsfbf2),
      G4_EMULATOR_SYMBOL(g4emu_access),
      G4_EMULATOR_SYMBOL(g4emu_barrier),
      G4_EMULATOR_SYMBOL(g4emu_commit_async),
      G4_EMULATOR_SYMBOL(g4emu_copy_async),
      G4_EMULATOR_SYMBOL(g4emu_dpp),
      G4_EMULATOR_SYMBOL(g4emu_increment),
      G4_EMULATOR_SYMBOL(g4emu_ldmatrix),
      G4_EMULATOR_SYMBOL(g4emu_masked_access),
      G4_EMULATOR_SYMBOL(g4emu_matrix),
      G4_EMULATOR_SYMBOL(g4emu_mma),
      G4_EMULATOR_SYMBOL(g4emu_shuffle_xor),
      G4_EMULATOR_SYMBOL(g4emu_wait_async),
      G4_EMULATOR_SYMBOL(g4emu_watch_order),
  };
#undef G4_EMULATOR_SYMBOL
  return symbols;
}

} // namespace g4
