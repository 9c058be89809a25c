//===- TextEndpoints.cpp - /tokenize, /detokenize, /apply-template --------===//

#include "runtime/http/openai/Api.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/text/ValueParser.h"

namespace g4rt {

constexpr size_t kMaxDetokenizeIds = 1'000'000;

static Result<Value> parseBody(std::string_view body, size_t maxValues) {
  ValueLimits limits{.maxValues = maxValues};
  return parseValue(body, limits);
}

Result<json::object> Api::applyTemplate(std::string_view body) const {
  G4RT_ASSIGN(Conversation conversation, parseConversation(body));
  G4RT_ASSIGN(Prompt prompt, render(conversation));
  return json::object{{"prompt", prompt.joined()}};
}

static json::array textsOf(std::span<const int32_t> ids,
                           const Tokenizer &tokenizer) {
  json::array texts;
  for (int32_t id : ids)
    texts.push_back(json::string(tokenizer.piece(id)));
  return texts;
}

/// The text of "prompt", which gets a <bos> unless the request says no, or of
/// "content", llama.cpp's word, which gets one only if the request says so.
static Result<std::vector<int32_t>> idsOfText(const FieldReader &request,
                                              const ServedModel &model) {
  bool isContent = !request.find("prompt") && request.find("content");
  G4RT_ASSIGN(std::string text,
              request.neededString(isContent ? "content" : "prompt"));
  G4RT_ASSIGN(
      std::optional<bool> addSpecial,
      request.boolean(isContent ? "add_special" : "add_special_tokens"));
  bool addBos = addSpecial.value_or(!isContent);
  return encodePlainPrompt(model.tokenizer, text,
                           addBos ? model.generation.bosId : std::nullopt);
}

// A conversation's prompt says itself where it begins.
Result<json::object> Api::tokenize(std::string_view body) const {
  ValueLimits limits;
  G4RT_ASSIGN(Value value, parseBody(body, limits.maxValues));
  JsonPath root;
  G4RT_ASSIGN(FieldReader request, FieldReader::of(value, root));
  G4RT_TRY(checkModel(request, model_));
  G4RT_ASSIGN(std::optional<bool> withTexts,
              request.boolean("return_token_strs"));
  std::vector<int32_t> ids;
  if (request.find("messages")) {
    G4RT_ASSIGN(Conversation conversation, parseConversation(body));
    G4RT_ASSIGN(Prompt prompt, render(conversation));
    ids = prompt.encode(model_.tokenizer);
  } else {
    G4RT_ASSIGN(ids, idsOfText(request, model_));
  }
  json::object out{{"count", ids.size()},
                   {"max_model_len", model_.maxModelLength},
                   {"tokens", json::value_from(ids)}};
  if (withTexts.value_or(false))
    out["token_strs"] = textsOf(ids, model_.tokenizer);
  return out;
}

Result<json::object> Api::detokenize(std::string_view body) const {
  G4RT_ASSIGN(Value value, parseBody(body, kMaxDetokenizeIds + 100));
  JsonPath root;
  G4RT_ASSIGN(FieldReader request, FieldReader::of(value, root));
  G4RT_TRY(checkModel(request, model_));
  if (!request.find("tokens"))
    return root.key("tokens").wrong("missing, needs a list of token ids");
  G4RT_ASSIGN(std::vector<int32_t> ids,
              readIds(request, "tokens", model_.tokenizer.numTokens(),
                      kMaxDetokenizeIds));
  std::string text = model_.tokenizer.decode(ids, SpecialIds::Show);
  return json::object{{"prompt", text}, {"content", text}};
}

} // namespace g4rt
