//===- WeightPolicy.h - Which weights are stored how ------------*- C++ -*-===//
//
// A policy is a list of rules, as a person would write them; of those that fit
// a weight the last one says its format. `--weights` names one of the presets.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_WEIGHTPOLICY_H
#define G4_COMPILER_QUANTIZE_WEIGHTPOLICY_H

#include "runtime/artifact/WeightClass.h"
#include "runtime/artifact/WeightFormat.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4 {

struct WeightPolicy {
  /// Layers first .. last, both of them included.
  struct Layers {
    int64_t first = 0, last = 0;
  };
  struct Rule {
    /// None: weights of every class, and those without one.
    std::optional<artifact::WeightClass> weightClass = {};
    /// None: weights of every layer, and those that are of no layer.
    std::optional<Layers> layers = {};
    const artifact::WeightFormat *format = nullptr;
  };
  /// What a rule is asked about.
  struct Weight {
    std::optional<artifact::WeightClass> weightClass = {};
    std::optional<int64_t> layer = {};
  };

  /// The first fits every weight.
  std::vector<Rule> rules;
  /// For weights whose rows have no whole groups of the format that a rule
  /// names; and the type of caches, and of the constant that scales an
  /// embedding.
  const artifact::WeightFormat *plain = nullptr;

  const artifact::WeightFormat &formatOf(const Weight &weight) const;

  /// The preset of this name, or one that stores matrices in the format of this
  /// name and tables in bf16.
  static std::optional<WeightPolicy> find(std::string_view name);
  /// All names that find() knows.
  static std::vector<std::string> names();
};

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_WEIGHTPOLICY_H
