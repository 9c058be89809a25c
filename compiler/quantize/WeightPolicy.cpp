//===- WeightPolicy.cpp - Which weights are stored how --------------------===//

#include "compiler/quantize/WeightPolicy.h"

#include <algorithm>

namespace g4 {

using artifact::WeightClass;
using artifact::WeightFormat;

static bool fits(const WeightPolicy::Rule &rule,
                 const WeightPolicy::Weight &weight) {
  if (rule.weightClass && rule.weightClass != weight.weightClass)
    return false;
  if (rule.name && *rule.name != weight.name)
    return false;
  return !rule.layers || (weight.layer && *weight.layer >= rule.layers->first &&
                          *weight.layer <= rule.layers->last);
}

const WeightFormat &WeightPolicy::formatOf(const Weight &weight) const {
  const WeightFormat *format = rules.front().format;
  for (const Rule &rule : rules)
    if (fits(rule, weight))
      format = rule.format;
  return *format;
}

void WeightPolicy::addToPreset(const std::vector<Rule> &more) {
  rules.insert(rules.begin() + static_cast<ptrdiff_t>(numPresetRules),
               more.begin(), more.end());
  numPresetRules += more.size();
}

//===----------------------------------------------------------------------===//
// Presets
//===----------------------------------------------------------------------===//

namespace {
/// Formats by class: matrices of attention, MLP and experts; tables of
/// embeddings; the head; matrices around per-layer embeddings. Towers are
/// plain, bf16 or f32. Norms and the router are small and sensitive: f32.
struct Preset {
  std::string_view name, matrices, tables, head, ple;
  ScaleRule scaleRule = ScaleRule::Extreme;
};
} // namespace

static constexpr Preset kPresets[] = {
    {"f32", "f32", "f32", "f32", "f32"},
    {"bf16", "bf16", "bf16", "bf16", "bf16"},
    {"f16", "f16", "f16", "f16", "f16"},
    {"int8", "int8", "int8", "int8", "int8"},
    {"q8", "int8-g32", "int8-g32", "int8-g32", "int8-g32"},
    {"q4", "int4-f16", "int6", "int6", "int8-g32"},
    // Where a checkpoint tells more, TrainedWeights.h has the formats.
    {"q4-qat", "int4-f32", "int6", "int6", "int8-g32", ScaleRule::Lattice},
    {"fp8", "fp8", "bf16", "fp8", "bf16"},
};

/// The preset of this name; or of the format of this name, for matrices alone.
static std::optional<Preset> presetOf(std::string_view name) {
  const auto *found = std::ranges::find(kPresets, name, &Preset::name);
  if (found != std::end(kPresets))
    return *found;
  if (artifact::findFormat(name))
    return Preset{name, name, "bf16", "bf16", "bf16"};
  return std::nullopt;
}

static WeightPolicy policyOf(const Preset &preset) {
  WeightPolicy policy;
  policy.plain = artifact::findFormat(preset.name == "f32" ? "f32" : "bf16");
  auto add = [&](std::optional<WeightClass> weightClass,
                 std::string_view format) {
    policy.rules.push_back(
        {.weightClass = weightClass, .format = artifact::findFormat(format)});
  };
  add({}, preset.matrices);
  add(WeightClass::Embedding, preset.tables);
  add(WeightClass::PleTable, preset.tables);
  add(WeightClass::Head, preset.head);
  add(WeightClass::Ple, preset.ple);
  add(WeightClass::Vision, policy.plain->name);
  add(WeightClass::Audio, policy.plain->name);
  add(WeightClass::Norm, "f32");
  add(WeightClass::Router, "f32");
  policy.numPresetRules = policy.rules.size();
  policy.scaleRule = preset.scaleRule;
  return policy;
}

std::optional<WeightPolicy> WeightPolicy::find(std::string_view name) {
  std::optional<Preset> preset = presetOf(name);
  if (!preset)
    return std::nullopt;
  return policyOf(*preset);
}

std::vector<std::string> WeightPolicy::names() {
  std::vector<std::string> names;
  for (const Preset &preset : kPresets)
    names.emplace_back(preset.name);
  for (const WeightFormat &format : artifact::weightFormats())
    if (std::ranges::find(names, format.name) == names.end())
      names.emplace_back(format.name);
  return names;
}

} // namespace g4
