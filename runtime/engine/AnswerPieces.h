//===- AnswerPieces.h - Text and tokens as pieces ---------------*- C++ -*-===//
//
// What the engine tells of an answer, so that HTTP and the command line see the
// same pieces and know nothing of marks.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_ANSWERPIECES_H
#define G4_RUNTIME_ENGINE_ANSWERPIECES_H

#include "runtime/text/answer/AnswerSplitter.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace g4rt {

/// State of one answer. Borrows what the splitter borrows.
class AnswerPieces {
public:
  /// Of a text without parts: all of it is content.
  AnswerPieces() = default;
  /// Of a chat.
  explicit AnswerPieces(AnswerSplitter splitter)
      : splitter_(std::move(splitter)) {}

  /// As AnswerSplitter::append.
  std::vector<AnswerPiece> append(const std::optional<DecodedToken> &token,
                                  std::string text);
  /// As AnswerSplitter::finish.
  std::vector<AnswerPiece> finish(AnswerCut cut);

  /// Tokens so far that belong to thoughts, their marks included.
  int64_t numThoughtTokens() const { return numThoughtTokens_; }
  /// Whether there was a call that can be made, and one that the end cut.
  bool hasCall() const { return hasCall_; }
  bool hasCutCall() const { return hasCutCall_; }

private:
  void note(const std::vector<AnswerPiece> &pieces);

  std::optional<AnswerSplitter> splitter_;
  int64_t numThoughtTokens_ = 0;
  bool hasCall_ = false;
  bool hasCutCall_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ANSWERPIECES_H
