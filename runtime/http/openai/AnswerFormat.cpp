//===- AnswerFormat.cpp - An answer as JSON -------------------------------===//

#include "runtime/http/openai/AnswerFormat.h"

namespace g4rt {

json::object lostCallOf(const AnswerPiece &piece) {
  bool isCut = piece.kind == AnswerPiece::Kind::CutCall;
  return {{"reason", isCut ? "cut" : "unreadable"}, {"text", piece.text}};
}

json::object usageOf(const GenerationUsage &usage) {
  return {{"prompt_tokens", usage.numPromptTokens},
          {"completion_tokens", usage.numAnswerTokens},
          {"total_tokens", usage.numPromptTokens + usage.numAnswerTokens},
          {"prompt_tokens_details",
           json::object{{"cached_tokens", usage.numCachedTokens}}}};
}

std::string_view toString(FinishReason reason) {
  switch (reason) {
  case FinishReason::Stop:
    return "stop";
  case FinishReason::Length:
    return "length";
  case FinishReason::Cancelled:
    return "cancelled";
  case FinishReason::Failed:
    return "error";
  }
  return "?";
}

json::object headOf(const AnswerHead &head, std::string_view object) {
  return {{"id", head.id},
          {"object", object},
          {"created", head.created},
          {"model", head.model}};
}

} // namespace g4rt
