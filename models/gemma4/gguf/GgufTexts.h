//===- GgufTexts.h - Tokenizer and ends of a GGUF file ----------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GGUF_GGUFTEXTS_H
#define G4_MODELS_GEMMA4_GGUF_GGUFTEXTS_H

#include "models/checkpoint/gguf/GgufFile.h"

namespace g4::gemma4 {

/// What tokenizer.json would say: that of tokenizer.huggingface.json where the
/// file has it whole, else made of tokens, types and merges. Tokens of the
/// types control, user-defined and unknown are found in raw text, as are
/// Gemma's own whatever their type: a converter may take one for an ordinary
/// piece.
///
/// Merges of pieces that the vocabulary lacks are left out: llama.cpp, too,
/// never applies them.
///
/// Errors: InvalidArgument naming the key that is missing or wrong;
/// Unimplemented for a tokenizer that is not Gemma's BPE.
g4rt::Result<g4rt::json::value> tokenizerOfGguf(const GgufFile &file);

/// How many merges are left out; 0 if the metadata cannot be read.
size_t numMergesLeftOut(const GgufFile &file);

/// What generation_config.json would say: ids of bos and pad, every id that
/// the metadata has an answer end with, suppressed ids and sampling.
///
/// Errors: InvalidArgument naming the key.
g4rt::Result<g4rt::json::object> generationConfigOfGguf(const GgufFile &file);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_GGUFTEXTS_H
