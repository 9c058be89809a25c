//===- PoolMap.h - A pool of pages as a picture -----------------*- C++ -*-===//

#ifndef G4_RUNTIME_KV_POOLMAP_H
#define G4_RUNTIME_KV_POOLMAP_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

class PagePool;

/// How full of sequences' pages a pool is, and where. A cell stands for
/// pagesPerCell consecutive pages, the last one for what is left.
struct PoolMap {
  std::string name = {}; // "global"
  int64_t pageSize = 0;  // tokens of a page
  int64_t numPages = 0;
  int64_t numUsed = 0;
  int64_t numShared = 0; // pages of more than one sequence
  int64_t pagesPerCell = 1;
  std::vector<int32_t> usedByCell = {};
  std::vector<int32_t> sharedByCell = {};
};

/// The map of `pool` in at most `maxCells` cells (at least 1). Looks at every
/// page once.
PoolMap mapOf(const PagePool &pool, int64_t maxCells);

} // namespace g4rt

#endif // G4_RUNTIME_KV_POOLMAP_H
