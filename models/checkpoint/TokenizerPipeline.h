//===- TokenizerPipeline.h - What surrounds BPE -----------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_TOKENIZERPIPELINE_H
#define G4_MODELS_CHECKPOINT_TOKENIZERPIPELINE_H

#include "runtime/base/Json.h"
#include "runtime/base/Status.h"

namespace g4 {

/// Success if a tokenizer.json's normalizer, pre_tokenizer and decoder are
/// those that the runtime has built in: " " becomes U+2581 and, after byte
/// fallback, " " again.
///
/// Errors: InvalidArgument naming the field, what it holds and what it needs.
g4rt::Status checkTokenizerPipeline(const g4rt::json::object &root);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_TOKENIZERPIPELINE_H
