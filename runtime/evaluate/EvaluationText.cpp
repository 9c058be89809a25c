//===- EvaluationText.cpp - The text that a model is judged by ------------===//

#include "runtime/evaluate/EvaluationText.h"

#include "runtime/base/Checksum.h"
#include "runtime/base/Json.h"
#include "runtime/base/MappedFile.h"

#include <algorithm>

namespace g4rt {

int64_t EvaluationText::longest() const {
  size_t most = 0;
  for (const EvaluationSequence &sequence : sequences)
    most = std::max(most, sequence.ids.size());
  return static_cast<int64_t>(most);
}

static Status invalid(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

namespace {

class TextReader {
public:
  TextReader(const ModelText &model, const EvaluationTextOptions &options)
      : model_(model), options_(options) {}

  Status readPlain(std::string_view text);
  Status readLines(std::string_view text);
  EvaluationText take() { return std::move(text_); }

private:
  Status readLine(std::string_view line);
  Result<std::vector<int32_t>> promptOf(const json::object &line,
                                        std::string_view source);
  Result<std::vector<int32_t>> conversation(std::string_view source);
  Result<int> categoryOf(const json::object &line);
  std::vector<int32_t> plain(std::string_view text) {
    std::optional<int32_t> bos;
    if (options_.bosId >= 0)
      bos = options_.bosId;
    return encodePlainPrompt(model_.tokenizer, text, bos);
  }

  const ModelText &model_;
  const EvaluationTextOptions &options_;
  EvaluationText text_;
};

} // namespace

// Each window begins as a text does: what a row is judged by never depends on
// text that the model cannot see.
Status TextReader::readPlain(std::string_view text) {
  std::vector<int32_t> ids =
      model_.tokenizer.encode(text, SpecialTokens::Match);
  bool hasBos = options_.bosId >= 0;
  auto step = static_cast<size_t>(options_.window - (hasBos ? 1 : 0));
  for (size_t first = 0; first < ids.size(); first += step) {
    EvaluationSequence sequence;
    if (hasBos)
      sequence.ids.push_back(options_.bosId);
    size_t end = std::min(first + step, ids.size());
    sequence.ids.insert(sequence.ids.end(), ids.begin() + first,
                        ids.begin() + end);
    sequence.answerBegin = sequence.ids.size();
    if (sequence.ids.size() > 1)
      text_.sequences.push_back(std::move(sequence));
  }
  return Status();
}

/// The string at `key`, or null. Errors: InvalidArgument if it is none.
static Result<const json::string *> stringAt(const json::object &line,
                                             std::string_view key) {
  const json::value *value = line.if_contains(key);
  if (!value || value->is_null())
    return static_cast<const json::string *>(nullptr);
  if (const json::string *text = value->if_string())
    return text;
  return invalid("\"" + std::string(key) + "\" is not a text");
}

Result<std::vector<int32_t>> TextReader::conversation(std::string_view source) {
  if (!model_.chatTemplate)
    return invalid("\"messages\": the model has no chat template");
  G4RT_ASSIGN(Conversation messages, parseConversation(source));
  G4RT_ASSIGN(Prompt prompt, model_.chatTemplate->render(messages));
  return prompt.encode(model_.tokenizer);
}

Result<std::vector<int32_t>> TextReader::promptOf(const json::object &line,
                                                  std::string_view source) {
  if (line.contains("messages"))
    return conversation(source);
  for (const char *key : {"prompt", "text"}) {
    G4RT_ASSIGN(const json::string *text, stringAt(line, key));
    if (text)
      return plain(*text);
  }
  return invalid("needs \"text\", \"prompt\" or \"messages\"");
}

Result<int> TextReader::categoryOf(const json::object &line) {
  G4RT_ASSIGN(const json::string *name, stringAt(line, options_.categoryKey));
  if (!name)
    return -1;
  auto &names = text_.categories;
  auto found = std::find(names.begin(), names.end(), std::string_view(*name));
  if (found == names.end())
    found = names.insert(names.end(), std::string(*name));
  return static_cast<int>(found - names.begin());
}

Status TextReader::readLine(std::string_view source) {
  G4RT_ASSIGN(json::value value, parseJson(source));
  const json::object *line = value.if_object();
  if (!line)
    return invalid("is not an object");
  EvaluationSequence sequence;
  G4RT_ASSIGN(sequence.ids, promptOf(*line, source));
  sequence.answerBegin = sequence.ids.size();
  G4RT_ASSIGN(sequence.category, categoryOf(*line));
  G4RT_ASSIGN(const json::string *answer, stringAt(*line, "answer"));
  if (answer) {
    auto ids = model_.tokenizer.encode(*answer, SpecialTokens::Match);
    sequence.ids.insert(sequence.ids.end(), ids.begin(), ids.end());
    text_.hasAnswers = true;
  }
  if (sequence.ids.size() > 1)
    text_.sequences.push_back(std::move(sequence));
  return Status();
}

Status TextReader::readLines(std::string_view text) {
  for (int64_t number = 1; !text.empty(); ++number) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos)
      continue;
    if (Status status = readLine(line); !status.ok())
      return std::move(status).during("line " + std::to_string(number));
  }
  return Status();
}

Result<EvaluationText>
readEvaluationText(const std::string &path, const ModelText &model,
                   const EvaluationTextOptions &options) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(path));
  std::string_view text(reinterpret_cast<const char *>(file.bytes().data()),
                        file.bytes().size());
  TextReader reader(model, options);
  Status status = path.ends_with(".jsonl") ? reader.readLines(text)
                                           : reader.readPlain(text);
  if (!status.ok())
    return std::move(status).during(path);
  EvaluationText read = reader.take();
  if (read.sequences.empty())
    return invalid(path + ": no text of two tokens or more");
  read.checksum = checksum(file.bytes());
  return read;
}

} // namespace g4rt
