//===- GgufTensors.h - Names of GGUF as names of Gemma 4 --------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GGUF_GGUFTENSORS_H
#define G4_MODELS_GEMMA4_GGUF_GGUFTENSORS_H

#include "models/checkpoint/gguf/GgufFile.h"

#include <memory>

namespace g4::gemma4 {

using RowSources = std::map<std::string, std::unique_ptr<RowSource>>;

/// The text model's tensors of `file`, which must outlive them, by the names
/// that transformers gives them. Experts whose gate and up are tensors of their
/// own become one. A source's own name is the file's.
///
/// Errors: InvalidArgument for gate and up of other shapes.
g4rt::Result<RowSources> sourcesOfGguf(const GgufFile &file);

/// What a GGUF file calls the tensor that transformers calls `name`; `name`
/// itself for one of no text model.
std::string ggufNameOf(const std::string &name);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_GGUFTENSORS_H
