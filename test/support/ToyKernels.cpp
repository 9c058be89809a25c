//===- ToyKernels.cpp - The code of ToyModel ------------------------------===//
//
// A shared object with the calling convention of CPU kernels; ToyModel.h says
// what the model computes. No library is needed to load it.
//
//===----------------------------------------------------------------------===//

#include <cstdint>

// ToyKernels.cu makes GPU code of the same functions.
#ifndef G4_TOY_DEVICE
#define G4_TOY_DEVICE
#endif

namespace {

constexpr int64_t kPageSize = 4, kVocab = 16;

template <typename T>
G4_TOY_DEVICE T *pointer(uint64_t argument) {
  return reinterpret_cast<T *>(argument);
}

/// Where the cache of a slot holds a position.
G4_TOY_DEVICE int64_t placeOf(const int32_t *table, int64_t width, int64_t slot,
                              int64_t position) {
  int64_t page = position / kPageSize % width;
  return table[slot * width + page] * kPageSize + position % kPageSize;
}

} // namespace

extern "C" {

/// x[t] = table[ids[t]]; args: ids, table, x. Grid: tokens.
G4_TOY_DEVICE void toyEmbed(const uint64_t *args, int64_t t, int64_t, void *) {
  pointer<float>(args[2])[t] =
      pointer<float>(args[1])[pointer<int32_t>(args[0])[t]];
}

/// keys[position of t] = x[t]; args: x, positions, slots, pages, width, keys.
/// Grid: tokens.
G4_TOY_DEVICE void toyStore(const uint64_t *args, int64_t t, int64_t, void *) {
  int64_t at =
      placeOf(pointer<int32_t>(args[3]), static_cast<int64_t>(args[4]),
              pointer<int32_t>(args[2])[t], pointer<int32_t>(args[1])[t]);
  pointer<float>(args[5])[at] = pointer<float>(args[0])[t];
}

/// y[t, column] = the sum of the keys that t sees; args: positions, slots,
/// visible ends, pages, width, keys, y. The grid's y is the column: 0 sees all
/// positions, 1 the last `kWindow`.
G4_TOY_DEVICE static void sum(const uint64_t *args, int64_t t, int64_t column,
                              int64_t window) {
  int64_t end = pointer<int32_t>(args[2])[t];
  float result = 0;
  for (int64_t position = 0; position < end; ++position)
    if (position + window > pointer<int32_t>(args[0])[t])
      result += pointer<float>(args[5])[placeOf(
          pointer<int32_t>(args[3]), static_cast<int64_t>(args[4]),
          pointer<int32_t>(args[1])[t], position)];
  pointer<float>(args[6])[2 * t + column] = result;
}

G4_TOY_DEVICE void toySumAll(const uint64_t *args, int64_t t, int64_t, void *) {
  sum(args, t, 0, int64_t{1} << 40);
}

G4_TOY_DEVICE void toySumWindow(const uint64_t *args, int64_t t, int64_t,
                                void *) {
  sum(args, t, 1, 6);
}

/// For each row of its query tile the tile's length; args: first rows, lengths,
/// out. Grid: query tiles.
G4_TOY_DEVICE void toyTiles(const uint64_t *args, int64_t tile, int64_t,
                            void *) {
  int32_t first = pointer<int32_t>(args[0])[tile];
  int32_t length = pointer<int32_t>(args[1])[tile];
  for (int32_t i = 0; i < length; ++i)
    pointer<int32_t>(args[2])[first + i] = length;
}

/// logits[o, v] = y[row, v % 2] + v; args: rows, y, logits, outputs. The grid
/// is one item for each pair of outputs: ceil(outputs / 2).
G4_TOY_DEVICE void toyLogits(const uint64_t *args, int64_t pair, int64_t,
                             void *) {
  int64_t numOutputs = static_cast<int64_t>(args[3]);
  for (int64_t o = 2 * pair; o < 2 * pair + 2 && o < numOutputs; ++o)
    for (int64_t v = 0; v < kVocab; ++v)
      pointer<float>(args[2])[o * kVocab + v] =
          pointer<float>(args[1])[2 * pointer<int32_t>(args[0])[o] + v % 2] +
          static_cast<float>(v);
}

/// out[x, y] = args[1] + 1000 * y + x, through the scratch memory, of which it
/// needs 64 bytes; args: out, a number, the width of out.
G4_TOY_DEVICE void toyGrid(const uint64_t *args, int64_t x, int64_t y,
                           void *scratch) {
  auto *words = static_cast<volatile int64_t *>(scratch);
  for (int i = 0; i < 8; ++i)
    words[i] = static_cast<int64_t>(args[1]) + 1000 * y + x;
  int64_t sum = 0;
  for (int i = 0; i < 8; ++i)
    sum += words[i];
  pointer<int64_t>(args[0])[y * static_cast<int64_t>(args[2]) + x] = sum / 8;
}

/// values[x] = G4_TOY_FACTOR * values[x] + number; args: values, number. The
/// factor is 2 but in a second build of this file.
G4_TOY_DEVICE void toyScale(const uint64_t *args, int64_t x, int64_t, void *) {
  int64_t &value = pointer<int64_t>(args[0])[x];
  value = G4_TOY_FACTOR * value + static_cast<int64_t>(args[1]);
}

/// Takes no arguments and does nothing.
G4_TOY_DEVICE void toyNothing(const uint64_t *, int64_t, int64_t, void *) {}

// What a program for GPUs has of them: the last argument is the address of the
// number of items, beyond which nothing happens, and sizes are addresses.

G4_TOY_DEVICE void toyEmbedItems(const uint64_t *args, int64_t t, int64_t y,
                                 void *scratch) {
  if (t < *pointer<int32_t>(args[3]))
    toyEmbed(args, t, y, scratch);
}

G4_TOY_DEVICE void toyStoreItems(const uint64_t *args, int64_t t, int64_t y,
                                 void *scratch) {
  if (t < *pointer<int32_t>(args[6]))
    toyStore(args, t, y, scratch);
}

G4_TOY_DEVICE void toySumAllItems(const uint64_t *args, int64_t t, int64_t y,
                                  void *scratch) {
  if (t < *pointer<int32_t>(args[7]))
    toySumAll(args, t, y, scratch);
}

G4_TOY_DEVICE void toySumWindowItems(const uint64_t *args, int64_t t, int64_t y,
                                     void *scratch) {
  if (t < *pointer<int32_t>(args[7]))
    toySumWindow(args, t, y, scratch);
}

G4_TOY_DEVICE void toyTilesItems(const uint64_t *args, int64_t tile, int64_t y,
                                 void *scratch) {
  if (tile < *pointer<int32_t>(args[3]))
    toyTiles(args, tile, y, scratch);
}

G4_TOY_DEVICE void toyLogitsItems(const uint64_t *args, int64_t pair, int64_t y,
                                  void *scratch) {
  const uint64_t loaded[] = {args[0], args[1], args[2],
                             static_cast<uint64_t>(*pointer<int32_t>(args[3]))};
  if (pair < *pointer<int32_t>(args[4]))
    toyLogits(loaded, pair, y, scratch);
}
}
