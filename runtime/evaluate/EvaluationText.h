//===- EvaluationText.h - The text that a model is judged by ----*- C++ -*-===//
//
// Reads a file of text and cuts it into sequences of token ids. A file whose
// name ends in .jsonl has an object a line:
//
//   {"text": "..."}                      plain text
//   {"prompt": "...", "answer": "..."}   what goes before, and what is judged
//   {"messages": [...], "answer": ".."}  a chat request and its answer
//
// each with an optional "category". Where there is an answer, its tokens are
// told apart from the prompt's. Any other file is plain text as a whole, cut
// into windows. Spellings of special tokens are the tokens, except in messages.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EVALUATE_EVALUATIONTEXT_H
#define G4_RUNTIME_EVALUATE_EVALUATIONTEXT_H

#include "runtime/engine/LoadedModel.h"

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

struct EvaluationSequence {
  std::vector<int32_t> ids;
  /// The first id that is part of the answer; ids.size() without one.
  size_t answerBegin = 0;
  /// Index into EvaluationText::categories, or -1.
  int category = -1;
};

struct EvaluationText {
  std::vector<EvaluationSequence> sequences;
  /// In the order of the file.
  std::vector<std::string> categories;
  /// Some line has an answer.
  bool hasAnswers = false;
  /// XXH3 of the file's bytes.
  uint64_t checksum = 0;

  int64_t longest() const;
};

struct EvaluationTextOptions {
  /// Ids of a window of plain text, the first one that begins a text included.
  int64_t window = 512;
  /// The key of a line that says its category.
  std::string categoryKey = "category";
  /// What begins a text; -1: nothing.
  int32_t bosId = -1;
};

/// Errors: NotFound if there is no such file; InvalidArgument naming the line,
/// what was found and what is needed, also where nothing is left to judge.
Result<EvaluationText> readEvaluationText(const std::string &path,
                                          const ModelText &model,
                                          const EvaluationTextOptions &options);

} // namespace g4rt

#endif // G4_RUNTIME_EVALUATE_EVALUATIONTEXT_H
