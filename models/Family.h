//===- Family.h - What a model family offers --------------------*- C++ -*-===//
//
// From a checkpoint to a graph. Behind import nothing asks which family a model
// is of. A second family is a second folder and one row in Family.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_FAMILY_H
#define G4_MODELS_FAMILY_H

#include "models/ImportOptions.h"
#include "models/checkpoint/Checkpoint.h"
#include "models/checkpoint/FactOrigin.h"
#include "runtime/artifact/ChatTemplate_generated.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace g4 {

/// The model at `path`, a folder or a GGUF file of a family, with its tensors
/// mapped or, as openModelConfig, without them.
///
/// Errors: those of Checkpoint::open, GgufFile::open and the family's reader of
/// GGUF; Unimplemented for an architecture that no family has.
g4rt::Result<Checkpoint> openModel(const std::string &path);
g4rt::Result<Checkpoint> openModelConfig(const std::string &path);

/// Adds to a model of a GGUF file the tower of pictures that is in another one
/// (mmproj).
///
/// Errors: those of GgufFile::open; InvalidArgument for a model that is a
/// folder, which has its tower; Unimplemented for another family's file.
g4rt::Status addMmproj(Checkpoint &model, const std::string &path);

/// The text model of a checkpoint as a module of g4 ops: a program @text and,
/// where the options ask for it, one @vision. Facts that the artifact needs and
/// the graph does not show are attributes of the module:
///
///   g4.model = {name, architecture, vocab_size, hidden_size, num_layers,
///               max_positions, num_parameters, chat_template, weights}
///
/// `weights` is "f32" or "bf16", as the checkpoint stores them. Of a checkpoint
/// opened without weights config.json says all, and each g4.weight how its
/// numbers may be made (`synthetic` of g4.weight).
///
/// Errors: InvalidArgument or Unimplemented naming the file and the field or
/// tensor, what was found and what is needed; InvalidArgument where a tower is
/// asked for that the model does not have.
g4rt::Result<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const Checkpoint &checkpoint, ImportOptions options,
            mlir::MLIRContext *context);

/// The chat template of this name ("gemma4-large") as a program.
///
/// Errors: NotFound listing the names that are known.
g4rt::Result<flatbuffers::Offset<artifact::ChatTemplate>>
writeChatTemplate(const std::string &name,
                  flatbuffers::FlatBufferBuilder &builder);

/// The marks at which the turns of the chat template of this name end.
///
/// Errors: those of writeChatTemplate.
g4rt::Result<std::vector<std::string>> chatTurnEnds(const std::string &name);

/// Where in the checkpoint's files the facts stood that importModel() took.
///
/// Errors: those of importModel.
g4rt::Result<FactOrigins> factOrigins(const Checkpoint &checkpoint);

} // namespace g4

#endif // G4_MODELS_FAMILY_H
