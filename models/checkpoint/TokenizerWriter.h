//===- TokenizerWriter.h - A tokenizer as Tokenizer.fbs ---------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_TOKENIZERWRITER_H
#define G4_MODELS_CHECKPOINT_TOKENIZERWRITER_H

#include "models/checkpoint/TokenizerSpec.h"
#include "runtime/artifact/Tokenizer_generated.h"
#include "runtime/base/Status.h"

#include "flatbuffers/flatbuffers.h"

namespace g4 {

/// Builds the look-up tables of Tokenizer.fbs. The same spec gives the same
/// bytes. Merges that make an added token are left out: those are found before
/// any merge, and text that is no special token must not become one.
///
/// Errors: InvalidArgument if merges collide so often that no table of a sane
/// size holds them.
g4rt::Result<flatbuffers::Offset<artifact::Tokenizer>>
writeTokenizer(const TokenizerSpec &spec,
               flatbuffers::FlatBufferBuilder &builder);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_TOKENIZERWRITER_H
