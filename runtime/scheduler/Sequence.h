//===- Sequence.h - One sequence and where it stands ------------*- C++ -*-===//
//
//                      admitted            last prompt row
//   submit -> Waiting ----------> Prefill -----------------> Decode -> finish
//                ^                  | ^                         |
//                |        preempted v | admitted      preempted |
//                |               Preempted <--------------------+
//                +--- finish from every state
//
// Prefill and Decode are Paused while nobody reads what comes of it.
//
// Waiting and preempted sequences have no slot and no pages, only tokens. A
// sequence that was preempted computes all of them again but those that the
// prefix cache has, and goes on: its rows get the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SCHEDULER_SEQUENCE_H
#define G4_RUNTIME_SCHEDULER_SEQUENCE_H

#include "runtime/scheduler/FairShares.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace g4rt {

/// Names a sequence of one scheduler. The caller chooses it, once.
enum class SequenceId : uint64_t {};

/// The tokens whose keys and values a slot has, or had last.
struct SlotPrefix {
  std::string salt = {};
  std::vector<int32_t> tokens = {};
};

/// Names one attempt to read what files have of a sequence.
enum class RestoreId : uint64_t {};

/// What files have of a sequence, beyond the prefix cache.
struct StoredPrefix {
  RestoreId id{};
  int64_t numTokens = 0; // its first ones, with what the cache has
  bool hasPages = false; // they may be written to
};

enum class SequenceState : uint8_t {
  Waiting,   // has never had a slot
  Prefill,   // has a slot, and more than one row to compute or to restore
  Decode,    // has a slot, and one row to compute, or waits for its next token
  Preempted, // has lost its slot and waits for another one
  Paused,    // has a slot and its pages, and no rows until it is resumed
};

/// What is asked of a scheduler.
struct SequenceRequest {
  /// At least one.
  std::vector<int32_t> tokens = {};
  /// Further tokens at most, at least 1.
  int64_t maxTokens = 0;
  /// Smaller ones are served first.
  int32_t priority = 0;
  /// Whose share it takes from.
  KeyShare share = {};
  /// Sequences share computed beginnings with those of the same salt alone.
  std::string cacheSalt = {};
  /// Whether the rows of all tokens have outputs. Then none of them comes from
  /// the prefix cache, but after the rows that have had theirs.
  bool hasPromptOutputs = false;
};

/// The scheduler's own.
struct Sequence {
  static constexpr int64_t kNoRank = std::numeric_limits<int64_t>::max();
  static constexpr int64_t kOnlyLast = std::numeric_limits<int64_t>::max();

  SequenceId id{};
  int64_t arrival = 0; // its number among all
  int32_t priority = 0;
  KeyId key{};
  std::string cacheSalt = {};
  std::vector<int32_t> tokens = {}; // submitted, then appended
  int64_t numSubmitted = 0;
  int64_t maxLength = 0; // tokens at most
  /// Submitted tokens that the prefix cache did not have when it came.
  int64_t numExpected = 0;
  /// Once all together have computed so many rows it is not passed any more.
  int64_t dueAt = 0;

  int32_t slot = -1; // -1: none
  /// Its number among those that got a slot, when it got its first one.
  int64_t rank = kNoRank;
  /// Tokens whose keys and values are in the slot's pages.
  int64_t numComputed = 0;
  /// From this position on rows are still to have outputs; the row of the last
  /// token always is.
  int64_t nextOutput = kOnlyLast;
  /// Tokens that may come after its own: rows of the next step.
  std::vector<int32_t> drafts = {};
  bool isPaused = false;
  bool isHeld = false;      // is to have no rows now
  bool hasRun = false;      // has had rows, ever
  bool hasBegun = false;    // has looked into the prefix cache for its slot
  bool hasComputed = false; // a step with rows of it has run, for its slot
  /// Its first tokens are being read from files, into its slot's pages: until
  /// then it has no rows.
  std::optional<StoredPrefix> stored = {};
  bool maySeekStored = true; // what was read for it was of use so far
  /// Tokens that its first rows found in the prefix cache.
  int64_t numCached = 0;
  /// The cache's pages that hold the begin of the page in which it goes on; it
  /// owns them until its first rows, before which they are copied.
  struct PartialPages {
    int32_t page = -1;
    int32_t windowPage = -1; // -1: no window layers
  };
  std::optional<PartialPages> partial = {};

  /// The tokens whose keys and values are in its pages.
  SlotPrefix computed() const {
    return {.salt = cacheSalt,
            .tokens = {tokens.begin(), tokens.begin() + numComputed}};
  }
  int64_t numTokens() const { return static_cast<int64_t>(tokens.size()); }
  /// Whether it may have rows in the next step.
  bool mayRun() const { return !isPaused && !isHeld; }
  /// Rows without which no further token can be chosen.
  int64_t numRowsLeft() const { return numTokens() - numComputed; }
  /// The position of the first row that is still to have an output: what comes
  /// before it need not be computed if the prefix cache has it.
  int64_t firstOutput() const { return std::min(nextOutput, numTokens() - 1); }
  /// What is computed has had its outputs.
  void noteOutputs() { nextOutput = std::max(nextOutput, numComputed); }
  /// Whether rows of the prompt are still to have outputs, beside its last one.
  bool owesPromptOutputs() const { return firstOutput() < numSubmitted - 1; }
  /// How many of its next `numRows` rows have outputs.
  int64_t numOutputsOf(int64_t numRows) const {
    return std::max<int64_t>(numComputed + numRows - firstOutput(), 0);
  }
  /// Its next rows of which at most `numOutputs` have outputs.
  int64_t numRowsWith(int64_t numOutputs) const {
    return firstOutput() - numComputed + numOutputs;
  }

  SequenceState state() const {
    if (slot < 0)
      return hasRun ? SequenceState::Preempted : SequenceState::Waiting;
    if (isPaused)
      return SequenceState::Paused;
    return stored || numRowsLeft() > 1 ? SequenceState::Prefill
                                       : SequenceState::Decode;
  }
  /// Whether it is preempted after the other one.
  bool isBefore(const Sequence &other) const {
    return std::tuple(priority, rank, arrival) <
           std::tuple(other.priority, other.rank, other.arrival);
  }
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_SEQUENCE_H
