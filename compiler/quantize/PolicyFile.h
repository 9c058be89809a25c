//===- PolicyFile.h - A policy that a person wrote --------------*- C++ -*-===//
//
//   base: q4                # a preset, which holds where no rule fits
//   scales: search          # or extreme, the usual rule
//   rules:
//     - class: attention    # which weights: class, layers, both or all
//       layers: 0-3         # one number or first-last, both of them included
//       format: int8
//     - class: experts
//       format: int4
//
// YAML, read by yaml-cpp. Of the rules that fit a weight the last one counts.
// docs/quantization.md lists the classes and the formats.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_POLICYFILE_H
#define G4_COMPILER_QUANTIZE_POLICYFILE_H

#include "compiler/quantize/WeightPolicy.h"
#include "runtime/base/Status.h"

#include <string>
#include <string_view>

namespace g4 {

/// The policy that `text` says.
///
/// Errors: InvalidArgument with the line, what was found and what is needed.
g4rt::Result<WeightPolicy> parsePolicy(std::string_view text);

/// The preset of this name, or the policy of the file at this path.
///
/// Errors: NotFound if it is neither, with the names of the presets; those of
/// parsePolicy, with the path in front.
g4rt::Result<WeightPolicy> findPolicy(const std::string &nameOrPath);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_POLICYFILE_H
