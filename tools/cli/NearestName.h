//===- NearestName.h - What somebody meant to write -------------*- C++ -*-===//

#ifndef G4_TOOLS_CLI_NEARESTNAME_H
#define G4_TOOLS_CLI_NEARESTNAME_H

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace g4 {

/// How many characters must be put in, taken out or changed (Levenshtein).
inline size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

/// The one of `names` that `name` is nearest to, of equals the first; empty if
/// more than a third of it would have to change.
inline std::string nearestName(std::string_view name,
                               const std::vector<std::string> &names) {
  std::string best;
  size_t least = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string &candidate : names)
    if (size_t distance = editDistance(name, candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  return best;
}

} // namespace g4

#endif // G4_TOOLS_CLI_NEARESTNAME_H
