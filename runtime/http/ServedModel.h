//===- ServedModel.h - What the endpoints know of a model -------*- C++ -*-===//
//
// A view of the model and its engine. It names no executor and no artifact, so
// that tests can serve a table of answers.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_SERVEDMODEL_H
#define G4_RUNTIME_HTTP_SERVEDMODEL_H

#include "runtime/base/Json.h"
#include "runtime/engine/Engine.h"
#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/template/ChatTemplate.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace g4::artifact {
struct Artifact;
struct Generation;
} // namespace g4::artifact

namespace g4rt {

class LoadedModel;
struct ModelText;

/// What an answer goes on from.
enum class PromptKind { Text, Chat };

/// What holds where a request is silent: the checkpoint's generation_config.
struct GenerationDefaults {
  /// Starts a prompt of plain text.
  std::optional<int32_t> bosId = {};
  /// End an answer, and besides those of a chat.
  std::vector<int32_t> eosIds = {}, chatEosIds = {};
  /// Never sampled.
  std::vector<int32_t> suppressIds = {};
  float temperature = 1;
  uint32_t topK = 0; // 0: no limit
  float topP = 1;

  /// The ids that end an answer to such a prompt.
  std::vector<int32_t> endIds(PromptKind kind) const;
};

/// What an artifact's table says. Without do_sample the most likely token is
/// taken, as transformers does.
GenerationDefaults defaultsOf(const g4::artifact::Generation &table);

/// Borrows; the engine, the tokenizer and the template outlive the server.
struct ServedModel {
  Engine &engine;
  const Tokenizer &tokenizer;
  /// Null: the model answers no chat.
  const ChatTemplate *chatTemplate = nullptr;
  std::string name; // what requests call it
  GenerationDefaults generation = {};
  /// What holds where a chat does not say: the switches of the template.
  Conversation chatDefaults = {};
  /// Positions of a sequence at most, prompt and answer.
  int64_t maxModelLength = 0;
  /// Whether a max_tokens beyond the room is refused, as by vLLM, and not cut
  /// to it.
  bool isStrict = false;
  /// When it was loaded, seconds since 1970.
  int64_t createdTime = 0;
  /// What /v1/models shows of the artifact's label; null without one.
  json::value label = {};
};

/// The view of a model that `engine` runs; created now. The name is the
/// artifact's.
ServedModel serve(const LoadedModel &model, Engine &engine);
/// The same where the engine has the model and only its text is here.
ServedModel serve(const g4::artifact::Artifact &root, const ModelText &text,
                  int64_t maxModelLength, Engine &engine);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_SERVEDMODEL_H
