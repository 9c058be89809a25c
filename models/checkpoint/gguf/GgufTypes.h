//===- GgufTypes.h - Types of tensors in a GGUF file ------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_GGUFTYPES_H
#define G4_MODELS_CHECKPOINT_GGUF_GGUFTYPES_H

#include "models/checkpoint/RowStorage.h"

#include <optional>

namespace g4::gguf {

struct TensorType {
  const char *name;
  RowStorage storage; // Unreadable: its size is known and no more
  int64_t blockElements, blockBytes;
};

/// The type of this code; none if no such code is known.
std::optional<TensorType> findTensorType(uint32_t code);

} // namespace g4::gguf

#endif // G4_MODELS_CHECKPOINT_GGUF_GGUFTYPES_H
