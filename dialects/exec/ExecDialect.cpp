//===- ExecDialect.cpp - The host's program -------------------------------===//

#include "dialects/exec/Exec.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

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

LogicalResult ExtentAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StepDim dim, int64_t mul, int64_t div,
                                 int64_t add) {
  // extent_c1
  if (mul <= 0 || div <= 0 || add < 0)
    return emitError() << "needs mul > 0, div > 0 and add >= 0, got mul " << mul
                       << ", div " << div << ", add " << add;
  return success();
}

LogicalResult WorkAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t instructions, int64_t integers,
                               int64_t specials, int64_t barriers,
                               int64_t matrixProducts, int64_t sharedBytes,
                               int64_t storedBytes, int64_t bytesInFlight,
                               DenseI64ArrayAttr loadedBytes) {
  SmallVector<int64_t> numbers(loadedBytes.asArrayRef());
  numbers.append({instructions, integers, specials, barriers, matrixProducts,
                  sharedBytes, storedBytes, bytesInFlight});
  // work_c1
  if (int64_t least = *llvm::min_element(numbers); least < 0)
    return emitError() << "needs numbers that are not negative, got " << least;
  return success();
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
  for (Attribute entry : getParams()) {
    auto params = dyn_cast<ArrayAttr>(entry);
    if (!params)
      return emitOpError("an entry of params must be an array, got ") << entry;
    for (Attribute param : params)
      if (!namesExisting(param, getInputs().size(), getNumResults()))
        return emitOpError("no such operand or result: ") << param;
  }
  // dispatch_c5
  for (int64_t index : getPersistent().value_or(ArrayRef<int64_t>()))
    if (index < 0 || index >= int64_t(getNumResults()))
      return emitOpError("no such result is persistent: ") << index;
  // dispatch_c4
  for (Attribute kernel : getKernels())
    if (!isa<FlatSymbolRefAttr, UnitAttr>(kernel))
      return emitOpError("a kernel must be a symbol or unit, got ") << kernel;
  for (ArrayAttr extents : {getGridsX(), getGridsY(), getResultRows()})
    for (Attribute extent : extents)
      if (!isa<ExtentAttr>(extent))
        return emitOpError("grids and result_rows must be extents, got ")
               << extent;
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
  // program_c3
  FlatSymbolRefAttr values = getCandidateValuesAttr(),
                    ids = getCandidateIdsAttr();
  if (!values != !ids)
    return emitOpError("needs candidate_values and candidate_ids, or neither");
  for (FlatSymbolRefAttr name : {values, ids})
    if (name && !lookupSymbol<BufferOp>(name))
      return emitOpError("no g4x.buffer is named ") << name;
  return success();
}

/// Whether the program around `op` has a buffer of this name.
static bool isBuffer(Operation *op, FlatSymbolRefAttr name) {
  auto program = op->getParentOfType<ProgramOp>();
  return program && program.lookupSymbol<BufferOp>(name.getAttr());
}

LogicalResult LaunchOp::verify() {
  for (Attribute arg : getArgs()) {
    // launch_c1
    if (!isa<WeightAttr, BufferRefAttr, CacheKeysAttr, CacheValuesAttr,
             CacheKeyScalesAttr, CacheValueScalesAttr, InputAttr, DimAttr,
             DimAddressAttr, TableAttr, TableWidthAttr, ActiveItemsAttr>(arg))
      return emitOpError("cannot pass ") << arg;
    // launch_c2
    auto buffer = dyn_cast<BufferRefAttr>(arg);
    if (buffer && !isBuffer(*this, buffer.getName()))
      return emitOpError("no g4x.buffer is named ") << buffer.getName();
    // launch_c3
    if (isa<ActiveItemsAttr>(arg) && arg != getArgs().getValue().back())
      return emitOpError("#g4x.active_items must be the last argument");
  }
  return success();
}

LogicalResult TapOp::verify() {
  // tap_c1
  if (!isBuffer(*this, getBufferAttr()))
    return emitOpError("no g4x.buffer is named ") << getBufferAttr();
  return success();
}

LogicalResult CodeOp::verify() {
  size_t numKernels = getKernels().size();
  // code_c1
  if (getScratchBytes().size() != numKernels ||
      getThreads().size() != numKernels)
    return emitOpError("needs scratch bytes and threads for each kernel, got ")
           << getScratchBytes().size() << " and " << getThreads().size()
           << " for " << numKernels;
  // code_c2
  for (auto numbers : {getRegisters(), getSpillBytes()})
    if (numbers && numbers->size() != numKernels)
      return emitOpError("needs registers and spill bytes for each kernel or "
                         "none, got ")
             << numbers->size() << " for " << numKernels;
  for (auto works : {getWork(), getRound()}) {
    if (works && works->size() != numKernels)
      return emitOpError("needs work and rounds of each kernel or none, got ")
             << works->size() << " for " << numKernels;
    // code_c3
    if (works && !llvm::all_of(*works, llvm::IsaPred<WorkAttr>))
      return emitOpError("needs work and rounds to be #g4x.work");
  }
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
