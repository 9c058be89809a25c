//===- FactOrigin.h - Which file said what ----------------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_FACTORIGIN_H
#define G4_MODELS_CHECKPOINT_FACTORIGIN_H

#include <string>
#include <vector>

namespace g4 {

/// A fact of a model and where it was read, for people: {"rope of full layers",
/// "config.json text_config.rope_parameters.full_attention"}. Tools write the
/// same fact into different places, and the first question about a model that
/// answers strangely is which of them was read.
struct FactOrigin {
  std::string fact, origin;
};

using FactOrigins = std::vector<FactOrigin>;

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_FACTORIGIN_H
