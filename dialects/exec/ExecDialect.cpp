//===- ExecDialect.cpp - The host's program -------------------------------===//

#include "dialects/exec/Exec.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace g4::exec;

#include "dialects/exec/ExecDialect.cpp.inc"
#include "dialects/exec/ExecEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/ExecAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/exec/Exec.cpp.inc"

void G4XDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/exec/ExecAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/exec/Exec.cpp.inc"
      >();
}

static bool namesExisting(Attribute param, int64_t numInputs,
                          int64_t numOutputs) {
  if (auto operand = dyn_cast<OperandAttr>(param))
    return operand.getIndex() >= 0 && operand.getIndex() < numInputs;
  if (auto result = dyn_cast<ResultAttr>(param))
    return result.getIndex() >= 0 && result.getIndex() < numOutputs;
  return true;
}

LogicalResult DispatchOp::verify() {
  size_t numBuckets = getKernels().size();
  // dispatch_c1
  if (getGridsX().size() != numBuckets || getGridsY().size() != numBuckets ||
      getParams().size() != numBuckets)
    return emitOpError("kernels, grids and params must be equally many");
  // dispatch_c2
  if (getResultRows().size() != getNumResults())
    return emitOpError("needs one of result_rows for each result");
  // dispatch_c3
  for (Attribute params : getParams())
    for (Attribute param : cast<ArrayAttr>(params))
      if (!namesExisting(param, getInputs().size(), getNumResults()))
        return emitOpError("no such operand or result: ") << param;
  return success();
}

LogicalResult ProgramOp::verify() {
  int64_t last = 0;
  for (auto bucket : getBody().getOps<BucketOp>()) {
    // program_c1
    if (int64_t(bucket.getMaxTokens()) <= last)
      return bucket.emitOpError("max_tokens must rise from bucket to bucket");
    last = bucket.getMaxTokens();
  }
  if (last == 0)
    return emitOpError("needs at least one bucket");
  // program_c2
  if (!lookupSymbol<BufferOp>(getLogitsAttr()))
    return emitOpError("no g4x.buffer is named ") << getLogitsAttr();
  return success();
}

LogicalResult BufferOp::verify() {
  Type dtype = getDtype();
  // buffer_c1
  if (int64_t(getCols()) <= 0 ||
      !(dtype.isF32() || dtype.isBF16() || dtype.isInteger(32)))
    return emitOpError("needs a positive number of cols of f32, bf16 or i32");
  return success();
}
