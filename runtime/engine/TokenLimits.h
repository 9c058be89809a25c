//===- TokenLimits.h - What a request's own lists allow ---------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_TOKENLIMITS_H
#define G4_RUNTIME_ENGINE_TOKENLIMITS_H

#include "runtime/engine/Generation.h"
#include "runtime/sample/TokenMask.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace g4rt {

/// The tokens that minTokens, allowedIds and bannedRows of one request leave
/// for the next place of its answer. Costs nothing where there are none of
/// them, else a copy of a mask a token.
class TokenLimits {
public:
  TokenLimits(const GenerationRequest &request, size_t numTokens);

  /// What may come next: what `grammar`, unless null, and the lists allow; null
  /// if that is everything. A grammar that the lists leave nothing of goes
  /// before them. Valid until the next call.
  const TokenMask *mask(const TokenMask *grammar);
  /// The answer goes on with `id`.
  void accept(int32_t id);
  /// Whether the answer has too few tokens to end.
  bool isTooShort() const { return numAccepted_ < minTokens_; }

private:
  void forbidRows();

  int64_t minTokens_;
  std::vector<int32_t> stopIds_;
  std::vector<std::vector<int32_t>> bannedRows_;
  TokenMask allowed_; // without tokens: all are
  TokenMask mask_;
  int64_t numAccepted_ = 0;
  std::vector<int32_t> tail_; // of the answer, as long as a row can need
  size_t maxTail_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_TOKENLIMITS_H
