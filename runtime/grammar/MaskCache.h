//===- MaskCache.h - Masks by the state of a grammar ------------*- C++ -*-===//
//
// The same states come again and again, within an answer, from answer to answer
// and in answers that run side by side: what may come next is found once for
// each, and copied afterwards. Mostly it follows from the inner part of a state
// alone: inside of a string no token ends more than some of the objects around
// it, so that states of any depth share a mask.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_MASKCACHE_H
#define G4_RUNTIME_GRAMMAR_MASKCACHE_H

#include "runtime/sample/TokenMask.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace g4rt {

/// A state in words, the inner part first. Each of `ends` is a number of words,
/// up to which a part has been told.
struct StateWords {
  int32_t grammar = 0; // words of others mean something else
  std::span<const int32_t> words;
  std::span<const int32_t> ends;
};

/// Any thread.
class MaskCache {
public:
  /// Holds `mostBytes` about; what was not asked for lately goes first.
  explicit MaskCache(size_t mostBytes) : mostBytes_(mostBytes) {}

  /// Whether a state is known that begins as this one does, up to the end from
  /// which its mask follows; then `mask`, of the vocabulary's size, becomes
  /// that mask.
  bool find(const StateWords &state, TokenMask &mask);
  /// `mask` follows from the state up to its end number `end`.
  void add(const StateWords &state, size_t end, const TokenMask &mask);

  size_t numBytes() const;

private:
  /// Few tokens as ids, many as a mask.
  struct Stored {
    std::vector<int32_t> ids;
    std::vector<int32_t> words;

    size_t numBytes() const;
  };
  /// The begin of a state.
  struct Part {
    uint64_t hash = 0;
    int32_t grammar = 0;
    std::span<const int32_t> words;
  };
  struct Key {
    uint64_t hash = 0;
    int32_t grammar = 0;
    std::vector<int32_t> words;

    Part part() const { return {hash, grammar, words}; }
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Key &key) const { return key.hash; }
    size_t operator()(const Part &part) const { return part.hash; }
  };
  struct Equal {
    using is_transparent = void;
    static bool same(const Part &a, const Part &b);
    bool operator()(const Key &a, const Key &b) const {
      return same(a.part(), b.part());
    }
    bool operator()(const Part &a, const Key &b) const {
      return same(a, b.part());
    }
  };
  using Table =
      std::unordered_map<Key, std::shared_ptr<const Stored>, Hash, Equal>;

  static Stored store(const TokenMask &mask);
  static size_t bytesOf(const Table::value_type &entry);
  std::shared_ptr<const Stored> look(const StateWords &state);
  std::shared_ptr<const Stored> lookUp(const Part &part);
  void insert(Key key, std::shared_ptr<const Stored> mask);

  const size_t mostBytes_;
  mutable std::mutex mutex_; // guards what follows
  // A young table that is half of everything becomes the old one, which goes.
  Table young_, old_;
  size_t youngBytes_ = 0, oldBytes_ = 0;
  uint64_t usedEnds_ = 0; // a bit for each number that add() has seen
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_MASKCACHE_H
