//===- Mmproj.h - A tower in a GGUF file of its own -------------*- C++ -*-===//
//
// llama.cpp keeps the towers of a model in a file beside it, called mmproj.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_GGUF_MMPROJ_H
#define G4_MODELS_GEMMA4_GGUF_MMPROJ_H

#include "models/checkpoint/Checkpoint.h"
#include "models/checkpoint/gguf/GgufFile.h"

namespace g4::gemma4 {

/// The tower of pictures as part of a model: `vision_config`, and the tensors
/// by the names that transformers gives them. The sizes are those of the
/// tensors; what is checked against them is checked by the weight table.
/// Tensors of sound are left out.
///
/// Errors: InvalidArgument naming the key or tensor; Unimplemented for another
/// projector than Gemma 4's.
g4rt::Result<OneFileModel> openMmproj(GgufFile file);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_MMPROJ_H
