//===- Tile.h - The tile dialect: one kernel --------------------*- C++ -*-===//
//
// The dialect `g4t`. Declared in TileDialect.td and the files beside it; read
// those first.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_TILE_TILE_H
#define G4_DIALECTS_TILE_TILE_H

#include "dialects/intrinsic/MatrixIntrinsic.h"
#include "dialects/quant/QuantTypes.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/tile/TileDialect.h.inc"
#include "dialects/tile/TileEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/tile/TileAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/tile/Tile.h.inc"

namespace g4::tile {

/// Whether `type` lives in a work item's scratch memory.
bool isScratch(mlir::MemRefType type);

} // namespace g4::tile

#endif // G4_DIALECTS_TILE_TILE_H
