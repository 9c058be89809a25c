//===- TokenIndex.h - Tokens by the beginnings of names ---------*- C++ -*-===//
//
// Which tokens a name such as `call:weather{` can begin with, and which ones go
// beyond its end. Only of tokens that can be within such a text, or that begin
// in one: printable ASCII without blanks, at least up to the first brace.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_TOKENINDEX_H
#define G4_RUNTIME_GRAMMAR_TOKENINDEX_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Immutable.
class TokenIndex {
public:
  /// The text of each token, by id. Texts that cannot be within a name are not
  /// looked at.
  explicit TokenIndex(const std::vector<std::string> &texts);

  /// Whether a name can be followed token by token here: printable ASCII
  /// without blanks, a brace at its end and nowhere else.
  static bool canFollow(std::string_view name);

  /// The text of a token; empty if it is none of the index.
  std::string_view textOf(int32_t id) const;

  /// Tokens that begin with the same text.
  struct Range {
    size_t first = 0, last = 0; // in the order of texts
    size_t size = 0;            // of the text that they begin with

    bool empty() const { return first == last; }
  };
  Range all() const { return {0, ids_.size(), 0}; }
  /// Those of `range` whose text goes on with `next`.
  Range goOn(const Range &range, char next) const;
  /// Those whose text is what all of `range` begin with, and whether there are
  /// longer ones.
  std::span<const int32_t> whole(const Range &range) const;
  bool hasLonger(const Range &range) const {
    return whole(range).size() < range.last - range.first;
  }

private:
  std::vector<std::string> texts_;     // sorted
  std::vector<int32_t> ids_;           // of the same places
  std::vector<int32_t> places_;        // by id; -1: not here
  std::array<uint32_t, 257> firsts_{}; // places by the first byte
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_TOKENINDEX_H
