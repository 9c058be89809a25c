//===- Gguf.h - A Gemma 4 GGUF file as a checkpoint -------------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GGUF_GGUF_H
#define G4_MODELS_GEMMA4_GGUF_GGUF_H

#include "models/checkpoint/Checkpoint.h"
#include "models/checkpoint/gguf/GgufFile.h"

namespace g4::gemma4 {

/// A file of architecture gemma4 with the names and fields of Hugging Face. The
/// parts: GgufConfig.h, GgufTensors.h, GgufTexts.h.
///
/// Errors: theirs, with the file's path in front.
g4rt::Result<OneFileModel> openGguf(GgufFile file);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_GGUF_H
