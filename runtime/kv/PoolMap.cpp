//===- PoolMap.cpp - A pool of pages as a picture -------------------------===//

#include "runtime/kv/PoolMap.h"

#include "runtime/kv/PagePool.h"

#include <algorithm>

namespace g4rt {

PoolMap mapOf(const PagePool &pool, int64_t maxCells) {
  PoolMap map{.numPages = pool.numPages(), .numUsed = pool.numUsed()};
  map.pagesPerCell =
      std::max<int64_t>(1, (map.numPages + maxCells - 1) / maxCells);
  int64_t numCells = (map.numPages + map.pagesPerCell - 1) / map.pagesPerCell;
  map.usedByCell.resize(numCells);
  map.sharedByCell.resize(numCells);
  for (int64_t page = 0; page < map.numPages; ++page) {
    int32_t numSequences = pool.numSequences(static_cast<int32_t>(page));
    map.usedByCell[page / map.pagesPerCell] += numSequences > 0;
    map.sharedByCell[page / map.pagesPerCell] += numSequences > 1;
    map.numShared += numSequences > 1;
  }
  return map;
}

} // namespace g4rt
