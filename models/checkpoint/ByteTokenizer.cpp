//===- ByteTokenizer.cpp - A tokenizer for a model without one ------------===//

#include "models/checkpoint/ByteTokenizer.h"

#include "models/checkpoint/TokenizerWriter.h"

#include <cstdio>
#include <string>
#include <vector>

namespace g4 {

using g4rt::Status;
using g4rt::StatusCode;

constexpr int64_t kNumBytes = 256;

/// "<0x0a>": the spelling that byte tokens have in tokenizer.json.
static std::string bytePiece(int64_t byte) {
  char text[8];
  std::snprintf(text, sizeof(text), "<0x%02X>", static_cast<unsigned>(byte));
  return text;
}

g4rt::Result<flatbuffers::Offset<artifact::Tokenizer>>
writeByteTokenizer(int64_t vocabSize, flatbuffers::FlatBufferBuilder &builder) {
  if (vocabSize < kNumBytes)
    return Status(StatusCode::InvalidArgument,
                  "making up a tokenizer: vocab_size is " +
                      std::to_string(vocabSize) + ", bytes need " +
                      std::to_string(kNumBytes));
  int64_t firstByte = vocabSize - kNumBytes;
  std::vector<std::string> texts;
  for (int64_t id = 0; id < vocabSize; ++id)
    texts.push_back(id < firstByte ? "<unused" + std::to_string(id) + ">"
                                   : bytePiece(id - firstByte));
  TokenizerSpec spec;
  spec.pieces.assign(texts.begin(), texts.end());
  spec.byteFallback = true;
  for (int64_t byte = 0; byte < kNumBytes; ++byte)
    spec.byteIds[byte] = static_cast<uint32_t>(firstByte + byte);
  return writeTokenizer(spec, builder);
}

} // namespace g4
