//===- AnswerPieces.h - The engine's events as pieces -----------*- C++ -*-===//
//
// What every API's format of an answer starts from: which pieces an event
// brings, and how the answer has ended. So they all say the same.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERPIECES_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERPIECES_H

#include "runtime/http/openai/AnswerSplitter.h"
#include "runtime/http/openai/LostCalls.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace g4rt {

/// How an answer ended that did not fail.
enum class AnswerEnding {
  Stop,
  Calls, // tools are to be called
  Length // max_tokens, or a stop string cut a call
};

/// State of one answer. Borrows what the splitter borrows, and the counts.
class AnswerPieces {
public:
  /// Of a text without parts: all of it is content.
  AnswerPieces() = default;
  /// Of a chat. `stopIds` are the request's; `lostCalls` counts calls that
  /// nobody can make, unless it is null.
  AnswerPieces(AnswerSplitter splitter, std::vector<int32_t> stopIds,
               LostCalls *lostCalls = nullptr)
      : splitter_(std::move(splitter)), stopIds_(std::move(stopIds)),
        lostCalls_(lostCalls) {}

  std::vector<AnswerPiece> append(const GenerationEvent &event);

  /// After the last event.
  AnswerEnding endingOf(const GenerationEnd &end) const;
  /// Tokens so far that belong to thoughts, their marks included.
  int64_t numThoughtTokens() const { return numThoughtTokens_; }

private:
  std::vector<AnswerPiece> split(const GenerationEvent &event);
  void count(const AnswerPiece &piece);

  std::optional<AnswerSplitter> splitter_;
  std::vector<int32_t> stopIds_;
  LostCalls *lostCalls_ = nullptr;
  int64_t numThoughtTokens_ = 0;
  bool hasCall_ = false;
  bool hasCutCall_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERPIECES_H
