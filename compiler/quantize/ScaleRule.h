//===- ScaleRule.h - Where the scale of a group comes from ------*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_SCALERULE_H
#define G4_COMPILER_QUANTIZE_SCALERULE_H

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace g4 {

/// What is not Extreme is for formats whose codes have an offset and no minimum
/// (hasOffset()); others have a rule of their own.
enum class ScaleRule : uint8_t {
  /// The largest number becomes the least code: GroupRules.h.
  Extreme,
  /// That of least squares: ScaleSearch.h.
  Search,
  /// That of training, where the numbers lie on a lattice: Lattice.h. Other
  /// groups have the extreme's.
  Lattice,
};

/// In the order of the enumerators: as the IR says it (`scale_rule`).
inline constexpr std::array<std::string_view, 3> kScaleRuleNames = {
    "extreme", "search", "lattice"};

constexpr std::string_view nameOf(ScaleRule rule) {
  return kScaleRuleNames[static_cast<size_t>(rule)];
}

constexpr std::optional<ScaleRule> findScaleRule(std::string_view name) {
  for (size_t i = 0; i < kScaleRuleNames.size(); ++i)
    if (kScaleRuleNames[i] == name)
      return static_cast<ScaleRule>(i);
  return std::nullopt;
}

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_SCALERULE_H
