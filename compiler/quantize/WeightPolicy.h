//===- WeightPolicy.h - Which weights are stored how ------------*- C++ -*-===//
//
// A policy is a list of rules, as a person would write them; of those that fit
// a weight the last one says its format. `--weights` names one of the presets.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_WEIGHTPOLICY_H
#define G4_COMPILER_QUANTIZE_WEIGHTPOLICY_H

#include "compiler/quantize/ScaleRule.h"
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
    /// None: weights of every name; else this one alone.
    std::optional<std::string> name = {};
    const artifact::WeightFormat *format = nullptr;
  };
  /// What a rule is asked about.
  struct Weight {
    std::optional<artifact::WeightClass> weightClass = {};
    std::optional<int64_t> layer = {};
    std::string_view name = {};
  };

  /// The first fits every weight. Those of a preset come first; a person's
  /// rules, which follow them, prevail.
  std::vector<Rule> rules;
  size_t numPresetRules = 0;
  /// For weights whose rows have no whole groups of the format that a rule
  /// names; and the type of caches, and of the constant that scales an
  /// embedding.
  const artifact::WeightFormat *plain = nullptr;
  /// Of all weights whose format has a choice.
  ScaleRule scaleRule = ScaleRule::Extreme;

  const artifact::WeightFormat &formatOf(const Weight &weight) const;

  /// Puts rules of a checkpoint after those of the preset, before a person's.
  void addToPreset(const std::vector<Rule> &more);

  /// The preset of this name, or one that stores matrices in the format of this
  /// name and tables in bf16.
  static std::optional<WeightPolicy> find(std::string_view name);
  /// All names that find() knows.
  static std::vector<std::string> names();
};

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_WEIGHTPOLICY_H
