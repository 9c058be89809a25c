//===- TokenMask.h - Which tokens may come next -----------------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_TOKENMASK_H
#define G4_RUNTIME_SAMPLE_TOKENMASK_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// A bit for each token of a vocabulary. Ids outside of it are never allowed.
class TokenMask {
public:
  explicit TokenMask(size_t numTokens = 0)
      : numTokens_(numTokens), words_((numTokens + 31) / 32) {}

  size_t numTokens() const { return numTokens_; }
  /// Bit i of word w is token 32 * w + i. What is beyond the vocabulary is 0.
  std::span<int32_t> words() { return words_; }
  std::span<const int32_t> words() const { return words_; }

  bool allows(int32_t id) const {
    return isToken(id) && (words_[wordOf(id)] & bitOf(id)) != 0;
  }
  void allow(int32_t id) {
    if (isToken(id))
      words_[wordOf(id)] |= bitOf(id);
  }
  void forbid(int32_t id) {
    if (isToken(id))
      words_[wordOf(id)] &= ~bitOf(id);
  }
  void forbidAll() { std::fill(words_.begin(), words_.end(), 0); }
  void allowAll() {
    std::fill(words_.begin(), words_.end(), -1);
    clearUnused();
  }
  /// Forbids what is beyond the vocabulary, after whole words were written.
  void clearUnused() {
    if (size_t used = numTokens_ % 32; used != 0)
      words_.back() &= static_cast<int32_t>((uint32_t{1} << used) - 1);
  }
  bool isEmpty() const {
    return std::all_of(words_.begin(), words_.end(),
                       [](int32_t word) { return word == 0; });
  }

private:
  bool isToken(int32_t id) const {
    return id >= 0 && static_cast<size_t>(id) < numTokens_;
  }
  static size_t wordOf(int32_t id) { return static_cast<size_t>(id) / 32; }
  static int32_t bitOf(int32_t id) {
    return static_cast<int32_t>(uint32_t{1} << (id % 32));
  }

  size_t numTokens_;
  std::vector<int32_t> words_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_TOKENMASK_H
