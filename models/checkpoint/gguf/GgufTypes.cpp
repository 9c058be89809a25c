//===- GgufTypes.cpp - Types of tensors in a GGUF file --------------------===//

#include "models/checkpoint/gguf/GgufTypes.h"

namespace g4::gguf {

namespace {

struct ReadableType {
  uint32_t code;
  const char *name;
  RowStorage storage;
};

/// A file may have tensors of these as long as no weight needs them.
struct OtherType {
  uint32_t code;
  const char *name;
  int64_t blockElements, blockBytes;
};

} // namespace

// Codes: enum ggml_type of ggml.h.
constexpr ReadableType kReadable[] = {
    {0, "F32", RowStorage::F32},        {1, "F16", RowStorage::F16},
    {2, "Q4_0", RowStorage::Q4_0},      {3, "Q4_1", RowStorage::Q4_1},
    {6, "Q5_0", RowStorage::Q5_0},      {7, "Q5_1", RowStorage::Q5_1},
    {8, "Q8_0", RowStorage::Q8_0},      {12, "Q4_K", RowStorage::Q4_K},
    {13, "Q5_K", RowStorage::Q5_K},     {14, "Q6_K", RowStorage::Q6_K},
    {20, "IQ4_NL", RowStorage::IQ4_NL}, {23, "IQ4_XS", RowStorage::IQ4_XS},
    {30, "BF16", RowStorage::BF16},
};

constexpr OtherType kOthers[] = {
    {10, "Q2_K", 256, 84},   {11, "Q3_K", 256, 110},   {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74}, {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},
    {21, "IQ3_S", 256, 110}, {22, "IQ2_S", 256, 82},   {24, "I8", 1, 1},
    {25, "I16", 1, 2},       {26, "I32", 1, 4},        {27, "I64", 1, 8},
    {28, "F64", 1, 8},       {29, "IQ1_M", 256, 56},   {34, "TQ1_0", 256, 54},
    {35, "TQ2_0", 256, 66},  {39, "MXFP4", 32, 17},    {40, "NVFP4", 64, 36},
};

std::optional<TensorType> findTensorType(uint32_t code) {
  for (const ReadableType &type : kReadable)
    if (type.code == code) {
      const BlockFormat &block = *blockFormatOf(type.storage);
      return TensorType{type.name, type.storage, block.numElements,
                        block.numBytes};
    }
  for (const OtherType &type : kOthers)
    if (type.code == code)
      return TensorType{type.name, RowStorage::Unreadable, type.blockElements,
                        type.blockBytes};
  return std::nullopt;
}

} // namespace g4::gguf
