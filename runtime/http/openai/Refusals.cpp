//===- Refusals.cpp - Fields that would change the answer -----------------===//

#include "runtime/http/openai/Refusals.h"

#include "runtime/http/openai/NumberFields.h"

#include <limits>

namespace g4rt {

static Status unsupported(const JsonPath &path, std::string_view what) {
  return Status(StatusCode::Unimplemented,
                path.toString() + ": " + std::string(what));
}

/// Integers that must be what they are when left out.
struct FixedInteger {
  std::string_view name;
  int64_t value;
};
constexpr FixedInteger kIntegers[] = {{"min_tokens", 0}};

/// Fields that must be false, null, empty or missing.
constexpr std::string_view kFalsy[] = {"echo",
                                       "suffix",
                                       "audio",
                                       "functions",
                                       "function_call",
                                       "bad_words",
                                       "allowed_token_ids",
                                       "prompt_logprobs",
                                       "truncate_prompt_tokens",
                                       "use_beam_search",
                                       "include_stop_str_in_output",
                                       "continue_final_message",
                                       "chat_template",
                                       "logits_processors"};

static Status refuseIntegers(const FieldReader &request) {
  for (const FixedInteger &fixed : kIntegers) {
    G4RT_ASSIGN(std::optional<int64_t> value,
                readInteger(request, fixed.name,
                            {0, std::numeric_limits<int32_t>::max()}));
    if (value && *value != fixed.value)
      return unsupported(request.path().key(fixed.name),
                         std::to_string(*value) + ", only " +
                             std::to_string(fixed.value) + " is supported");
  }
  return Status();
}

static Status refuseModalities(const FieldReader &request) {
  G4RT_ASSIGN(std::span<const Value> list, request.list("modalities", 8));
  for (const Value &value : list)
    if (!value.string() || *value.string() != "text")
      return unsupported(request.path().key("modalities"),
                         "only text is supported");
  return Status();
}

Status refuseUnsupported(const FieldReader &request) {
  G4RT_TRY(refuseIntegers(request));
  for (std::string_view name : kFalsy)
    if (const Value *value = request.find(name); value && value->isTruthy())
      return unsupported(request.path().key(name), "not supported");
  return refuseModalities(request);
}

} // namespace g4rt
