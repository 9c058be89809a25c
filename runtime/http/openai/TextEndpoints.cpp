//===- TextEndpoints.cpp - /tokenize, /detokenize, /apply-template --------===//

#include "runtime/http/openai/Api.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/RequestBody.h"
#include "runtime/http/openai/ThinkingFields.h"

#include <charconv>
#include <iterator>

namespace g4rt {

constexpr size_t kMaxDetokenizeIds = 1'000'000;

// Written as they come: a tree of JSON would take ten times the memory.

static void appendIds(std::string &out, std::span<const int32_t> ids) {
  out.reserve(out.size() + 2 + 7 * ids.size());
  out += '[';
  for (size_t i = 0; i < ids.size(); ++i) {
    char digits[16];
    char *end = std::to_chars(digits, std::end(digits), ids[i]).ptr;
    if (i > 0)
      out += ',';
    out.append(digits, end);
  }
  out += ']';
}

static void appendTexts(std::string &out, std::span<const int32_t> ids,
                        const Tokenizer &tokenizer) {
  size_t numBytes = 0;
  for (int32_t id : ids)
    numBytes += tokenizer.piece(id).size() + 3;
  out.reserve(out.size() + numBytes + 16);
  out += '[';
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i > 0)
      out += ',';
    out += json::serialize(json::string_view(tokenizer.piece(ids[i])));
  }
  out += ']';
}

/// `"count":2,"tokens":[5,6]`, without braces.
static std::string idFields(std::span<const int32_t> ids) {
  std::string out = "\"count\":" + std::to_string(ids.size()) + ",\"tokens\":";
  appendIds(out, ids);
  return out;
}

// The ids say which special tokens the template wrote; the text alone does not.
Result<std::string> Api::applyTemplate(std::string_view text) const {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  G4RT_ASSIGN(Conversation conversation,
              readConversation(request, body.left, model_));
  G4RT_ASSIGN(Prompt prompt, preparer_.render(conversation));
  std::string out =
      "{\"prompt\":" + json::serialize(json::string_view(prompt.joined()));
  out += "," + idFields(prompt.encode(model_.tokenizer)) + "}";
  return out;
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
Result<std::string> Api::tokenize(std::string_view text) const {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  G4RT_TRY(checkModel(request, model_));
  G4RT_ASSIGN(std::optional<bool> withTexts,
              request.boolean("return_token_strs"));
  std::vector<int32_t> ids;
  if (request.find("messages")) {
    G4RT_ASSIGN(Conversation conversation,
                readConversation(request, body.left, model_));
    G4RT_ASSIGN(Prompt prompt, preparer_.render(conversation));
    ids = prompt.encode(model_.tokenizer);
  } else {
    G4RT_ASSIGN(ids, idsOfText(request, model_));
  }
  std::string out =
      "{\"max_model_len\":" + std::to_string(model_.maxModelLength) + "," +
      idFields(ids);
  if (withTexts.value_or(false)) {
    out += ",\"token_strs\":";
    appendTexts(out, ids, model_.tokenizer);
  }
  return out + "}";
}

// Some ids stand for a hundred bytes, so that a request could ask for a text
// that is many times as large.
static Status checkTextSize(std::span<const int32_t> ids,
                            const Tokenizer &tokenizer, size_t maxBytes) {
  size_t numBytes = 0;
  for (int32_t id : ids)
    numBytes += tokenizer.piece(id).size();
  if (numBytes <= maxBytes)
    return Status();
  return JsonPath().key("tokens").wrong(
      "a text of " + std::to_string(numBytes) + " bytes, at most " +
      std::to_string(maxBytes));
}

Result<std::string> Api::detokenize(std::string_view body) const {
  G4RT_ASSIGN(RequestBody parsed,
              RequestBody::parse(body, {.maxValues = kMaxDetokenizeIds + 100}));
  G4RT_ASSIGN(FieldReader request, parsed.fields());
  G4RT_TRY(checkModel(request, model_));
  if (!request.find("tokens"))
    return request.path().key("tokens").wrong(
        "missing, needs a list of token ids");
  G4RT_ASSIGN(std::vector<int32_t> ids,
              readIds(request, "tokens", model_.tokenizer.numTokens(),
                      kMaxDetokenizeIds));
  G4RT_TRY(checkTextSize(ids, model_.tokenizer, limits_.maxBodyBytes));
  std::string text = json::serialize(
      json::string_view(model_.tokenizer.decode(ids, SpecialIds::Show)));
  std::string out;
  out.reserve(2 * text.size() + 32);
  ((out += "{\"prompt\":") += text) += ",\"content\":";
  return (out += text) += '}';
}

} // namespace g4rt
