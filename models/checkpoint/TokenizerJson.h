//===- TokenizerJson.h - tokenizer.json to the artifact's tables *- C++ -*-===//
//
// Takes what Gemma's tokenizer.json uses: BPE with byte fallback, spaces as
// U+2581, added tokens that are found in raw text. Anything else is refused
// with the name of the field. Not read, as they do not change a text's own ids:
// truncation, padding, post_processor.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_TOKENIZERJSON_H
#define G4_MODELS_CHECKPOINT_TOKENIZERJSON_H

#include "models/checkpoint/TokenizerSpec.h"
#include "runtime/artifact/Tokenizer_generated.h"
#include "runtime/base/Json.h"
#include "runtime/base/Status.h"

#include "flatbuffers/flatbuffers.h"

#include <string>
#include <string_view>

namespace g4 {

/// A field of `model` that no tokenizer.json has: a reader of another container
/// sets it where it knows that there is nothing to merge.
inline constexpr const char *kMayLackMerges = "g4_may_lack_merges";

/// Checks a parsed tokenizer.json, which must outlive the result.
///
/// Errors: InvalidArgument naming the field, what it holds and what it needs.
g4rt::Result<TokenizerSpec> readTokenizerJson(const g4rt::json::value &root);

/// The tables of the tokenizer.json `text`, in `builder`. The same text gives
/// the same bytes. 1 s for 262,144 tokens and 514,906 merges.
///
/// Errors: those of readTokenizerJson and of parseJson.
g4rt::Result<flatbuffers::Offset<artifact::Tokenizer>>
importTokenizer(std::string_view text, flatbuffers::FlatBufferBuilder &builder);
/// The same of a parsed one.
g4rt::Result<flatbuffers::Offset<artifact::Tokenizer>>
importParsedTokenizer(const g4rt::json::value &root,
                      flatbuffers::FlatBufferBuilder &builder);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_TOKENIZERJSON_H
