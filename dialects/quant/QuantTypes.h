//===- QuantTypes.h - Types of packed weights -------------------*- C++ -*-===//
//
// The dialect `g4q`. Declared in QuantTypes.td; read that first.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_QUANT_QUANTTYPES_H
#define G4_DIALECTS_QUANT_QUANTTYPES_H

#include "runtime/artifact/Packing.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"

#include "dialects/quant/QuantDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/quant/QuantAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/quant/QuantTypes.h.inc"

namespace g4::quant {

/// The type of numbers that are stored as `type`.
mlir::Type typeOf(mlir::MLIRContext *context, artifact::NumberType type);

} // namespace g4::quant

#endif // G4_DIALECTS_QUANT_QUANTTYPES_H
