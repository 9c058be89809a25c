//===- Exec.h - The host's program ------------------------------*- C++ -*-===//
//
// The dialect `g4x`. Declared in ExecDialect.td and ExecOps.td; read those
// first.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_EXEC_EXEC_H
#define G4_DIALECTS_EXEC_EXEC_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/exec/ExecDialect.h.inc"
#include "dialects/exec/ExecEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/ExecAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/exec/Exec.h.inc"

#endif // G4_DIALECTS_EXEC_EXEC_H
