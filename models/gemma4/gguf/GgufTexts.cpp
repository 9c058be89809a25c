//===- GgufTexts.cpp - Tokenizer and ends of a GGUF file ------------------===//

#include "models/gemma4/gguf/GgufTexts.h"

#include "models/checkpoint/JsonFields.h"
#include "models/checkpoint/TokenizerJson.h"
#include "models/checkpoint/gguf/GgufKeys.h"

#include <algorithm>

namespace g4::gemma4 {

namespace json = g4rt::json;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using json_fields::shown;

constexpr const char *kModel = "tokenizer.ggml.model";
constexpr const char *kTokens = "tokenizer.ggml.tokens";
constexpr const char *kTypes = "tokenizer.ggml.token_type";
constexpr const char *kMerges = "tokenizer.ggml.merges";

// Values of kTypes: llama_token_type of llama.h.
enum TokenType : int64_t { kUnknown = 2, kControl = 3, kUserDefined = 4 };

/// Found in raw text by every Gemma 4 tokenizer.
constexpr std::string_view kOwnTokens[] = {
    "<pad>",
    "<eos>",
    "<bos>",
    "<unk>",
    "<mask>",
    "<|tool>",
    "<tool|>",
    "<|tool_call>",
    "<tool_call|>",
    "<|tool_response>",
    "<tool_response|>",
    "<|\"|>",
    "<|think|>",
    "<|channel>",
    "<channel|>",
    "<|turn>",
    "<turn|>",
    "<|image>",
    "<|audio>",
    "<|image|>",
    "<|audio|>",
    "<image|>",
    "<audio|>",
    "<|video|>",
};

template <typename List, typename T>
static bool holds(const List &list, const T &element) {
  return std::ranges::find(list, element) != std::ranges::end(list);
}

/// "[PAD7]", with which converters fill a vocabulary up to the embedding's
/// rows. Nobody writes it and means the token.
static bool isFiller(std::string_view token) {
  return token.starts_with("[PAD") && token.ends_with("]");
}

/// Whether the token is found in raw text, and whether it is a control token.
struct AddedKind {
  bool isAdded = false, isSpecial = false;
};

static AddedKind kindOf(std::string_view token, const json::value &type) {
  if (type == kUserDefined)
    return {.isAdded = !isFiller(token), .isSpecial = false};
  bool isSpecial =
      type == kControl || type == kUnknown || holds(kOwnTokens, token);
  return {.isAdded = isSpecial, .isSpecial = isSpecial};
}

static json::array addedTokens(const std::vector<std::string_view> &tokens,
                               const json::array &types) {
  json::array added;
  for (size_t id = 0; id < tokens.size(); ++id) {
    AddedKind kind = kindOf(tokens[id], types[id]);
    if (kind.isAdded)
      added.push_back({{"id", static_cast<int64_t>(id)},
                       {"content", tokens[id]},
                       {"special", kind.isSpecial},
                       {"normalized", false}});
  }
  return added;
}

/// Whether "LEFT RIGHT" are two pieces that make a third. What is no such text
/// at all is left to the reader of tokenizer.json, which refuses it.
static bool isUsable(std::string_view merge, const json::object &vocab) {
  size_t space = merge.find(' ');
  if (space == merge.npos)
    return true;
  std::string_view left = merge.substr(0, space);
  std::string_view right = merge.substr(space + 1);
  return vocab.contains(left) && vocab.contains(right) &&
         vocab.contains(std::string(left) + std::string(right));
}

static json::object vocabOf(const std::vector<std::string_view> &tokens) {
  json::object vocab;
  vocab.reserve(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id)
    vocab.emplace(tokens[id], static_cast<int64_t>(id));
  return vocab;
}

static json::object bpeModel(const std::vector<std::string_view> &tokens,
                             const std::vector<std::string_view> &merges,
                             const json::value &unknown) {
  json::object vocab = vocabOf(tokens);
  json::array usable;
  for (std::string_view merge : merges)
    if (isUsable(merge, vocab))
      usable.push_back(json::string(merge));
  return {{"type", "BPE"},
          {"byte_fallback", true},
          {"fuse_unk", true},
          {"unk_token", unknown},
          {"vocab", std::move(vocab)},
          {"merges", std::move(usable)},
          {kMayLackMerges, !merges.empty()}};
}

/// The parts of tokenizer.json that are alike in every Gemma.
constexpr const char *kPipeline = R"({
  "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
  "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious"},
  "decoder": {"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
    {"type": "ByteFallback"}, {"type": "Fuse"}]}
})";

/// llama.cpp calls Gemma's tokenizer gemma4; Ollama calls the model llama and
/// what is done before it gemma4.
static Status checkModel(gguf::Keys &keys) {
  keys.need(kModel);
  std::string model = keys.text(kModel), pre = keys.text("tokenizer.ggml.pre");
  G4RT_TRY(keys.status());
  if (model == "gemma4" || pre == "gemma4")
    return Status();
  return Status(StatusCode::Unimplemented,
                std::string("metadata ") + kModel + ": " +
                    json_fields::shownString(model) + ", needs \"gemma4\"");
}

/// The piece of the unknown; null where no key and no piece says it.
static json::value unknownPiece(gguf::Keys &keys,
                                const std::vector<std::string_view> &tokens) {
  json::value id = keys.find("tokenizer.ggml.unknown_token_id");
  if (const int64_t *number = id.if_int64();
      number && *number >= 0 && static_cast<size_t>(*number) < tokens.size())
    return json::string(tokens[*number]);
  return holds(tokens, "<unk>") ? json::value("<unk>") : json::value();
}

Result<json::value> tokenizerOfGguf(const GgufFile &file) {
  gguf::Keys keys(file.metadata());
  std::string whole = keys.text("tokenizer.huggingface.json");
  if (!whole.empty())
    return g4rt::parseJson(whole);
  G4RT_TRY(checkModel(keys));
  std::vector<std::string_view> tokens = keys.needTexts(kTokens);
  std::vector<std::string_view> merges = keys.needTexts(kMerges);
  json::value types = keys.need(kTypes);
  if (!types.is_array() || types.get_array().size() != tokens.size())
    keys.fail(kTypes, "needs an array with a type for each of " +
                          std::to_string(tokens.size()) + " tokens");
  json::value unknown = unknownPiece(keys, tokens);
  G4RT_TRY(keys.status());
  G4RT_ASSIGN(json::value pipeline, g4rt::parseJson(kPipeline));
  json::object tokenizer = std::move(pipeline.get_object());
  tokenizer["model"] = bpeModel(tokens, merges, unknown);
  tokenizer["added_tokens"] = addedTokens(tokens, types.get_array());
  return json::value(std::move(tokenizer));
}

size_t numMergesLeftOut(const GgufFile &file) {
  gguf::Keys keys(file.metadata());
  json::object vocab = vocabOf(keys.needTexts(kTokens));
  return std::ranges::count_if(keys.needTexts(kMerges), [&](auto merge) {
    return !isUsable(merge, vocab);
  });
}

Result<json::object> generationConfigOfGguf(const GgufFile &file) {
  gguf::Keys keys(file.metadata());
  json::array ends;
  auto addEnd = [&](const json::value &id) {
    if (!id.is_null() && !holds(ends, id))
      ends.push_back(id);
  };
  // Ollama's converter has a list, llama.cpp's has kinds of ends.
  json::value list = keys.find("tokenizer.ggml.eos_token_ids");
  if (list.is_array())
    std::ranges::for_each(list.get_array(), addEnd);
  for (const char *key : {"eos_token_id", "eot_token_id", "eom_token_id"})
    addEnd(keys.find(std::string("tokenizer.ggml.") + key));
  json::value temperature = keys.find("general.sampling.temp");
  json::object config = {
      {"bos_token_id", keys.find("tokenizer.ggml.bos_token_id")},
      {"pad_token_id", keys.find("tokenizer.ggml.padding_token_id")},
      {"eos_token_id", std::move(ends)},
      {"suppress_tokens", keys.find("tokenizer.ggml.suppress_tokens")},
      {"do_sample", !temperature.is_null()},
      {"temperature", temperature},
      {"top_k", keys.find("general.sampling.top_k")},
      {"top_p", keys.find("general.sampling.top_p")},
  };
  G4RT_TRY(keys.status());
  return config;
}

} // namespace g4::gemma4
