//===- FormatBudget.h - Formats for a size or a loss ------------*- C++ -*-===//
//
// `g4c compile --max-size` and `--max-kl`: which weights get which format is
// measured, not written by a person. What each part of the model loses in each
// format is a ladder (FormatLadder.h); a limit is a height on it, which is
// found by measuring: what an artifact would take, or says of a text.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4C_FORMATBUDGET_H
#define G4_TOOLS_G4C_FORMATBUDGET_H

#include "compiler/pipeline/Pipeline.h"

#include <cstdint>
#include <string>

namespace g4 {

struct FormatBudget {
  uint64_t maxBytes = 0; // of the artifact; 0: any
  /// Mean KL to the label's reference, of the rows of answers where its text
  /// has any, else of all rows; 0: any. Needs CompileOptions::label.
  double maxKl = 0;

  bool isAsked() const { return maxBytes != 0 || maxKl != 0; }
};

/// Sets the rules of `options` to the formats that keep the budget: with a size
/// those that lose least, with a loss alone those of the fewest bytes. Compiles
/// several times, up to packing for a size, whole and for this machine for a
/// loss. Returns what was chosen: "85 weights int4-f16, 3 int6".
///
/// Errors: InvalidArgument with the least that is possible for a budget that
/// cannot be kept; those of compile().
g4rt::Result<std::string> chooseFormats(const FormatBudget &budget,
                                        CompileOptions &options);

} // namespace g4

#endif // G4_TOOLS_G4C_FORMATBUDGET_H
