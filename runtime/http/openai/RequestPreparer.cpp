//===- RequestPreparer.cpp - From typed requests to the engine's ----------===//

#include "runtime/http/openai/RequestPreparer.h"

#include "runtime/engine/RequestCheck.h"
#include "runtime/http/WallClock.h"

#include <algorithm>
#include <cstdio>
#include <random>

namespace g4rt {

static size_t longestPiece(const Tokenizer &tokenizer) {
  size_t longest = 1;
  for (int32_t id = 0; id < tokenizer.numTokens(); ++id)
    longest = std::max(longest, tokenizer.piece(id).size());
  return longest;
}

RequestPreparer::RequestPreparer(const ServedModel &model,
                                 const HttpLimits &limits)
    : model_(model), limits_(limits),
      mostBytesOfToken_(longestPiece(model.tokenizer)) {}

//===----------------------------------------------------------------------===//
// Prompts
//===----------------------------------------------------------------------===//

static Status cannotContinue(std::string_view why) {
  return Status(StatusCode::InvalidArgument,
                "continue_final_message: " + std::string(why));
}

/// Up to the end of the last message's text: what the template writes after it
/// would end the turn.
static Result<Prompt> renderOpen(const ChatTemplate &chatTemplate,
                                 Conversation conversation) {
  const Message *last =
      conversation.messages.empty() ? nullptr : &conversation.messages.back();
  if (!last || last->role != Role::Assistant || !last->toolCalls.empty())
    return cannotContinue("the last message is no text of the assistant");
  conversation.addGenerationPrompt = false;
  G4RT_ASSIGN(Prompt prompt, chatTemplate.render(conversation));
  if (!prompt.cutAfterContent())
    return cannotContinue("the last message has no text");
  return prompt;
}

Result<Prompt> RequestPreparer::render(const Conversation &conversation) const {
  if (!model_.chatTemplate)
    return Status(StatusCode::Unimplemented,
                  "messages: the model has no chat template");
  if (!conversation.continuesLast)
    return model_.chatTemplate->render(conversation);
  return renderOpen(*model_.chatTemplate, conversation);
}

// No token stands for more bytes than the longest piece has, so a text can be
// refused before the time and memory of tokenizing it are spent.
Status RequestPreparer::checkSize(size_t numBytes) const {
  size_t numTokens = numBytes / mostBytesOfToken_;
  if (numTokens <= static_cast<size_t>(model_.maxModelLength))
    return Status();
  return contextLengthExceeded("the prompt has at least " +
                                   std::to_string(numTokens) + " tokens",
                               model_.maxModelLength);
}

Result<std::vector<int32_t>>
RequestPreparer::encode(const Prompt &prompt) const {
  size_t numBytes = 0;
  for (const TextSegment &segment : prompt.segments())
    numBytes += segment.text.size();
  G4RT_TRY(checkSize(numBytes));
  return prompt.encode(model_.tokenizer);
}

Result<std::vector<int32_t>>
RequestPreparer::encode(const RawPrompt &prompt) const {
  if (const auto *ids = std::get_if<std::vector<int32_t>>(&prompt))
    return *ids;
  const std::string &text = std::get<std::string>(prompt);
  G4RT_TRY(checkSize(text.size()));
  return encodePlainPrompt(model_.tokenizer, text, model_.generation.bosId);
}

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

Result<PreparedRequest>
RequestPreparer::prepare(std::vector<int32_t> ids,
                         const GenerationFields &fields) const {
  GenerationRequest request{.sampling = fields.sampling,
                            .numPromptLogprobs = fields.numPromptLogprobs,
                            .isPromptOnly = fields.maxTokens == 0,
                            .stopIds = fields.stopIds,
                            .stops = fields.stops,
                            .keepsStop = fields.keepsStop,
                            .minTokens = fields.minTokens,
                            .allowedIds = fields.allowedIds,
                            .bannedRows = fields.bannedRows,
                            .special = fields.special,
                            .stopInThought = fields.stopInReasoning,
                            .timeoutSeconds = fields.timeoutSeconds,
                            .queueTimeoutSeconds = fields.queueTimeoutSeconds,
                            .priority = fields.priority,
                            .cacheSalt = fields.cacheSalt,
                            .rules = fields.rules};
  G4RT_ASSIGN(request.maxTokens,
              fitMaxTokens(request.isPromptOnly ? 1 : fields.maxTokens,
                           static_cast<int64_t>(ids.size()), model_));
  request.promptIds = std::move(ids);
  // The answers are compared by them.
  if (fields.numTried > fields.numChoices)
    request.sampling.numTopLogprobs =
        std::max(request.sampling.numTopLogprobs, 0);
  return PreparedRequest{
      .request = std::move(request),
      .options = {.isStream = fields.isStream,
                  .includeUsage = fields.includeUsage,
                  .pingTime = limits_.pingTime,
                  .hasLogprobs = fields.sampling.numTopLogprobs >= 0,
                  .numBest = static_cast<size_t>(fields.numChoices)}};
}

Result<PreparedRequest> RequestPreparer::chat(const ChatRequest &chat) const {
  G4RT_ASSIGN(Prompt prompt, render(chat.conversation));
  G4RT_ASSIGN(std::vector<int32_t> ids, encode(prompt));
  G4RT_ASSIGN(PreparedRequest prepared,
              prepare(std::move(ids), chat.generation));
  prepared.request.isChat = true;
  return prepared;
}

Result<PreparedRequest>
RequestPreparer::text(const RawPrompt &prompt,
                      const GenerationFields &fields) const {
  G4RT_ASSIGN(std::vector<int32_t> ids, encode(prompt));
  return prepare(std::move(ids), fields);
}

static std::string randomHex() {
  std::random_device device;
  char text[25];
  std::snprintf(text, sizeof(text), "%08x%08x%08x", device(), device(),
                device());
  return text;
}

AnswerHead RequestPreparer::newHead(std::string_view prefix) const {
  return {.id = std::string(prefix) + randomHex(),
          .model = model_.name,
          .created = secondsSince1970()};
}

} // namespace g4rt
