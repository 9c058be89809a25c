//===- GenerationFields.cpp - How an answer shall be made -----------------===//

#include "runtime/http/openai/GenerationFields.h"

#include "runtime/engine/RequestCheck.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/Refusals.h"
#include "runtime/text/answer/StopMatcher.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <random>

namespace g4rt {

constexpr size_t kMaxStopIds = 1024;
constexpr size_t kMaxBadWords = 1024;
constexpr int64_t kMaxChoices = 16;
constexpr size_t kMaxSaltBytes = 256;
// Of the list, before its strings are looked at; StopMatcher bounds their
// bytes.
constexpr size_t kMaxStops = StopMatcher::kMaxBytes;
constexpr float kLargestBias = 100;
// top_p 0 asks for the most likely token alone, which any small share is.
constexpr float kLeastTopP = 1e-6F;
constexpr int64_t kMaxInt32 = std::numeric_limits<int32_t>::max();

namespace {

/// A number of the request and where it goes.
struct NumberField {
  std::string_view name;
  float SamplingParams::*field;
};

} // namespace

constexpr std::string_view kRepetitionPenalty = "repetition_penalty";
constexpr NumberField kNumbers[] = {
    {"temperature", &SamplingParams::temperature},
    {"top_p", &SamplingParams::topP},
    {"min_p", &SamplingParams::minP},
    {"presence_penalty", &SamplingParams::presencePenalty},
    {"frequency_penalty", &SamplingParams::frequencyPenalty},
    {kRepetitionPenalty, &SamplingParams::repetitionPenalty}};

static std::string_view spelled(std::string_view name,
                                const FieldWords &words) {
  return name == kRepetitionPenalty ? words.repetitionPenalty : name;
}

static uint64_t randomSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

static Status readTopK(const FieldReader &request, SamplingParams &out) {
  // -1 is vLLM's word for "all".
  G4RT_ASSIGN(std::optional<int64_t> topK,
              readInteger(request, "top_k", {-1, kMaxInt32}));
  if (topK)
    out.topK = *topK < 0 ? 0 : static_cast<uint32_t>(*topK);
  return Status();
}

static Status readSeed(const FieldReader &request, SamplingParams &out) {
  G4RT_ASSIGN(std::optional<int64_t> seed,
              readInteger(request, "seed",
                          {std::numeric_limits<int64_t>::min(),
                           std::numeric_limits<int64_t>::max()}));
  // -1 is llama-server's word for "random".
  bool isRandom = seed.value_or(-1) == -1;
  out.seed = isRandom ? randomSeed() : static_cast<uint64_t>(*seed);
  return Status();
}

static Status wrongBiasId(std::string_view id, const JsonPath &path,
                          int32_t numTokens) {
  return path.wrong("\"" + std::string(clipUtf8(id, 40)) +
                    "\", needs token ids of 0 to " +
                    std::to_string(numTokens - 1));
}

// false is llama-server's word for "never".
static Result<LogitBias> readBias(std::string_view id, const Value &bias,
                                  const JsonPath &path, int32_t numTokens) {
  LogitBias out{.id = 0, .bias = -kLargestBias};
  auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), out.id);
  if (error != std::errc() || end != id.data() + id.size() || out.id < 0 ||
      out.id >= numTokens)
    return wrongBiasId(id, path, numTokens);
  if (bias.boolean() && !*bias.boolean())
    return out;
  G4RT_ASSIGN(float value, numberOf(bias, path));
  out.bias = std::clamp(value, -kLargestBias, kLargestBias);
  return out;
}

// OpenAI's {"5": -1}, and llama-server's [[5, -1]].
static Result<LogitBias> readBiasPair(const Value &pair, const JsonPath &path,
                                      int32_t numTokens) {
  const ValueList *list = pair.list();
  if (!list || list->size() != 2 || !list->front().number())
    return path.wrong("needs a token id and a number");
  return readBias(list->front().number()->text, list->back(), path, numTokens);
}

static Status checkBiases(size_t numBiases, const JsonPath &path) {
  if (numBiases <= kMaxLogitBias)
    return Status();
  return path.wrong(std::to_string(numBiases) + " tokens, at most " +
                    std::to_string(kMaxLogitBias));
}

static Status readLogitBias(const FieldReader &request, int32_t numTokens,
                            SamplingParams &out) {
  const Value *value = request.find("logit_bias");
  if (!value)
    return Status();
  JsonPath path = request.path().key("logit_bias");
  if (!value->map() && !value->list())
    return wrongKind(path, *value, "an object");
  G4RT_TRY(checkBiases(
      value->map() ? value->map()->size() : value->list()->size(), path));
  if (const ValueList *pairs = value->list()) {
    for (size_t i = 0; i < pairs->size(); ++i) {
      G4RT_ASSIGN(LogitBias bias,
                  readBiasPair((*pairs)[i], path.at(i), numTokens));
      out.logitBias.push_back(bias);
    }
    return Status();
  }
  for (const Member &member : *value->map()) {
    G4RT_ASSIGN(LogitBias bias,
                readBias(member.key, member.value, path, numTokens));
    out.logitBias.push_back(bias);
  }
  return Status();
}

/// checkSamplingParams with the request's names: `min_p: 1.5, needs ...` of a
/// field of `options` begins with `options.min_p`.
static Status checkSampling(const SamplingParams &params, int32_t numTokens,
                            const FieldReader &request,
                            const FieldWords &words) {
  Status status = checkSamplingParams(params, numTokens);
  if (status.ok())
    return status;
  std::string_view message = status.message();
  size_t size = pathLength(message);
  std::string path =
      request.path().key(spelled(message.substr(0, size), words)).toString();
  return Status(status.code(), path + std::string(message.substr(size)));
}

static Result<SamplingParams> readSampling(const FieldReader &request,
                                           const ServedModel &model,
                                           const FieldWords &words) {
  const GenerationDefaults &defaults = model.generation;
  SamplingParams out;
  out.temperature = defaults.temperature;
  out.topK = defaults.topK;
  out.topP = defaults.topP;
  out.suppressIds = defaults.suppressIds;
  for (const NumberField &number : kNumbers) {
    G4RT_ASSIGN(std::optional<float> value,
                readNumber(request, spelled(number.name, words)));
    if (value)
      out.*number.field = *value;
  }
  if (out.topP == 0)
    out.topP = kLeastTopP;
  G4RT_TRY(readTopK(request, out));
  G4RT_TRY(readSeed(request, out));
  G4RT_TRY(readLogitBias(request, model.tokenizer.numTokens(), out));
  G4RT_TRY(checkSampling(out, model.tokenizer.numTokens(), request, words));
  return out;
}

static Status checkStopSize(const std::vector<std::string> &stops,
                            const JsonPath &path) {
  size_t numBytes = 0;
  for (const std::string &stop : stops)
    numBytes += stop.size();
  if (numBytes <= StopMatcher::kMaxBytes)
    return Status();
  return path.wrong(std::to_string(numBytes) + " bytes in all, at most " +
                    std::to_string(StopMatcher::kMaxBytes));
}

// An empty string never stops anything, as in llama-server.
static Result<std::vector<std::string>> readStops(const FieldReader &request,
                                                  std::string_view name) {
  std::vector<std::string> stops;
  const Value *value = request.find(name);
  if (!value)
    return stops;
  JsonPath path = request.path().key(name);
  if (!value->string() && !value->list())
    return wrongKind(path, *value, "a string or a list of strings");
  if (value->string()) {
    stops.push_back(*value->string());
  } else {
    G4RT_ASSIGN(std::span<const Value> list, request.list(name, kMaxStops));
    for (size_t i = 0; i < list.size(); ++i) {
      if (!list[i].string())
        return wrongKind(path.at(i), list[i], "a string");
      stops.push_back(*list[i].string());
    }
  }
  std::erase(stops, std::string());
  G4RT_TRY(checkStopSize(stops, path));
  return stops;
}

static Result<std::vector<int32_t>> readStopIds(const FieldReader &request,
                                                const ServedModel &model,
                                                PromptKind kind) {
  G4RT_ASSIGN(std::vector<int32_t> ids,
              readIds(request, "stop_token_ids", model.tokenizer.numTokens(),
                      kMaxStopIds));
  G4RT_ASSIGN(std::optional<bool> ignoreEos, request.boolean("ignore_eos"));
  if (ignoreEos.value_or(false))
    return ids;
  std::vector<int32_t> ends = model.generation.endIds(kind);
  ids.insert(ids.end(), ends.begin(), ends.end());
  return ids;
}

static Result<std::optional<int64_t>>
readLimit(const FieldReader &request, std::string_view name, int64_t least) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const Value *value = request.find(name);
  if (!value)
    return std::optional<int64_t>();
  JsonPath path = request.path().key(name);
  G4RT_ASSIGN(int64_t limit, integerOf(*value, path, {kAllThatFits, kMost}));
  if (limit >= 0 && limit < least)
    return path.wrong("0, needs at least 1, or -1 for all that fits");
  return std::optional(limit);
}

static Result<std::optional<int64_t>> readMaxTokens(const FieldReader &request,
                                                    const FieldWords &words) {
  std::optional<int64_t> first;
  for (std::string_view name : words.maxTokens) {
    if (name.empty())
      continue;
    G4RT_ASSIGN(std::optional<int64_t> limit,
                readLimit(request, name, words.leastTokens));
    if (!first)
      first = limit;
  }
  return first;
}

// A whole answer has its usage anyway.
static Status readStream(const FieldReader &request, GenerationFields &out) {
  G4RT_ASSIGN(std::optional<bool> stream, request.boolean("stream"));
  out.isStream = stream.value_or(false);
  const Value *options = request.find("stream_options");
  if (!options)
    return Status();
  JsonPath path = request.path().key("stream_options");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*options, path));
  G4RT_ASSIGN(std::optional<bool> usage, fields.boolean("include_usage"));
  out.includeUsage = out.isStream && usage.value_or(false);
  return Status();
}

/// After readStream(). vLLM gives them in no stream, either.
static Status readPromptLogprobs(const FieldReader &request,
                                 const FieldWords &words,
                                 GenerationFields &out) {
  constexpr std::string_view kName = "prompt_logprobs";
  if (!words.scoresPrompts)
    return refuseFields(request, {&kName, 1});
  G4RT_ASSIGN(std::optional<int64_t> count,
              readInteger(request, kName, {0, kMaxTopLogprobs}));
  out.numPromptLogprobs = static_cast<int32_t>(count.value_or(-1));
  if (count && out.isStream)
    return request.path().key(kName).wrong("not available in a stream");
  return Status();
}

static Status readChoices(const FieldReader &request, GenerationFields &out) {
  G4RT_ASSIGN(std::optional<int64_t> n,
              readInteger(request, "n", {1, kMaxChoices}));
  G4RT_ASSIGN(std::optional<int64_t> bestOf,
              readInteger(request, "best_of", {1, kMaxChoices}));
  out.numChoices = n.value_or(1);
  out.numTried = bestOf.value_or(out.numChoices);
  JsonPath path = request.path().key("best_of");
  if (out.numTried < out.numChoices)
    return path.wrong(std::to_string(out.numTried) + ", needs n at least");
  // Which ones are best is known at their ends.
  if (out.numTried > out.numChoices && out.isStream)
    return path.wrong("more than n, which cannot be streamed");
  return Status();
}

static Result<double> readSeconds(const FieldReader &request,
                                  std::string_view name) {
  G4RT_ASSIGN(std::optional<float> seconds, readNumber(request, name));
  if (seconds && !(*seconds > 0 && *seconds <= kMostTimeoutSeconds))
    return request.path().key(name).wrong(
        std::to_string(*seconds) + ", needs seconds above 0, at most " +
        std::to_string(static_cast<int64_t>(kMostTimeoutSeconds)));
  return seconds.value_or(0);
}

static Status readTimeouts(const FieldReader &request, GenerationFields &out) {
  G4RT_ASSIGN(out.timeoutSeconds, readSeconds(request, "timeout"));
  G4RT_ASSIGN(out.queueTimeoutSeconds, readSeconds(request, "queue_timeout"));
  return Status();
}

/// vLLM's words for the place in the queue and for who shares prompts.
static Status readSharing(const FieldReader &request, GenerationFields &out) {
  G4RT_ASSIGN(std::optional<int64_t> priority,
              readInteger(request, "priority",
                          {std::numeric_limits<int32_t>::min(), kMaxInt32}));
  out.priority = static_cast<int32_t>(priority.value_or(0));
  G4RT_ASSIGN(std::optional<std::string> salt, request.string("cache_salt"));
  if (salt && (salt->empty() || salt->size() > kMaxSaltBytes))
    return request.path()
        .key("cache_salt")
        .wrong(std::to_string(salt->size()) + " bytes, needs 1 to " +
               std::to_string(kMaxSaltBytes));
  out.cacheSalt = salt.value_or("");
  return Status();
}

/// vLLM's bad_words. A word is banned as it stands at a text's start and after
/// a blank, if that is other tokens of the same number.
static void appendRows(std::string_view word, const Tokenizer &tokenizer,
                       std::vector<std::vector<int32_t>> &rows) {
  word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
  auto bare = tokenizer.encode(word, SpecialTokens::PlainText);
  if (bare.empty())
    return;
  auto after =
      tokenizer.encode(" " + std::string(word), SpecialTokens::PlainText);
  bool isOther = after.size() == bare.size() && after[0] != bare[0];
  rows.push_back(std::move(bare));
  if (isOther)
    rows.push_back(std::move(after));
}

static Status readBadWords(const FieldReader &request,
                           const Tokenizer &tokenizer, GenerationFields &out) {
  JsonPath path = request.path().key("bad_words");
  G4RT_ASSIGN(std::span<const Value> words,
              request.list("bad_words", kMaxBadWords));
  size_t numBytes = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string *word = words[i].string();
    if (!word)
      return wrongKind(path.at(i), words[i], "a string");
    if ((numBytes += word->size()) > StopMatcher::kMaxBytes)
      return path.wrong("at most " + std::to_string(StopMatcher::kMaxBytes) +
                        " bytes in all");
    appendRows(*word, tokenizer, out.bannedRows);
  }
  return Status();
}

/// What may be chosen, beside how.
static Status readTokenLimits(const FieldReader &request,
                              const Tokenizer &tokenizer,
                              GenerationFields &out) {
  int32_t numTokens = tokenizer.numTokens();
  G4RT_ASSIGN(out.allowedIds, readIds(request, "allowed_token_ids", numTokens,
                                      static_cast<size_t>(numTokens)));
  if (const Value *ids = request.find("allowed_token_ids");
      ids && out.allowedIds.empty())
    return request.path().key("allowed_token_ids").wrong("empty");
  G4RT_TRY(readBadWords(request, tokenizer, out));
  G4RT_ASSIGN(std::optional<int64_t> least,
              readInteger(request, "min_tokens", {0, kMaxInt32}));
  out.minTokens = least.value_or(0);
  int64_t most = out.maxTokens.value_or(kAllThatFits);
  if (most != kAllThatFits && out.minTokens > most)
    return request.path()
        .key("min_tokens")
        .wrong(std::to_string(out.minTokens) + ", more than max_tokens");
  return Status();
}

Result<GenerationFields> readGenerationFields(const FieldReader &request,
                                              const ServedModel &model,
                                              PromptKind kind,
                                              const FieldWords &words) {
  G4RT_TRY(refuseUnsupported(request));
  GenerationFields out;
  G4RT_ASSIGN(out.sampling, readSampling(request, model, words));
  G4RT_ASSIGN(out.maxTokens, readMaxTokens(request, words));
  G4RT_ASSIGN(out.stops, readStops(request, words.stop));
  G4RT_ASSIGN(out.stopIds, readStopIds(request, model, kind));
  G4RT_ASSIGN(std::optional<bool> inReasoning,
              request.boolean("stop_in_reasoning"));
  out.stopInReasoning = inReasoning.value_or(false);
  G4RT_ASSIGN(std::optional<bool> skip, request.boolean("skip_special_tokens"));
  out.special = skip.value_or(true) ? SpecialIds::Skip : SpecialIds::Show;
  G4RT_TRY(readTokenLimits(request, model.tokenizer, out));
  G4RT_ASSIGN(std::optional<bool> keepsStop,
              request.boolean("include_stop_str_in_output"));
  out.keepsStop = keepsStop.value_or(false);
  G4RT_TRY(readStream(request, out));
  G4RT_TRY(readPromptLogprobs(request, words, out));
  G4RT_TRY(readChoices(request, out));
  G4RT_TRY(readTimeouts(request, out));
  G4RT_TRY(readSharing(request, out));
  return out;
}

Status checkModel(const FieldReader &request, const ServedModel &model) {
  G4RT_ASSIGN(std::optional<std::string> name, request.string("model"));
  if (!name || *name == model.name)
    return Status();
  return Status(StatusCode::NotFound,
                "model: \"" + std::string(clipUtf8(*name, 128)) +
                    "\" is not served here, needs \"" + model.name + "\"");
}

Result<int64_t> fitMaxTokens(std::optional<int64_t> wanted,
                             int64_t numPromptTokens,
                             const ServedModel &model) {
  int64_t room = model.maxModelLength - numPromptTokens;
  std::string asked =
      "the prompt has " + std::to_string(numPromptTokens) + " tokens and ";
  if (room < 1)
    return contextLengthExceeded(asked + "an answer needs room",
                                 model.maxModelLength);
  bool isBounded = wanted.value_or(kAllThatFits) != kAllThatFits;
  if (!isBounded || (*wanted > room && !model.isStrict))
    return room;
  if (*wanted <= room)
    return *wanted;
  return contextLengthExceeded(asked + std::to_string(*wanted) +
                                   " tokens more are wanted",
                               model.maxModelLength);
}

} // namespace g4rt
