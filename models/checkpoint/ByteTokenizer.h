//===- ByteTokenizer.h - A tokenizer for a model without one ----*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_BYTETOKENIZER_H
#define G4_MODELS_CHECKPOINT_BYTETOKENIZER_H

#include "runtime/artifact/Tokenizer_generated.h"
#include "runtime/base/Status.h"

#include "flatbuffers/flatbuffers.h"

#include <cstdint>

namespace g4 {

/// A tokenizer of `vocabSize` ids for a model that knows no text. The last 256
/// ids are the bytes, in order, so that text becomes one id a byte; the others,
/// which no text becomes, say "<unused7>", so that whatever the model answers
/// can be read. No id is a special token: the small ones, where those of a
/// trained model are, stay free.
///
/// Errors: InvalidArgument for a vocabulary of less than 256.
g4rt::Result<flatbuffers::Offset<artifact::Tokenizer>>
writeByteTokenizer(int64_t vocabSize, flatbuffers::FlatBufferBuilder &builder);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_BYTETOKENIZER_H
