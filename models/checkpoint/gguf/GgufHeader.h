//===- GgufHeader.h - What stands before a GGUF file's tensors --*- C++ -*-===//
//
// Format (github.com/ggml-org/ggml, docs/gguf.md), little-endian:
//
//   "GGUF", u32 version, u64 tensors, u64 pairs
//   a pair: text key, u32 type, value           text: u64 length, characters
//   a tensor: text name, u32 rank, u64 sizes (innermost first), u32 type,
//             u64 offset from where the data begin
//   the data, each tensor at a multiple of general.alignment (32)
//
// Refused: versions but 2 and 3 (which differ in nothing that is read here),
// big-endian files, keys or tensors that come twice, counts and lengths that
// the file has no room for, unknown types, rows that are no whole blocks,
// tensors that are not aligned, overlap or end behind the file.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_GGUFHEADER_H
#define G4_MODELS_CHECKPOINT_GGUF_GGUFHEADER_H

#include "models/checkpoint/RowSource.h"
#include "models/checkpoint/gguf/GgufValue.h"

#include <map>

namespace g4::gguf {

using Metadata = std::map<std::string, GgufValue, std::less<>>;

struct Header {
  Metadata metadata;
  /// With the outermost size first, as other files have it.
  std::map<std::string, StoredTensor> tensors;
  /// Where the data begin: everything before has been read.
  uint64_t dataOffset = 0;
};

/// The header of the file with these bytes, which the result refers to.
///
/// Errors: InvalidArgument saying what was read, where, what was found and what
/// is needed.
g4rt::Result<Header> readHeader(std::span<const std::byte> file);

} // namespace g4::gguf

#endif // G4_MODELS_CHECKPOINT_GGUF_GGUFHEADER_H
