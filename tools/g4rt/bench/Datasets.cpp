//===- Datasets.cpp - What a serving benchmark asks -----------------------===//

#include "tools/g4rt/bench/Datasets.h"

#include "runtime/base/Json.h"
#include "runtime/base/MappedFile.h"
#include "runtime/http/dashboard/PageFiles.h"

#include <iterator>
#include <random>

namespace g4rt {

static Status wrong(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

/// Common English words, so that a word is about a token.
constexpr std::string_view kWords[] = {
    "the",   "of",    "and",  "to",   "in",   "is",   "that",  "for", "it",
    "as",    "was",   "with", "be",   "by",   "on",   "not",   "he",  "his",
    "but",   "at",    "are",  "this", "have", "from", "or",    "had", "an",
    "they",  "which", "one",  "you",  "were", "her",  "all",   "she", "there",
    "would", "their", "we",   "him",  "been", "has",  "when",  "who", "will",
    "more",  "no",    "if",   "out",  "so",   "said", "what",  "up",  "its",
    "about", "into",  "than", "them", "can",  "only", "other", "new", "some"};

static std::vector<std::string> randomPrompts(const DatasetOptions &options) {
  std::mt19937_64 random(options.seed);
  std::vector<std::string> prompts(options.numPrompts);
  for (std::string &prompt : prompts)
    for (int64_t i = 0; i < options.inputLength; ++i) {
      prompt += i > 0 ? " " : "";
      prompt += kWords[random() % std::size(kWords)];
    }
  return prompts;
}

Result<std::vector<std::string>> shareGptPrompts(std::string_view text) {
  G4RT_ASSIGN(json::value file, parseJson(text));
  const json::array *list = file.if_array();
  if (!list)
    return wrong("needs a list of objects with \"conversations\"");
  std::vector<std::string> prompts;
  for (const json::value &entry : *list) {
    json::error_code error;
    const json::value *from =
        entry.find_pointer("/conversations/0/from", error);
    const json::value *said =
        entry.find_pointer("/conversations/0/value", error);
    if (from && said && *from == "human" && said->is_string())
      prompts.emplace_back(said->get_string());
  }
  if (prompts.empty())
    return wrong("no conversation begins with a message from \"human\"");
  return prompts;
}

static Result<std::vector<std::string>> readShareGpt(const std::string &path) {
  if (path.empty())
    return wrong("--dataset-name sharegpt needs --dataset-path FILE");
  G4RT_ASSIGN(MappedFile file, MappedFile::open(path));
  auto bytes = file.bytes();
  auto prompts = shareGptPrompts(
      {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  return prompts ? prompts : Status(prompts.error()).during(path);
}

/// The prompts that the page's agents draw by.
static std::vector<std::string> svgPrompts() {
  std::vector<std::string> prompts;
  for (const PageFile &file : pageFiles()) {
    if (file.name != "scenarios.json")
      continue;
    json::value scenarios = json::parse(file.content);
    for (const json::value &prompt :
         scenarios.at_pointer("/svg/prompts").as_array())
      prompts.emplace_back(prompt.as_string());
  }
  return prompts;
}

static Result<std::vector<std::string>>
promptsOf(const DatasetOptions &options) {
  if (options.name == "sharegpt")
    return readShareGpt(options.path);
  if (options.name == "svg")
    return svgPrompts();
  if (options.name == "random")
    return randomPrompts(options);
  if (options.prompt.empty())
    return wrong("--dataset-name fixed needs --prompt TEXT");
  return std::vector<std::string>{options.prompt};
}

Result<std::vector<BenchRequest>> makeDataset(const DatasetOptions &options) {
  G4RT_ASSIGN(std::vector<std::string> prompts, promptsOf(options));
  std::vector<BenchRequest> requests(options.numPrompts);
  for (size_t i = 0; i < requests.size(); ++i)
    requests[i] = {.prompt = prompts[i % prompts.size()],
                   .maxTokens = options.outputLength};
  return requests;
}

} // namespace g4rt
