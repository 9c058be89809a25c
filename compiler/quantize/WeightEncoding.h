//===- WeightEncoding.h - How a weight of the IR is encoded -----*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_WEIGHTENCODING_H
#define G4_COMPILER_QUANTIZE_WEIGHTENCODING_H

#include "compiler/quantize/Encode.h"
#include "dialects/graph/Graph.h"

namespace g4 {

/// The format of a weight's type, and the rule of its attribute `scale_rule`.
inline Encoding encodingOf(graph::WeightOp weight) {
  std::optional<ScaleRule> rule;
  if (auto name = weight.getScaleRule())
    rule = findScaleRule(*name);
  return {weight.getWeightType().getDescription(),
          rule.value_or(ScaleRule::Extreme)};
}

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_WEIGHTENCODING_H
