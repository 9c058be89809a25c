//===- Phase.h - The phases of g4c compile ----------------------*- C++ -*-===//
//
// A phase has one name everywhere: the enumerator, --compile-to and
// --compile-from, the dumped file, the folder of its code and of its tests.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PIPELINE_PHASE_H
#define G4_COMPILER_PIPELINE_PHASE_H

#include <array>
#include <optional>
#include <string_view>

namespace g4 {

enum class Phase {
  Import,   // checkpoint -> g4 ops, weights as symbols
  Quantize, // how each weight and cache is stored
  Fuse,     // groups of ops that become one kernel
  Tile,     // each group a g4t.kernel for each target
  Plan,     // buffers and launches: a g4x.program
  Emit,     // code of the kernels
  Pack,     // the artifact
};

inline constexpr std::array<std::string_view, 7> kPhaseNames = {
    "import", "quantize", "fuse", "tile", "plan", "emit", "pack"};

inline std::string_view nameOf(Phase phase) {
  return kPhaseNames[static_cast<size_t>(phase)];
}

inline std::optional<Phase> findPhase(std::string_view name) {
  for (size_t i = 0; i < kPhaseNames.size(); ++i)
    if (kPhaseNames[i] == name)
      return static_cast<Phase>(i);
  return std::nullopt;
}

} // namespace g4

#endif // G4_COMPILER_PIPELINE_PHASE_H
