//===- PromptEncoding.cpp - From prompts to token ids ---------------------===//

#include "runtime/engine/RequestCheck.h"
#include "runtime/http/openai/Api.h"

namespace g4rt {

// No token stands for more bytes than the longest piece has, so a text can be
// refused before the time and memory of tokenizing it are spent.
Status Api::checkSize(size_t numBytes) const {
  size_t numTokens = numBytes / mostBytesOfToken_;
  if (numTokens <= static_cast<size_t>(model_.maxModelLength))
    return Status();
  return contextLengthExceeded("the prompt has at least " +
                                   std::to_string(numTokens) + " tokens",
                               model_.maxModelLength);
}

Result<std::vector<int32_t>> Api::encode(const Prompt &prompt) const {
  size_t numBytes = 0;
  for (const TextSegment &segment : prompt.segments())
    numBytes += segment.text.size();
  G4RT_TRY(checkSize(numBytes));
  return prompt.encode(model_.tokenizer);
}

Result<std::vector<int32_t>> Api::encode(const RawPrompt &prompt) const {
  if (const auto *ids = std::get_if<std::vector<int32_t>>(&prompt))
    return *ids;
  const std::string &text = std::get<std::string>(prompt);
  G4RT_TRY(checkSize(text.size()));
  return encodePlainPrompt(model_.tokenizer, text, model_.generation.bosId);
}

Result<Prompt> Api::render(const Conversation &conversation) const {
  if (!model_.chatTemplate)
    return Status(StatusCode::Unimplemented,
                  "messages: the model has no chat template");
  return model_.chatTemplate->render(conversation);
}

} // namespace g4rt
