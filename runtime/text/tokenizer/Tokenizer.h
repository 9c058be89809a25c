//===- Tokenizer.h - Text to token ids and back -----------------*- C++ -*-===//
//
// Gives the ids of Hugging Face's tokenizers for Gemma's tokenizer.json with
// add_special_tokens off: added tokens are cut out of the raw text, spaces
// become U+2581, byte-pair encoding runs over everything between two added
// tokens, code points without a token become byte tokens. Nothing is parsed:
// the tables lie in the artifact.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TOKENIZER_TOKENIZER_H
#define G4_RUNTIME_TEXT_TOKENIZER_TOKENIZER_H

#include "runtime/text/tokenizer/AddedTokenMatcher.h"
#include "runtime/text/tokenizer/TextSegment.h"
#include "runtime/text/tokenizer/TokenizerTables.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

class BpeEncoder;

/// What a special token's id becomes in decoded text.
enum class SpecialIds { Skip, Show };

/// Borrows the artifact's tables. Immutable: any number of threads may call it.
class Tokenizer {
public:
  /// `table` is part of a buffer that the flatbuffer verifier has passed and
  /// outlives the tokenizer. 20 ms for 262,144 tokens.
  /// Errors: DataLoss, naming the field, if the tables are not consistent.
  static Result<Tokenizer> create(const artifact::Tokenizer &table);

  /// Ids 0 to numTokens() - 1 exist.
  int32_t numTokens() const;
  /// The vocabulary's spelling, with U+2581 for a space and "<0x0A>" for a
  /// byte; empty if there is no such id. Valid as long as the artifact.
  std::string_view piece(int32_t id) const;
  /// The id of an added token by its exact spelling.
  std::optional<int32_t> idOf(std::string_view addedToken) const;

  /// The ids of `text`. In PlainText mode no added token's id can come out, but
  /// for <unk> where the vocabulary has no token for some byte. A byte that is
  /// part of no well-formed UTF-8 sequence becomes its byte token. Time is
  /// O(n log n), extra memory up to 32 times the text's size: limit the text.
  std::vector<int32_t> encode(std::string_view text, SpecialTokens mode) const;
  /// The ids of the segments' texts joined, where added tokens are found only
  /// within one segment of mode Match. Merges cross from segment to segment.
  std::vector<int32_t> encode(std::span<const TextSegment> segments) const;

  /// The text of `ids`, always valid UTF-8: U+2581 becomes a space, the bytes
  /// of a row of byte tokens become characters, and each byte of them that is
  /// part of no well-formed sequence U+FFFD. An id that does not exist gives
  /// nothing.
  std::string decode(std::span<const int32_t> ids, SpecialIds special) const;

  const TokenizerTables &tables() const { return tables_; }

private:
  explicit Tokenizer(TokenizerTables tables);
  void encodeMatching(BpeEncoder &encoder, std::vector<int32_t> &ids,
                      std::string_view text, size_t phase) const;

  TokenizerTables tables_;
  /// Found in this order, each in what the one before left.
  AddedTokenMatcher phases_[2];
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TOKENIZER_TOKENIZER_H
