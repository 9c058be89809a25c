//===- ExpertLoad.h - How much each expert of a layer does ------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_EXPERTLOAD_H
#define G4_RUNTIME_EXEC_EXPERTLOAD_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

/// Rows that a layer has sent to each of its experts.
struct ExpertLoad {
  std::string layer = {}; // "layers.3"
  std::vector<uint64_t> rows = {};

  friend bool operator==(const ExpertLoad &, const ExpertLoad &) = default;
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_EXPERTLOAD_H
