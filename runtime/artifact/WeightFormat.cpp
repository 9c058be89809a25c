//===- WeightFormat.cpp - The table of weight formats ---------------------===//

#include "runtime/artifact/WeightFormat.h"

#include "runtime/base/Bf16.h"
#include "runtime/base/F16.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace g4::artifact {

std::string_view nameOf(NumberType type) {
  switch (type) {
  case NumberType::F32:
    return "f32";
  case NumberType::BF16:
    return "bf16";
  case NumberType::I32:
    return "i32";
  case NumberType::I4:
    return "i4";
  case NumberType::F16:
    return "f16";
  case NumberType::I8:
    return "i8";
  case NumberType::I6:
    return "i6";
  case NumberType::F8E4M3:
    return "f8e4m3";
  }
  return "";
}

int64_t bytesOf(NumberType type) {
  switch (type) {
  case NumberType::F32:
  case NumberType::I32:
    return 4;
  case NumberType::BF16:
  case NumberType::F16:
    return 2;
  case NumberType::I8:
  case NumberType::F8E4M3:
    return 1;
  case NumberType::I4:
  case NumberType::I6:
    break;
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Floating point of 16 and 8 bits
//===----------------------------------------------------------------------===//

// The bits below the sign are those of an f16 whose exponent is 8 less, with 7
// bits of mantissa more: subnormal numbers too.
static float fromF8(uint32_t bits) {
  return g4rt::fromF16(
             static_cast<uint16_t>((bits & 0x80) << 8 | (bits & 0x7f) << 7)) *
         256;
}

static uint32_t toF8(float value) {
  constexpr float kSmallestNormal = 0x1p-6F;
  constexpr uint32_t kLargestCode = 0x7e, kDropped = 20; // bits of mantissa
  uint32_t sign = std::signbit(value) ? 0x80 : 0;
  float size = std::abs(value);
  if (!(size < kLargestF8E4M3))
    return sign | kLargestCode;
  if (size < kSmallestNormal)
    return sign | static_cast<uint32_t>(std::nearbyint(size * 0x1p9F));
  auto bits = std::bit_cast<uint32_t>(size);
  bits += (1u << (kDropped - 1)) - 1 + (bits >> kDropped & 1);
  return sign | ((bits >> kDropped) - ((127 - 7) << 3));
}

float floatOf(NumberType type, uint32_t bits) {
  switch (type) {
  case NumberType::BF16:
    return g4rt::fromBf16(static_cast<uint16_t>(bits));
  case NumberType::F16:
    return g4rt::fromF16(static_cast<uint16_t>(bits));
  case NumberType::F8E4M3:
    return fromF8(bits);
  default:
    return std::bit_cast<float>(bits);
  }
}

uint32_t bitsOf(NumberType type, float value) {
  switch (type) {
  case NumberType::BF16:
    return g4rt::toBf16(value);
  case NumberType::F16:
    return g4rt::toF16(value);
  case NumberType::F8E4M3:
    return toF8(value);
  default:
    return std::bit_cast<uint32_t>(value);
  }
}

//===----------------------------------------------------------------------===//
// Packings
//===----------------------------------------------------------------------===//

// Lane l of a warp holds row l / 4 and the one 8 further, and in a tile of 16
// columns 2 * (l % 4), its neighbour, and those 8 further: PTX ISA, "Matrix
// Fragments for mma.m16n8k16".
static constexpr Packing kPlainPackings[] = {
    {.name = "rows"},
    {.name = "panel16", .rows = 16, .codes = "r0 r1 r2 r3"},
    {.name = "panel16x2",
     .rows = 16,
     .cols = 2,
     .interleave = 2,
     .codes = "c0 r0 r1 r2 r3"},
    {.name = "mma16x16",
     .rows = 16,
     .cols = 16,
     .codes = "c0 r3 c3 c1 c2 r0 r1 r2",
     .isForMma = true},
};

// Words of 8 codes. Both orders put columns 2i and 2i + 1 into nibbles r and
// r + 4 of one word: (word >> 4r) & 0x000f000f has the pair in its two halves.
// In panels a word is 8 columns of a row, and 16 rows are together. For mma a
// lane has 4 words, one for each tile of 16 columns.
static constexpr PlaceOrder kNibblesInPanels = "c1 c2 c0 r0 r1 r2 r3 c3 c4 c5";
static constexpr PlaceOrder kNibblesForMma = "r3 c3 c0 c4 c5 c1 c2 r0 r1 r2";
// Scales of 16 rows are together.
static constexpr PlaceOrder kScalesOf64 = "r0 r1 r2 r3";
static constexpr PlaceOrder kScalesOf32 = "r0 r1 r2 r3 c5";
static constexpr PlaceOrder kScalesOf16 = "r0 r1 r2 r3 c4 c5";

static constexpr Packing kInt4Packings[] = {
    {.name = "panel16g32",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .scales = "c5 r0 r1 r2 r3"},
    {.name = "mma16x64g32",
     .rows = 16,
     .cols = 64,
     .codes = kNibblesForMma,
     .scales = "r3 c5 r0 r1 r2",
     .isForMma = true},
};

static constexpr Packing kInt4F16Packings[] = {
    {.name = "panel16g32f16",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .scales = kScalesOf32},
    {.name = "mma16x64g32f16",
     .rows = 16,
     .cols = 64,
     .codes = kNibblesForMma,
     .scales = "r3 c5 r0 r1 r2",
     .isForMma = true},
};

static constexpr Packing kInt4F32Packings[] = {
    {.name = "panel16g32f32",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .scales = kScalesOf32},
};

static constexpr Packing kInt4G64Packings[] = {
    {.name = "panel16g64",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .scales = kScalesOf64},
};

static constexpr Packing kInt4G64F16Packings[] = {
    {.name = "panel16g64f16",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .scales = kScalesOf64},
};

static constexpr Packing kInt4MinPackings[] = {
    {.name = "panel16g32f16m",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .scales = kScalesOf32},
};

static constexpr Packing kInt4MinF32Packings[] = {
    {.name = "panel16g32f32m",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .scales = kScalesOf32},
};

// Codes of 16 rows are together: a vector of codes is one column.
static constexpr PlaceOrder kBytesInPanels = "r0 r1 r2 r3 c0 c1 c2 c3 c4 c5";

static constexpr Packing kInt8Packings[] = {
    {.name = "panel16g32f16",
     .rows = 16,
     .cols = 64,
     .codes = kBytesInPanels,
     .scales = kScalesOf32},
};

static constexpr Packing kInt8RowPackings[] = {
    {.name = "panel16row",
     .rows = 16,
     .cols = 64,
     .codes = kBytesInPanels,
     .scales = kScalesOf64},
};

// High bits of columns 2i and 2i + 1 are bits 2s, 2s + 1 and 16 bits further of
// a word of 16 columns: (word >> 2s) & 0x00030003 has the pair. They are in the
// byte in which one of both words of 8 columns has their low bits, so that for
// four columns at once a shift and a mask are enough, too. For mma a lane has a
// word of high bits for two tiles of 16 columns: pairs s = r + 4 * (tile % 2)
// of its halves belong to nibbles r and r + 4 of the tile's word.
static constexpr Packing kInt6Packings[] = {
    {.name = "panel16g16f16",
     .rows = 16,
     .cols = 64,
     .interleave = 2,
     .codes = kNibblesInPanels,
     .highBits = "c1 c3 c2 c0 r0 r1 r2 r3 c4 c5",
     .scales = kScalesOf16},
    {.name = "mma16x64g16f16",
     .rows = 16,
     .cols = 64,
     .codes = kNibblesForMma,
     .highBits = "r3 c3 c4 c0 c5 c1 c2 r0 r1 r2",
     .scales = "r3 c4 c5 r0 r1 r2",
     .isForMma = true},
};

//===----------------------------------------------------------------------===//
// Formats
//===----------------------------------------------------------------------===//

template <NumberType kType>
static float numberOfFloat(uint32_t code) {
  return floatOf(kType, code);
}

/// Codes count from `kZero` on.
template <int kZero>
static float numberOfInteger(uint32_t code) {
  return static_cast<float>(static_cast<int>(code) - kZero);
}

static float numberOfInt8(uint32_t code) {
  return static_cast<int8_t>(static_cast<uint8_t>(code));
}

static constexpr WeightFormat plainFormat(std::string_view name,
                                          NumberType element, int bits,
                                          float (*numberOf)(uint32_t)) {
  return {.name = name,
          .symbol = name,
          .element = element,
          .bits = bits,
          .group = 0,
          .scale = NumberType::F32,
          .hasMinimum = false,
          .numberOf = numberOf,
          .zeroCode = 0,
          .syntheticMask = 0,
          .syntheticSteps = 0,
          .packings = kPlainPackings,
          .panelPacking = &kPlainPackings[1],
          .mmaPacking = nullptr};
}

/// 4 bits without a minimum, in groups of 32 with a bf16 scale.
static constexpr WeightFormat kInt4 = {.name = "int4",
                                       .symbol = "i4",
                                       .element = NumberType::I4,
                                       .bits = 4,
                                       .group = 32,
                                       .scale = NumberType::BF16,
                                       .hasMinimum = false,
                                       .numberOf = numberOfInteger<8>,
                                       .zeroCode = 8,
                                       .syntheticMask = 15,
                                       .syntheticSteps = 8,
                                       .packings = kInt4Packings,
                                       .panelPacking = &kInt4Packings[0],
                                       .mmaPacking = &kInt4Packings[1]};

static constexpr WeightFormat kInt8 = {.name = "int8-g32",
                                       .symbol = "i8g32",
                                       .element = NumberType::I8,
                                       .bits = 8,
                                       .group = 32,
                                       .scale = NumberType::F16,
                                       .hasMinimum = false,
                                       .numberOf = numberOfInt8,
                                       .zeroCode = 0,
                                       .syntheticMask = 0xff,
                                       .syntheticSteps = 128,
                                       .packings = kInt8Packings,
                                       .panelPacking = &kInt8Packings[0],
                                       .mmaPacking = nullptr};

/// How a format differs from another one.
using Change = void (*)(WeightFormat &);

static constexpr WeightFormat changed(WeightFormat format, Change change) {
  change(format);
  return format;
}

template <size_t N>
static constexpr void setPackings(WeightFormat &format,
                                  const Packing (&packings)[N]) {
  format.packings = packings;
  format.panelPacking = &packings[0];
  format.mmaPacking = N > 1 ? &packings[1] : nullptr;
}

static constexpr WeightFormat kFormats[] = {
    plainFormat("f32", NumberType::F32, 32, numberOfFloat<NumberType::F32>),
    changed(plainFormat("bf16", NumberType::BF16, 16,
                        numberOfFloat<NumberType::BF16>),
            [](WeightFormat &f) {
              f.panelPacking = &kPlainPackings[2];
              f.mmaPacking = &kPlainPackings[3];
            }),
    plainFormat("f16", NumberType::F16, 16, numberOfFloat<NumberType::F16>),
    kInt4,
    changed(kInt4,
            [](WeightFormat &f) {
              f.name = "int4-f16";
              f.symbol = "i4f16";
              f.scale = NumberType::F16;
              setPackings(f, kInt4F16Packings);
            }),
    changed(kInt4,
            [](WeightFormat &f) {
              f.name = "int4-f32";
              f.symbol = "i4f32";
              f.scale = NumberType::F32;
              setPackings(f, kInt4F32Packings);
            }),
    changed(kInt4,
            [](WeightFormat &f) {
              f.name = "int4-g64";
              f.symbol = "i4g64";
              f.group = 64;
              setPackings(f, kInt4G64Packings);
            }),
    changed(kInt4,
            [](WeightFormat &f) {
              f.name = "int4-g64-f16";
              f.symbol = "i4g64f16";
              f.group = 64;
              f.scale = NumberType::F16;
              setPackings(f, kInt4G64F16Packings);
            }),
    changed(kInt4,
            [](WeightFormat &f) {
              f.name = "int4-min";
              f.symbol = "i4m";
              f.scale = NumberType::F16;
              f.hasMinimum = true;
              f.numberOf = numberOfInteger<0>;
              f.zeroCode = 0;
              setPackings(f, kInt4MinPackings);
            }),
    changed(kInt4,
            [](WeightFormat &f) {
              f.name = "int4-min-f32";
              f.symbol = "i4mf32";
              f.scale = NumberType::F32;
              f.hasMinimum = true;
              f.numberOf = numberOfInteger<0>;
              f.zeroCode = 0;
              setPackings(f, kInt4MinF32Packings);
            }),
    kInt8,
    changed(kInt8,
            [](WeightFormat &f) {
              f.name = "int8";
              f.symbol = "i8";
              f.group = WeightFormat::kWholeRow;
              f.scale = NumberType::F32;
              setPackings(f, kInt8RowPackings);
            }),
    changed(kInt4,
            [](WeightFormat &f) {
              f.name = "int6";
              f.symbol = "i6";
              f.element = NumberType::I6;
              f.bits = 6;
              f.group = 16;
              f.scale = NumberType::F16;
              f.numberOf = numberOfInteger<32>;
              f.zeroCode = 32;
              f.syntheticMask = 63;
              f.syntheticSteps = 32;
              setPackings(f, kInt6Packings);
            }),
    changed(kInt8,
            [](WeightFormat &f) {
              f.name = "fp8";
              f.symbol = "f8";
              f.element = NumberType::F8E4M3;
              f.group = WeightFormat::kWholeRow;
              f.scale = NumberType::F32;
              f.numberOf = numberOfFloat<NumberType::F8E4M3>;
              // Exponents of 1 and less: no NaN.
              f.syntheticMask = 0xbf;
              f.syntheticSteps = 1;
              setPackings(f, kInt8RowPackings);
            }),
};

const Packing *WeightFormat::findPacking(std::string_view wanted) const {
  auto found = std::ranges::find(packings, wanted, &Packing::name);
  return found == packings.end() ? nullptr : &*found;
}

std::span<const WeightFormat> weightFormats() { return kFormats; }

template <typename Predicate>
static const WeightFormat *findIf(Predicate isWanted) {
  const auto *found = std::ranges::find_if(kFormats, isWanted);
  return found == std::end(kFormats) ? nullptr : found;
}

const WeightFormat *findFormat(std::string_view name) {
  return findIf([&](const WeightFormat &f) { return f.name == name; });
}

const WeightFormat *findPlainFormat(NumberType element) {
  return findIf([&](const WeightFormat &f) {
    return f.isPlain() && f.element == element;
  });
}

const WeightFormat *findFormat(NumberType element, int64_t group,
                               NumberType scale, bool hasMinimum) {
  return findIf([&](const WeightFormat &f) {
    return !f.isPlain() && f.element == element && f.group == group &&
           f.scale == scale && f.hasMinimum == hasMinimum;
  });
}

} // namespace g4::artifact
