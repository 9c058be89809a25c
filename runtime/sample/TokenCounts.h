//===- TokenCounts.h - Which tokens a sequence holds ------------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_TOKENCOUNTS_H
#define G4_RUNTIME_SAMPLE_TOKENCOUNTS_H

#include <cstdint>
#include <span>
#include <unordered_map>

namespace g4rt {

/// What penalties look at: the tokens of the prompt and, with their number, of
/// the answer.
class TokenCounts {
public:
  void addPrompt(std::span<const int32_t> ids) {
    for (int32_t id : ids)
      counts_.try_emplace(id, 0);
  }
  void addOutput(int32_t id) { ++counts_[id]; }

  /// By id: how often the answer holds it; 0 if only the prompt does.
  const std::unordered_map<int32_t, uint32_t> &counts() const {
    return counts_;
  }

private:
  std::unordered_map<int32_t, uint32_t> counts_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_TOKENCOUNTS_H
