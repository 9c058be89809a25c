//===- GenerationDefaults.cpp - Sampling and ends of a checkpoint ---------===//

#include "compiler/pack/GenerationDefaults.h"

#include "models/checkpoint/JsonFields.h"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace g4 {

namespace json = g4rt::json;
using g4rt::Result;
using g4rt::Status;
using json_fields::Fields;

// No sampler takes 0: it would keep no token.
constexpr double kLeastTopP = 1e-6;

static std::optional<int32_t> idOf(const artifact::Tokenizer &tokenizer,
                                   std::string_view content) {
  for (const artifact::AddedToken *token : *tokenizer.added_tokens())
    if (token->content()->string_view() == content)
      return static_cast<int32_t>(token->id());
  return std::nullopt;
}

namespace {

/// Collects the tokens that the files name, each with the places that do.
class TokenReader {
public:
  TokenReader(const Checkpoint &checkpoint, const TokenNames &names,
              GenerationDefaults &out)
      : checkpoint_(checkpoint), names_(names), out_(out) {}

  Status read();

private:
  Status readIds(const std::string &file, const json::object &object,
                 const std::string &prefix);
  Status readNames(const char *file);
  void readTurnEnds();
  bool hasEnd(int32_t id) const;
  void addEnd(int32_t id, const std::string &place);
  void keepFirst(int32_t &id, std::optional<int32_t> found) const;
  std::string endsText() const;

  const Checkpoint &checkpoint_;
  const TokenNames &names_;
  GenerationDefaults &out_;
  /// In the order of the files, each with the places that name it.
  std::vector<std::pair<int32_t, std::string>> ends_;
};

} // namespace

bool TokenReader::hasEnd(int32_t id) const {
  return std::ranges::any_of(ends_,
                             [&](const auto &end) { return end.first == id; });
}

void TokenReader::addEnd(int32_t id, const std::string &place) {
  for (auto &[known, places] : ends_)
    if (known == id) {
      places += ", " + place;
      return;
    }
  ends_.emplace_back(id, place);
}

void TokenReader::keepFirst(int32_t &id, std::optional<int32_t> found) const {
  if (id < 0)
    id = found.value_or(-1);
}

Status TokenReader::readIds(const std::string &file, const json::object &object,
                            const std::string &prefix) {
  Fields fields(object, prefix);
  keepFirst(out_.bosId, fields.tokenId("bos_token_id", names_.vocabSize));
  keepFirst(out_.padId, fields.tokenId("pad_token_id", names_.vocabSize));
  std::string place =
      file + (prefix.empty() ? "" : " " + prefix + "eos_token_id");
  for (int32_t id : fields.tokenIds("eos_token_id", names_.vocabSize))
    if (id >= 0)
      addEnd(id, place);
  if (fields.status().ok())
    return Status();
  return Status(fields.status()).during(checkpoint_.filePath(file));
}

/// A token of tokenizer_config.json: its text, or an object that holds it.
static std::optional<std::string> tokenText(const Fields &fields,
                                            const char *name) {
  const json::value *value = fields.find(name);
  if (value && value->is_object())
    value = value->get_object().if_contains("content");
  if (!value || !value->is_string())
    return std::nullopt;
  return std::string(value->get_string());
}

// A name that the tokenizer lacks is no token of this model.
Status TokenReader::readNames(const char *file) {
  std::string path = checkpoint_.filePath(file);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return Status();
  G4RT_ASSIGN(json::value value, g4rt::parseJsonFile(path));
  if (!value.is_object())
    return json_fields::wrong(path, "must hold a JSON object");
  Fields fields(value.get_object());
  auto find = [&](const char *name) -> std::optional<int32_t> {
    std::optional<std::string> text = tokenText(fields, name);
    return text ? idOf(names_.tokenizer, *text) : std::nullopt;
  };
  keepFirst(out_.bosId, find("bos_token"));
  keepFirst(out_.padId, find("pad_token"));
  if (std::optional<int32_t> end = find("eos_token"))
    addEnd(*end, file);
  return Status();
}

void TokenReader::readTurnEnds() {
  std::string found;
  for (const std::string &end : names_.turnEnds)
    if (std::optional<int32_t> id = idOf(names_.tokenizer, end)) {
      found +=
          (found.empty() ? "" : ", ") + std::to_string(*id) + " (" + end + ")";
      if (!hasEnd(*id))
        out_.chatEosIds.push_back(*id);
    }
  out_.origins.push_back(
      {"ends of a chat's turn",
       found.empty() ? "none in the vocabulary" : "chat template: " + found});
}

std::string TokenReader::endsText() const {
  std::string text;
  for (const auto &[id, places] : ends_)
    text += (text.empty() ? "" : "; ") + std::to_string(id) + ": " + places;
  return text.empty() ? "no file names one" : text;
}

Status TokenReader::read() {
  static const json::object kNothing;
  const json::object &config = checkpoint_.config();
  const json::object *inner = Fields(config).object("text_config");
  G4RT_TRY(
      readIds("generation_config.json", checkpoint_.generationConfig(), ""));
  G4RT_TRY(readIds("config.json", config, ""));
  G4RT_TRY(readIds("config.json", inner ? *inner : kNothing, "text_config."));
  G4RT_TRY(readNames("tokenizer_config.json"));
  G4RT_TRY(readNames("special_tokens_map.json"));
  for (const auto &[id, places] : ends_)
    out_.eosIds.push_back(id);
  out_.origins.push_back({"tokens that end an answer", endsText()});
  readTurnEnds();
  return Status();
}

Result<GenerationDefaults> readGenerationDefaults(const Checkpoint &checkpoint,
                                                  const TokenNames &names) {
  GenerationDefaults defaults;
  G4RT_TRY(TokenReader(checkpoint, names, defaults).read());
  Fields fields(checkpoint.generationConfig());
  defaults.suppressedIds = fields.tokenIds("suppress_tokens", names.vocabSize);
  defaults.doSample = fields.boolean("do_sample", false);
  defaults.temperature =
      static_cast<float>(fields.number("temperature", 1, 0, 100));
  defaults.topP = static_cast<float>(fields.number("top_p", 1, kLeastTopP, 1));
  defaults.topK = static_cast<uint32_t>(fields.number("top_k", 0, 0, 1 << 30));
  if (!fields.status().ok())
    return Status(fields.status())
        .during(checkpoint.filePath("generation_config.json"));
  defaults.origins.push_back(
      {"sampling", checkpoint.generationConfig().empty()
                       ? "no generation_config.json: the likeliest token"
                       : "generation_config.json"});
  return defaults;
}

} // namespace g4
