//===- Refusals.cpp - Fields that would change the answer -----------------===//

#include "runtime/http/openai/Refusals.h"

#include "runtime/http/openai/NumberFields.h"

namespace g4rt {

/// Fields that must be false, null, empty or missing.
constexpr std::string_view kFalsy[] = {
    "suffix",          "audio",
    "functions",       "function_call",
    "chat_template",   "truncate_prompt_tokens",
    "use_beam_search", "logits_processors"};

namespace {

/// A parameter of llama.cpp's samplers that do not exist here, and the values
/// that switch its sampler off.
struct NeutralNumber {
  std::string_view name;
  float value;
  float other;
};

} // namespace

constexpr NeutralNumber kNeutral[] = {
    {"typical_p", 1, 1},       {"tfs_z", 1, 1},
    {"mirostat", 0, 0},        {"dynatemp_range", 0, 0},
    {"top_n_sigma", -1, 0},    {"dry_multiplier", 0, 0},
    {"xtc_probability", 0, 0}, {"adaptive_target", -1, 0}};

static Status refuseSamplers(const FieldReader &request) {
  for (const NeutralNumber &neutral : kNeutral) {
    G4RT_ASSIGN(std::optional<float> value, readNumber(request, neutral.name));
    if (value && *value != neutral.value && *value != neutral.other)
      return request.path()
          .key(neutral.name)
          .unsupported("this sampler is not supported");
  }
  return Status();
}

static Status refuseModalities(const FieldReader &request) {
  G4RT_ASSIGN(std::span<const Value> list, request.list("modalities", 8));
  for (const Value &value : list)
    if (!value.string() || *value.string() != "text")
      return request.path()
          .key("modalities")
          .unsupported("only text is supported");
  return Status();
}

Status refuseFields(const FieldReader &request,
                    std::span<const std::string_view> names) {
  for (std::string_view name : names)
    if (const Value *value = request.find(name); value && value->isTruthy())
      return request.path().key(name).unsupported("not supported");
  return Status();
}

Status refuseUnsupported(const FieldReader &request) {
  G4RT_TRY(refuseFields(request, kFalsy));
  G4RT_TRY(refuseSamplers(request));
  return refuseModalities(request);
}

} // namespace g4rt
