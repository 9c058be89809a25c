//===- RopeFields.h - Rope in a Gemma 4 config.json -------------*- C++ -*-===//
//
// Newer files have rope_parameters with an entry for each kind of layer. Older
// tools write one flat entry, which is that of the full layers, and beside it
// rope_theta and rope_local_base_freq, the base of the sliding ones, as Gemma 3
// had them. rope_scaling is the older name of rope_parameters.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_ROPEFIELDS_H
#define G4_MODELS_GEMMA4_ROPEFIELDS_H

#include "models/checkpoint/FactOrigin.h"
#include "models/checkpoint/JsonFields.h"
#include "models/gemma4/Config.h"

namespace g4::gemma4 {

/// Reads the rope of both kinds of layers into `config`, whose other fields are
/// read already: `headDim` and `globalHeadDim` are theirs.
///
/// Errors: InvalidArgument naming the field, Unimplemented for a rope_type that
/// this compiler does not know.
g4rt::Status readRope(json_fields::Fields &fields, int64_t headDim,
                      int64_t globalHeadDim, TextConfig &config);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_ROPEFIELDS_H
