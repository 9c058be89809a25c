//===- BpeEncoder.h - Byte-pair encoding of a run of text -------*- C++ -*-===//
//
// Turns the text between two added tokens into ids. The text may come in
// pieces: merges cross from one to the next. It is cut into words only where no
// merge of the vocabulary could ever join what lies left and right, so the ids
// are those of merging the whole text at once.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TOKENIZER_BPEENCODER_H
#define G4_RUNTIME_TEXT_TOKENIZER_BPEENCODER_H

#include "runtime/text/tokenizer/TokenizerTables.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace g4rt {

/// Appends ids to a vector. Time is n log n and memory 28 bytes a code point of
/// the longest word, which has no natural bound.
class BpeEncoder {
public:
  BpeEncoder(const TokenizerTables &tables, std::vector<int32_t> &ids)
      : tables_(tables), ids_(ids) {}

  /// Goes on with `text`. A byte that is part of no well-formed UTF-8 sequence
  /// of `text` becomes its byte token.
  void append(std::string_view text);
  /// Ends the run: what is appended next merges with nothing before it.
  void endRun();

private:
  void appendCodePoint(char32_t codePoint, std::string_view bytes);
  void appendUnknown(std::string_view bytes);
  void flushUnknown();
  void endWord();
  void mergeShortWord();
  void emit(uint32_t id) { ids_.push_back(static_cast<int32_t>(id)); }

  const TokenizerTables &tables_;
  std::vector<int32_t> &ids_;
  std::vector<uint32_t> word_;
  char32_t last_ = 0; // last code point of word_, unless that is empty
  bool pendingUnknown_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TOKENIZER_BPEENCODER_H
