//===- Cards.h - GPUs whose figures are known -------------------*- C++ -*-===//
//
// The facts of Cards.json, which is compiled into the programs: a plan is made
// on machines that have none of these cards.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_CARDS_H
#define G4_RUNTIME_DEVICE_CARDS_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/Status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// A GPU as its data sheet describes it.
struct Card {
  std::string name;         // "RTX 4090"
  int major = 0, minor = 0; // of the compute capability; 0 on AMD
  std::string gfx = {};     // of AMD: "gfx942"
  uint64_t memoryBytes = 0;
  /// Bytes a second that no program exceeds.
  double bandwidth = 0;
  /// Streaming multiprocessors, or AMD's compute units, and their boost clock
  /// in Hz; the last cache before memory. 0 where the list does not say.
  double units = 0, clock = 0;
  uint64_t cacheBytes = 0;
  /// Multiply-adds of bf16 a second with sums of f32, dense; 0: not said.
  double matrixProducts = 0;
  std::string source = {}; // where the figures were read

  /// What `g4c compile --target` calls it: "sm89"; empty if it has no target.
  std::string target() const;
  /// Whether it runs this variant.
  bool runs(const artifact::Variant &variant) const;
};

/// The cards of a text in the format of Cards.json, in its order.
///
/// Errors: InvalidArgument, naming the card and the key that is wrong.
Result<std::vector<Card>> readCards(std::string_view text);

/// Those of Cards.json itself.
std::vector<Card> knownCards();

/// The card of this name as people write it: case, spaces and the maker's name
/// ("NVIDIA GeForce RTX 4090") do not matter.
///
/// Errors: NotFound, with the names that are like it.
Result<Card> findCard(std::string_view name);

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CARDS_H
