//===- WeightClass.h - What a weight is for ---------------------*- C++ -*-===//
//
// A model's weight table says it of each weight, and a policy stores each class
// in a format of its own.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_WEIGHTCLASS_H
#define G4_RUNTIME_ARTIFACT_WEIGHTCLASS_H

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace g4::artifact {

enum class WeightClass : uint8_t {
  Attention,
  Mlp,
  Experts,
  Embedding,
  Head,
  /// The table of per-layer embeddings, and the matrices around it.
  PleTable,
  Ple,
  Router,
  /// All vectors and scalars that a norm or a scale multiplies by.
  Norm,
  Vision,
  Audio,
};

/// In the order of the enumerators: as IR, policies and reports say it.
inline constexpr std::array<std::string_view, 11> kWeightClassNames = {
    "attention", "mlp",    "experts", "embedding", "head", "ple_table",
    "ple",       "router", "norm",    "vision",    "audio"};

constexpr std::string_view nameOf(WeightClass weightClass) {
  return kWeightClassNames[static_cast<size_t>(weightClass)];
}

constexpr std::optional<WeightClass> findWeightClass(std::string_view name) {
  for (size_t i = 0; i < kWeightClassNames.size(); ++i)
    if (kWeightClassNames[i] == name)
      return static_cast<WeightClass>(i);
  return std::nullopt;
}

} // namespace g4::artifact

#endif // G4_RUNTIME_ARTIFACT_WEIGHTCLASS_H
