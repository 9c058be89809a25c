//===- GenerationDefaults.cpp - generation_config.json --------------------===//

#include "compiler/pack/GenerationDefaults.h"

#include "models/checkpoint/JsonFields.h"

#include <cstdio>

namespace g4 {

namespace json = g4rt::json;
using g4rt::Result;
using g4rt::Status;

// No sampler takes 0: it would keep no token.
constexpr double kLeastTopP = 1e-6;

namespace {

/// The fields of one file; the first thing wrong with them is kept.
class Fields {
public:
  Fields(const json::object &object, int64_t vocabSize)
      : object_(object), vocabSize_(vocabSize) {}

  int32_t id(const char *name) {
    const json::value &value = json_fields::get(object_, name);
    return value.is_null() ? -1 : idOf(name, value);
  }

  /// One number or a list.
  std::vector<int32_t> ids(const char *name) {
    const json::value &value = json_fields::get(object_, name);
    std::vector<int32_t> ids;
    if (value.is_array())
      for (const json::value &element : value.get_array())
        ids.push_back(idOf(name, element));
    else if (!value.is_null())
      ids.push_back(idOf(name, value));
    return ids;
  }

  double number(const char *name, double otherwise, double low, double high) {
    const json::value &value = json_fields::get(object_, name);
    if (value.is_null())
      return otherwise;
    if (value.is_number() && value.to_number<double>() >= low &&
        value.to_number<double>() <= high)
      return value.to_number<double>();
    char range[64];
    std::snprintf(range, sizeof(range), "from %.10g to %.10g", low, high);
    fail(name, std::string("must be a number ") + range + ", got " +
                   json_fields::shown(value));
    return otherwise;
  }

  bool boolean(const char *name) {
    Result<bool> value = json_fields::readBool(object_, name, name);
    if (!value)
      fail(name, "must be true or false");
    return value ? *value : false;
  }

  Status status() const { return status_; }

private:
  int32_t idOf(const char *name, const json::value &value) {
    if (value.is_int64() && value.get_int64() >= 0 &&
        value.get_int64() < vocabSize_)
      return static_cast<int32_t>(value.get_int64());
    fail(name, "must be token ids below " + std::to_string(vocabSize_) +
                   ", got " + json_fields::shown(value));
    return -1;
  }

  void fail(const char *name, const std::string &what) {
    if (status_.ok())
      status_ = json_fields::wrong(name, what);
  }

  const json::object &object_;
  int64_t vocabSize_;
  Status status_;
};

} // namespace

Result<GenerationDefaults> readGenerationDefaults(const Checkpoint &checkpoint,
                                                  int64_t vocabSize) {
  Fields fields(checkpoint.generationConfig(), vocabSize);
  GenerationDefaults defaults;
  defaults.bosId = fields.id("bos_token_id");
  defaults.padId = fields.id("pad_token_id");
  defaults.eosIds = fields.ids("eos_token_id");
  defaults.suppressedIds = fields.ids("suppress_tokens");
  defaults.doSample = fields.boolean("do_sample");
  defaults.temperature =
      static_cast<float>(fields.number("temperature", 1, 0, 100));
  defaults.topP = static_cast<float>(fields.number("top_p", 1, kLeastTopP, 1));
  defaults.topK = static_cast<uint32_t>(fields.number("top_k", 0, 0, 1 << 30));
  if (!fields.status().ok())
    return fields.status().during(
        checkpoint.filePath("generation_config.json"));
  if (!defaults.eosIds.empty())
    return defaults;
  Fields config(checkpoint.config(), vocabSize);
  defaults.eosIds = config.ids("eos_token_id");
  if (!config.status().ok())
    return config.status().during(checkpoint.filePath("config.json"));
  return defaults;
}

} // namespace g4
