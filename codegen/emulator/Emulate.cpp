//===- Emulate.cpp - GPU functions as host functions ----------------------===//
//
//   %t = gpu.thread_id x      gpu.barrier
//   %v = llvm.load %p {alignment = 16} : !llvm.ptr<3> -> vector<4xf32>
//
// becomes
//
//   call @g4emu_barrier()
//   call @g4emu_access(%p, 16, 16, 2)
//   %v = llvm.load %p {alignment = 16} : !llvm.ptr -> vector<4xf32>
//
// with the thread as an argument. It is the IR that becomes PTX, op for op;
// only address spaces are gone. Test: test/codegen/PlantedBugsTest.cpp
//
//===----------------------------------------------------------------------===//

#include "codegen/emulator/Emulate.h"

#include "codegen/gpu/GpuLowering.h"
#include "codegen/gpu/LaneMoves.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace g4 {

using namespace mlir;

namespace {

constexpr int64_t kWrite = 1, kShared = 2;

class HostFunction {
public:
  HostFunction(gpu::GPUFuncOp source, ModuleOp host,
               const MatrixIntrinsic *intrinsic)
      : source_(source), host_(host), intrinsic_(intrinsic),
        b_(host.getContext()), loc_(source.getLoc()) {}

  LogicalResult make();

private:
  void moveBody();
  LogicalResult replace(Operation *op);
  void watch(Operation *op);
  void eraseAddressSpaces();

  void replaceShuffle(gpu::ShuffleOp op);
  void replaceLdMatrix(NVVM::LdMatrixOp op);
  void replaceMma(NVVM::MmaOp op);
  void replaceParts(Value structure, Value vector);
  LogicalResult replaceIntrinsic(LLVM::CallIntrinsicOp op);
  LogicalResult replaceMatrix(LLVM::CallIntrinsicOp op);
  Value laneMemory(int64_t number, int64_t bytes);
  LogicalResult replaceInlineAsm(LLVM::InlineAsmOp op);
  Value increment(Value counter, bool ordered);
  void watchAccess(Value pointer, Type type, uint64_t alignment, int64_t kind);
  void watchMasked(Value pointer, Type type, Value mask, int64_t kind);

  Value call(StringRef name, ValueRange operands, TypeRange results = {});
  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b_, loc_, value, 32);
  }
  Value plainPointer(Value pointer);

  gpu::GPUFuncOp source_;
  ModuleOp host_;
  const MatrixIntrinsic *intrinsic_; // the machine's; null: it has none
  OpBuilder b_;
  Location loc_;
  func::FuncOp function_;
  Value x_, y_, scratch_, thread_;
  Value laneMemory_[4]; // where a matrix operation finds a lane's numbers
};

} // namespace

static Type plainType(Type type) {
  if (isa<LLVM::LLVMPointerType>(type))
    return LLVM::LLVMPointerType::get(type.getContext());
  return type;
}

/// Calls take plain pointers; eraseAddressSpaces() removes the cast.
Value HostFunction::plainPointer(Value pointer) {
  Type plain = plainType(pointer.getType());
  if (plain == pointer.getType())
    return pointer;
  return LLVM::AddrSpaceCastOp::create(b_, loc_, plain, pointer);
}

Value HostFunction::call(StringRef name, ValueRange operands,
                         TypeRange results) {
  auto callee = host_.lookupSymbol<func::FuncOp>(name);
  if (!callee) {
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(host_.getBody());
    callee = func::FuncOp::create(
        b_, loc_, name, b_.getFunctionType(operands.getTypes(), results));
    callee.setPrivate();
  }
  auto op = func::CallOp::create(b_, loc_, callee, operands);
  return results.empty() ? Value() : op.getResult(0);
}

void HostFunction::moveBody() {
  Type pointer = LLVM::LLVMPointerType::get(host_.getContext());
  Type i64 = b_.getI64Type();
  b_.setInsertionPointToEnd(host_.getBody());
  function_ = func::FuncOp::create(
      b_, loc_, source_.getName(),
      b_.getFunctionType({pointer, i64, i64, pointer, i64}, {}));
  Block *entry = function_.addEntryBlock();
  b_.setInsertionPointToStart(entry);
  for (BlockArgument arg : source_.getArguments()) {
    Value slot = LLVM::GEPOp::create(
        b_, loc_, pointer, i64, entry->getArgument(0),
        ArrayRef<LLVM::GEPArg>{int32_t(arg.getArgNumber())});
    Value loaded =
        LLVM::LoadOp::create(b_, loc_, plainType(arg.getType()), slot);
    if (loaded.getType() != arg.getType())
      loaded = LLVM::AddrSpaceCastOp::create(b_, loc_, arg.getType(), loaded);
    arg.replaceAllUsesWith(loaded);
  }
  auto toIndex = [&](int i) {
    return arith::IndexCastOp::create(b_, loc_, b_.getIndexType(),
                                      entry->getArgument(i));
  };
  x_ = toIndex(1);
  y_ = toIndex(2);
  scratch_ = entry->getArgument(3);
  thread_ = toIndex(4);
  entry->getOperations().splice(entry->end(),
                                source_.getBody().front().getOperations());
}

LogicalResult HostFunction::make() {
  moveBody();
  SmallVector<Operation *> accesses, devices;
  function_.walk([&](Operation *op) {
    if (isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::MaskedLoadOp,
            LLVM::MaskedStoreOp>(op))
      accesses.push_back(op);
    else if (isa<LLVM::AddressOfOp, LLVM::InlineAsmOp, LLVM::AtomicRMWOp,
                 LLVM::CallIntrinsicOp>(op) ||
             isa<gpu::GPUDialect, NVVM::NVVMDialect>(op->getDialect()))
      devices.push_back(op);
  });
  for (Operation *op : accesses) {
    b_.setInsertionPoint(op);
    watch(op);
  }
  for (Operation *op : devices) {
    b_.setInsertionPoint(op);
    if (failed(replace(op)))
      return failure();
  }
  eraseAddressSpaces();
  return success();
}

//===----------------------------------------------------------------------===//
// Accesses of memory
//===----------------------------------------------------------------------===//

static int64_t spaceOf(Value pointer) {
  return cast<LLVM::LLVMPointerType>(pointer.getType()).getAddressSpace();
}

static int64_t bytesOf(Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.getNumElements() * vector.getElementTypeBitWidth() / 8;
  return type.getIntOrFloatBitWidth() / 8;
}

void HostFunction::watchAccess(Value pointer, Type type, uint64_t alignment,
                               int64_t kind) {
  int64_t space = spaceOf(pointer);
  if (space == 0)
    return; // the arguments, which the host function itself reads
  if (space == kSharedSpace)
    kind |= kShared;
  call("g4emu_access", {plainPointer(pointer), constant(bytesOf(type)),
                        constant(alignment), constant(kind)});
}

void HostFunction::watchMasked(Value pointer, Type type, Value mask,
                               int64_t kind) {
  auto vector = cast<VectorType>(type);
  if (spaceOf(pointer) == kSharedSpace)
    kind |= kShared;
  Type bits = b_.getIntegerType(vector.getNumElements());
  Value word = LLVM::BitcastOp::create(b_, loc_, bits, mask);
  word = arith::ExtUIOp::create(b_, loc_, b_.getI64Type(), word);
  call("g4emu_masked_access",
       {plainPointer(pointer), constant(vector.getElementTypeBitWidth() / 8),
        word, constant(kind)});
}

void HostFunction::watch(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](LLVM::LoadOp o) {
        watchAccess(o.getAddr(), o.getType(), o.getAlignment().value_or(1), 0);
      })
      .Case([&](LLVM::StoreOp o) {
        watchAccess(o.getAddr(), o.getValue().getType(),
                    o.getAlignment().value_or(1), kWrite);
      })
      .Case([&](LLVM::MaskedLoadOp o) {
        watchMasked(o.getData(), o.getType(), o.getMask(), 0);
      })
      .Case([&](LLVM::MaskedStoreOp o) {
        watchMasked(o.getData(), o.getValue().getType(), o.getMask(), kWrite);
      });
}

//===----------------------------------------------------------------------===//
// Operations of threads together
//===----------------------------------------------------------------------===//

void HostFunction::replaceShuffle(gpu::ShuffleOp op) {
  Type i32 = b_.getI32Type(), type = op.getValue().getType();
  bool isFloat = type.isF32();
  Value bits =
      isFloat
          ? arith::BitcastOp::create(b_, loc_, i32, op.getValue()).getResult()
          : op.getValue();
  Value result = call("g4emu_shuffle_xor", {bits, op.getOffset()}, i32);
  if (isFloat)
    result = arith::BitcastOp::create(b_, loc_, type, result);
  op.getShuffleResult().replaceAllUsesWith(result);
}

/// Parts of an LLVM struct as elements of a vector.
void HostFunction::replaceParts(Value structure, Value vector) {
  for (Operation *user : llvm::make_early_inc_range(structure.getUsers())) {
    auto part = cast<LLVM::ExtractValueOp>(user);
    Value element = vector::ExtractOp::create(
        b_, loc_, vector, ArrayRef<int64_t>{part.getPosition()[0]});
    part.replaceAllUsesWith(element);
    part.erase();
  }
}

void HostFunction::replaceLdMatrix(NVVM::LdMatrixOp op) {
  auto words = VectorType::get({4}, b_.getI32Type());
  Value loaded = call("g4emu_ldmatrix",
                      {plainPointer(op.getPtr()), constant(op.getNum()),
                       constant(op.getLayout() == NVVM::MMALayout::col)},
                      words);
  replaceParts(op.getRes(), loaded);
}

void HostFunction::replaceMma(NVVM::MmaOp op) {
  auto words = VectorType::get({4}, b_.getI32Type());
  auto floats = VectorType::get({4}, b_.getF32Type());
  SmallVector<Value> second(op.getOperandB());
  second.resize(4, second[0]); // b has two registers
  auto pack = [&](VectorType type, ValueRange values) {
    return vector::FromElementsOp::create(b_, loc_, type, values);
  };
  Value d = call("g4emu_mma",
                 {pack(words, op.getOperandA()), pack(words, second),
                  pack(floats, op.getOperandC())},
                 floats);
  replaceParts(op.getRes(), d);
}

/// Memory of the function for operand `number` of its matrix operations.
Value HostFunction::laneMemory(int64_t number, int64_t bytes) {
  Value &memory = laneMemory_[number];
  if (!memory) {
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(&function_.front());
    memory = LLVM::AllocaOp::create(
        b_, loc_, LLVM::LLVMPointerType::get(host_.getContext()),
        b_.getI8Type(), constant(bytes), /*alignment=*/64);
  }
  return memory;
}

/// a, b and c go through memory: their sizes depend on the intrinsic.
LogicalResult HostFunction::replaceMatrix(LLVM::CallIntrinsicOp op) {
  constexpr int64_t kBytes = 64; // enough for 16 bf16 or f32
  // One name has forms that differ in their operands.
  auto operand = dyn_cast<VectorType>(op.getArgs()[0].getType());
  if (!intrinsic_ || op.getIntrin() != intrinsic_->llvmName || !operand ||
      operand.getNumElements() != intrinsic_->a.numElements())
    return op.emitOpError(
               "is no instruction of the emulated machine, which has ")
           << (intrinsic_ ? intrinsic_->name : "none for matrices");
  SmallVector<Value> operands = {
      constant(intrinsic_ - matrixIntrinsics().data())};
  for (int64_t i = 0; i < 3; ++i) {
    operands.push_back(laneMemory(i, kBytes));
    LLVM::StoreOp::create(b_, loc_, op.getArgs()[i], operands.back());
  }
  operands.push_back(laneMemory(3, kBytes));
  call("g4emu_matrix", operands);
  Value d = LLVM::LoadOp::create(b_, loc_, op.getResult(0).getType(),
                                 operands.back());
  op.getResult(0).replaceAllUsesWith(d);
  op.erase();
  return success();
}

/// Words that move between lanes, and matrices.
LogicalResult HostFunction::replaceIntrinsic(LLVM::CallIntrinsicOp op) {
  StringRef name = op.getIntrin();
  if (name == "llvm.amdgcn.sched.barrier") // of compilers, not of lanes
    return op.erase(), success();
  ValueRange x = op.getArgs();
  Type i32 = b_.getI32Type();
  auto isConstant = [&](size_t i, uint32_t value) {
    APInt bits;
    return matchPattern(x[i], m_ConstantInt(&bits)) &&
           static_cast<uint32_t>(bits.getZExtValue()) == value;
  };
  Value result;
  if (name == "llvm.amdgcn.update.dpp" && isConstant(3, 0xf) &&
      isConstant(4, 0xf))
    result = call("g4emu_dpp", {x[1], x[2]}, i32);
  else if ((name == "llvm.amdgcn.ds.swizzle" && isConstant(1, kSwizzleXor16)) ||
           (name == "llvm.amdgcn.permlanex16" && isConstant(2, kSameLanesLow) &&
            isConstant(3, kSameLanesHigh)))
    result = call("g4emu_shuffle_xor",
                  {name.ends_with("swizzle") ? x[0] : x[1], constant(16)}, i32);
  else
    return replaceMatrix(op);
  op.getResult(0).replaceAllUsesWith(result);
  op.erase();
  return success();
}

/// The i32 at `counter` before one is added.
Value HostFunction::increment(Value counter, bool ordered) {
  Value before =
      call("g4emu_increment", {plainPointer(counter), constant(ordered)},
           b_.getI32Type());
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(&function_.front());
  call("g4emu_watch_order", {});
  return before;
}

LogicalResult HostFunction::replaceInlineAsm(LLVM::InlineAsmOp op) {
  StringRef text = op.getAsmString();
  ValueRange x = op.getOperands();
  Value result;
  if (text.empty()) // of compilers, not of lanes
    result = x[0];
  else if (text == kAndOrAssembly)
    result = arith::OrIOp::create(
        b_, loc_, arith::AndIOp::create(b_, loc_, x[0], x[1]), x[2]);
  else if (text.starts_with("atom.add."))
    result = increment(x[0], text.contains(".acq_rel.gpu."));
  else
    return op.emitOpError("is not known to the emulator");
  op.getResult(0).replaceAllUsesWith(result);
  op.erase();
  return success();
}

LogicalResult HostFunction::replace(Operation *op) {
  auto with = [&](Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
    return success();
  };
  auto erased = [&](Operation *o) { return o->erase(), success(); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](gpu::ThreadIdOp) { return with(thread_); })
      .Case([&](gpu::BlockIdOp o) {
        return with(o.getDimension() == gpu::Dimension::x ? x_ : y_);
      })
      .Case([&](LLVM::AddressOfOp o) {
        return with(
            LLVM::AddrSpaceCastOp::create(b_, loc_, o.getType(), scratch_));
      })
      .Case([&](gpu::BarrierOp o) {
        call("g4emu_barrier", {});
        return erased(o);
      })
      .Case([&](gpu::ShuffleOp o) { return replaceShuffle(o), erased(o); })
      .Case([&](NVVM::LdMatrixOp o) { return replaceLdMatrix(o), erased(o); })
      .Case([&](NVVM::MmaOp o) { return replaceMma(o), erased(o); })
      .Case([&](NVVM::CpAsyncOp o) {
        Value size = o.getCpSize() ? o.getCpSize() : constant(o.getSize());
        call("g4emu_copy_async",
             {plainPointer(o.getDst()), plainPointer(o.getSrc()), size});
        return erased(o);
      })
      .Case([&](NVVM::CpAsyncCommitGroupOp o) {
        call("g4emu_commit_async", {});
        return erased(o);
      })
      .Case([&](NVVM::CpAsyncWaitGroupOp o) {
        call("g4emu_wait_async", constant(o.getN()));
        return erased(o);
      })
      .Case([&](LLVM::InlineAsmOp o) { return replaceInlineAsm(o); })
      .Case([&](LLVM::CallIntrinsicOp o) { return replaceIntrinsic(o); })
      .Case([&](LLVM::AtomicRMWOp o) {
        bool ordered = o.getOrdering() == LLVM::AtomicOrdering::acq_rel &&
                       o.getSyncscope() == "agent";
        return with(increment(o.getPtr(), ordered));
      })
      .Case([&](gpu::ReturnOp o) {
        func::ReturnOp::create(b_, loc_);
        return erased(o);
      })
      .Default([](Operation *o) {
        return o->emitOpError("is not known to the emulator");
      });
}

void HostFunction::eraseAddressSpaces() {
  SmallVector<LLVM::AddrSpaceCastOp> casts;
  function_.walk([&](Operation *op) {
    for (Value result : op->getResults())
      result.setType(plainType(result.getType()));
    for (Region &region : op->getRegions())
      for (BlockArgument arg : region.getArguments())
        arg.setType(plainType(arg.getType()));
    if (auto cast = dyn_cast<LLVM::AddrSpaceCastOp>(op))
      casts.push_back(cast);
  });
  for (LLVM::AddrSpaceCastOp cast : casts) {
    cast.replaceAllUsesWith(cast.getArg());
    cast.erase();
  }
}

LogicalResult emulateOnHost(gpu::GPUModuleOp gpu, ModuleOp host,
                            const MatrixIntrinsic *intrinsic) {
  SmallVector<gpu::GPUFuncOp> functions(gpu.getOps<gpu::GPUFuncOp>());
  for (gpu::GPUFuncOp function : functions) {
    if (failed(HostFunction(function, host, intrinsic).make()))
      return failure();
    function.erase();
  }
  gpu.erase();
  return success();
}

} // namespace g4
