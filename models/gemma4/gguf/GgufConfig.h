//===- GgufConfig.h - A GGUF file's metadata as config.json -----*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GGUF_GGUFCONFIG_H
#define G4_MODELS_GEMMA4_GGUF_GGUFCONFIG_H

#include "models/checkpoint/gguf/GgufFile.h"

namespace g4::gemma4 {

/// What config.json would say of the model in `file`, so that one reader checks
/// both. models/gemma4/README.md lists the keys. Three facts are no keys: the
/// vocabulary is the embedding's rows, full layers without attn_v have values
/// that are the raw keys, and rope_freqs says which pairs of a full layer's
/// head rotate.
///
/// Errors: InvalidArgument naming the key or tensor; Unimplemented for what
/// config.json could not say (other lengths of keys and values, scaled rope).
g4rt::Result<g4rt::json::object> configOfGguf(const GgufFile &file);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_GGUFCONFIG_H
