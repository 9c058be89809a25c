//===- TileDialect.cpp - The tile dialect: one kernel ---------------------===//

#include "dialects/tile/Tile.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace g4::tile;

#include "dialects/tile/TileDialect.cpp.inc"
#include "dialects/tile/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/tile/TileAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/tile/Tile.cpp.inc"

void G4TDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/tile/TileAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/tile/Tile.cpp.inc"
      >();
}

bool g4::tile::isScratch(MemRefType type) {
  return isa_and_nonnull<ScratchAttr>(type.getMemorySpace());
}

LogicalResult BlockedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t rowThreads, int64_t colThreads,
                                  int64_t vec) {
  // blocked_c1
  for (int64_t size : {rowThreads, colThreads, vec})
    if (size <= 0 || !llvm::isPowerOf2_64(size))
      return emitError() << "threads and vec must be powers of 2, got " << size;
  return success();
}

LogicalResult MmaAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              int64_t rowWarps, int64_t colWarps,
                              bool transposed, StringRef intrinsic) {
  // mma_c1
  for (int64_t size : {rowWarps, colWarps})
    if (size <= 0 || !llvm::isPowerOf2_64(size))
      return emitError() << "warps must be powers of 2, got " << size;
  // mma_c2
  if (!findMatrixIntrinsic(intrinsic))
    return emitError() << "there is no intrinsic " << intrinsic;
  return success();
}
