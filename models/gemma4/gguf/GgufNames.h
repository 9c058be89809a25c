//===- GgufNames.h - Names of GGUF and of transformers ----------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GGUF_GGUFNAMES_H
#define G4_MODELS_GEMMA4_GGUF_GGUFNAMES_H

#include <span>
#include <string>
#include <string_view>

namespace g4::gemma4 {

struct NamePair {
  std::string_view gguf, transformers;
};

/// "blk.3.attn_q.weight" without "blk.3.".
struct LayerName {
  std::string_view number, rest;
};

/// The parts of a name that starts with `prefix` and a number; empty parts if
/// it does not.
LayerName splitLayerName(std::string_view name, std::string_view prefix);

/// Names of a model's tensors, and of those of each layer behind its number.
struct NameTable {
  std::span<const NamePair> model, layer;
  /// What stands before the number: "blk.".
  NamePair prefix;
  /// Names of layers besides: each of these with each of their ends.
  std::span<const NamePair> linears = {}, linearEnds = {};

  /// The other name of a tensor; empty if the table has none.
  std::string toTransformers(std::string_view name) const;
  std::string toGguf(std::string_view name) const;
};

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_GGUFNAMES_H
