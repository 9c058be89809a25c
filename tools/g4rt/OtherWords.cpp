//===- OtherWords.cpp - Flags of other servers ----------------------------===//

#include "tools/g4rt/OtherWords.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace g4rt {

namespace {

/// What follows a flag that is left out.
enum class Value {
  None,
  One,
  Switch // on, off, auto, true, false, 0 or 1, which may be missing
};

struct SameFlag {
  std::string_view theirs;
  std::string_view ours;
};

struct NeedlessFlag {
  std::string_view name;
  Value value;
  std::string_view note;
};

} // namespace

constexpr std::string_view kAlways = "is always so";

constexpr auto kSame = std::to_array<SameFlag>({
    // llama-server
    {"-np", "--max-num-seqs"},
    {"--alias", "--served-model-name"},
    {"-a", "--served-model-name"},
    {"--batch-size", "--max-num-batched-tokens"},
    {"-tb", "--threads"},
    {"--ssl-cert-file", "--ssl-certfile"},
    {"--ssl-key-file", "--ssl-keyfile"},
    {"--threads-batch", "--threads"},
    // vLLM and SGLang
    {"--admin-api-key", "--admin-key"},
    {"--max-num-queued-reqs", "--max-queued-requests"},
    {"--chat-template-kwargs", "--default-chat-template-kwargs"},
    {"--dry-run", "--print-plan"},
});

constexpr auto kNeedless = std::to_array<NeedlessFlag>({
    // llama-server
    {"--jinja", Value::None, kAlways},
    {"--metrics", Value::None, kAlways},
    {"--slots", Value::None, kAlways},
    {"--props", Value::None, kAlways},
    {"--cont-batching", Value::None, kAlways},
    {"-cb", Value::None, kAlways},
    {"--cache-prompt", Value::None, kAlways},
    {"--flash-attn", Value::Switch, kAlways},
    {"-fa", Value::Switch, kAlways},
    {"--offline", Value::None, kAlways},
    {"--no-webui", Value::None, "the page is a file that nobody has to open"},
    {"--reasoning-format", Value::One,
     "thoughts are always told apart from the answer"},
    // vLLM
    {"--enable-auto-tool-choice", Value::None, kAlways},
    {"--tool-call-parser", Value::One, "calls are always read as the model's"},
    {"--reasoning-parser", Value::One,
     "thoughts are always told apart from the answer"},
    {"--enable-reasoning", Value::None, kAlways},
    {"--enable-chunked-prefill", Value::None, kAlways},
    {"--enable-prompt-tokens-details", Value::None, kAlways},
    {"--enable-force-include-usage", Value::None,
     "usage comes where a request asks for it"},
    {"--language-model-only", Value::None, kAlways},
    {"--trust-remote-code", Value::None, "no code of a model ever runs"},
    {"--generation-config", Value::One, "the file has the checkpoint's"},
    {"--dtype", Value::One, "the file was compiled for one"},
    {"--load-format", Value::One, "the file has one format"},
    {"--tokenizer", Value::One, "the file has the model's"},
    {"--disable-log-requests", Value::None, kAlways},
    {"--no-enable-log-requests", Value::None, kAlways},
    {"--disable-log-stats", Value::None, kAlways},
    {"--limit-mm-per-prompt", Value::One, "only text is read"},
});

static std::string_view nameOf(std::string_view word) {
  return word.substr(0, word.find('='));
}

static bool isSwitchValue(std::string_view word) {
  constexpr std::string_view kValues[] = {"on",    "off", "auto", "true",
                                          "false", "0",   "1"};
  return std::ranges::find(kValues, word) != std::end(kValues);
}

/// Words that belong to the needless flag at `at`, itself included.
static size_t numWords(const NeedlessFlag &flag,
                       const std::vector<std::string> &words, size_t at) {
  bool hasNext = words[at] == flag.name && at + 1 < words.size();
  if (!hasNext || flag.value == Value::None)
    return 1;
  return flag.value == Value::One || isSwitchValue(words[at + 1]) ? 2 : 1;
}

Translation inOurWords(const std::vector<std::string> &words) {
  Translation out;
  for (size_t i = 0; i < words.size();) {
    std::string_view name = nameOf(words[i]);
    auto needless = std::ranges::find(kNeedless, name, &NeedlessFlag::name);
    if (needless != kNeedless.end()) {
      out.notes.push_back(std::string(name) + ": " +
                          std::string(needless->note));
      i += numWords(*needless, words, i);
      continue;
    }
    auto same = std::ranges::find(kSame, name, &SameFlag::theirs);
    if (same == kSame.end())
      out.words.push_back(words[i]);
    else
      out.words.push_back(std::string(same->ours) +
                          words[i].substr(name.size()));
    ++i;
  }
  return out;
}

} // namespace g4rt
