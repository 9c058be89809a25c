//===- GenerationFields.cpp - How an answer shall be made -----------------===//

#include "runtime/http/openai/GenerationFields.h"

#include "runtime/engine/RequestCheck.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/Refusals.h"
#include "runtime/text/StopMatcher.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <random>

namespace g4rt {

constexpr size_t kMaxStopIds = 1024;
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

constexpr NumberField kNumbers[] = {
    {"temperature", &SamplingParams::temperature},
    {"top_p", &SamplingParams::topP},
    {"min_p", &SamplingParams::minP},
    {"presence_penalty", &SamplingParams::presencePenalty},
    {"frequency_penalty", &SamplingParams::frequencyPenalty},
    {"repetition_penalty", &SamplingParams::repetitionPenalty}};

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

static Result<LogitBias> readBias(const Member &member, const JsonPath &path,
                                  int32_t numTokens) {
  LogitBias bias;
  const std::string &key = member.key;
  auto [end, error] =
      std::from_chars(key.data(), key.data() + key.size(), bias.id);
  if (error != std::errc() || end != key.data() + key.size() || bias.id < 0 ||
      bias.id >= numTokens)
    return path.wrong("\"" + std::string(clipUtf8(key, 40)) +
                      "\", needs token ids of 0 to " +
                      std::to_string(numTokens - 1));
  G4RT_ASSIGN(float value, numberOf(member.value, path));
  bias.bias = std::clamp(value, -kLargestBias, kLargestBias);
  return bias;
}

static Status readLogitBias(const FieldReader &request, int32_t numTokens,
                            SamplingParams &out) {
  const Value *value = request.find("logit_bias");
  if (!value)
    return Status();
  JsonPath path = request.path().key("logit_bias");
  if (!value->map())
    return wrongKind(path, *value, "an object");
  if (value->map()->size() > kMaxLogitBias)
    return path.wrong(std::to_string(value->map()->size()) +
                      " tokens, at most " + std::to_string(kMaxLogitBias));
  for (const Member &member : *value->map()) {
    G4RT_ASSIGN(LogitBias bias, readBias(member, path, numTokens));
    out.logitBias.push_back(bias);
  }
  return Status();
}

static Result<SamplingParams> readSampling(const FieldReader &request,
                                           const ServedModel &model) {
  const GenerationDefaults &defaults = model.generation;
  SamplingParams out;
  out.temperature = defaults.temperature;
  out.topK = defaults.topK;
  out.topP = defaults.topP;
  out.suppressIds = defaults.suppressIds;
  for (const NumberField &number : kNumbers) {
    G4RT_ASSIGN(std::optional<float> value, readNumber(request, number.name));
    if (value)
      out.*number.field = *value;
  }
  if (out.topP == 0)
    out.topP = kLeastTopP;
  G4RT_TRY(readTopK(request, out));
  G4RT_TRY(readSeed(request, out));
  G4RT_TRY(readLogitBias(request, model.tokenizer.numTokens(), out));
  G4RT_TRY(checkSamplingParams(out, model.tokenizer.numTokens()));
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
static Result<std::vector<std::string>> readStops(const FieldReader &request) {
  std::vector<std::string> stops;
  const Value *value = request.find("stop");
  if (!value)
    return stops;
  JsonPath path = request.path().key("stop");
  if (!value->string() && !value->list())
    return wrongKind(path, *value, "a string or a list of strings");
  if (value->string()) {
    stops.push_back(*value->string());
  } else {
    G4RT_ASSIGN(std::span<const Value> list, request.list("stop", kMaxStops));
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

static Result<std::optional<int64_t>> readLimit(const FieldReader &request,
                                                std::string_view name) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const Value *value = request.find(name);
  if (!value)
    return std::optional<int64_t>();
  JsonPath path = request.path().key(name);
  G4RT_ASSIGN(int64_t limit, integerOf(*value, path, {kAllThatFits, kMost}));
  if (limit == 0)
    return path.wrong("0, needs at least 1, or -1 for all that fits");
  return std::optional(limit);
}

static Result<std::optional<int64_t>>
readMaxTokens(const FieldReader &request) {
  G4RT_ASSIGN(std::optional<int64_t> completion,
              readLimit(request, "max_completion_tokens"));
  G4RT_ASSIGN(std::optional<int64_t> plain, readLimit(request, "max_tokens"));
  return completion ? completion : plain;
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

Result<GenerationFields> readGenerationFields(const FieldReader &request,
                                              const ServedModel &model,
                                              PromptKind kind) {
  G4RT_TRY(refuseUnsupported(request));
  GenerationFields out;
  G4RT_ASSIGN(out.sampling, readSampling(request, model));
  G4RT_ASSIGN(out.maxTokens, readMaxTokens(request));
  G4RT_ASSIGN(out.stops, readStops(request));
  G4RT_ASSIGN(out.stopIds, readStopIds(request, model, kind));
  G4RT_ASSIGN(std::optional<bool> inReasoning,
              request.boolean("stop_in_reasoning"));
  out.stopInReasoning = inReasoning.value_or(false);
  G4RT_ASSIGN(std::optional<bool> skip, request.boolean("skip_special_tokens"));
  out.special = skip.value_or(true) ? SpecialIds::Skip : SpecialIds::Show;
  G4RT_TRY(readStream(request, out));
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
