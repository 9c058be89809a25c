//===- SideBySide.cpp - Two kernels in one launch -------------------------===//

#include "compiler/plan/SideBySide.h"

#include "llvm/Support/FormatVariadic.h"
#include "mlir/IR/IRMapping.h"

#include <optional>

namespace g4 {

using namespace mlir;

namespace {

/// The parts of a kernel that readSizesFromMemory() has guarded.
struct GuardedKernel {
  SmallVector<Operation *> outside; // scratch
  scf::IfOp body;
  int64_t scratchBytes = 0;
};

} // namespace

static int64_t bytesOf(tile::ScratchOp op) {
  auto type = cast<MemRefType>(op.getType());
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

/// The one user of `value`, if it is an `Op` and there is one alone.
template <typename Op>
static Op onlyUser(Value value) {
  return value.hasOneUse() ? dyn_cast<Op>(*value.user_begin()) : Op();
}

/// Whether `condition` is "%i < active[0]", and nothing else reads active.
static bool isActive(Value condition, tile::KernelOp kernel) {
  auto compare = condition.getDefiningOp<arith::CmpIOp>();
  auto load = onlyUser<memref::LoadOp>(kernel.getParams().back());
  if (!compare || !load || !condition.hasOneUse() ||
      compare.getPredicate() != arith::CmpIPredicate::slt ||
      compare.getLhs() != kernel.getGridX())
    return false;
  auto items = onlyUser<arith::IndexCastOp>(load.getResult());
  return items && items.getResult() == compare.getRhs() &&
         items.getResult().hasOneUse();
}

static std::optional<GuardedKernel> guarded(tile::KernelOp kernel) {
  GuardedKernel result;
  if (kernel.getParams().empty())
    return std::nullopt;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (auto scratch = dyn_cast<tile::ScratchOp>(op)) {
      result.scratchBytes += bytesOf(scratch);
      result.outside.push_back(&op);
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      if (result.body || branch.getNumResults() > 0 || branch.elseBlock())
        return std::nullopt;
      result.body = branch;
    } else if (!isa<arith::ConstantOp, arith::IndexCastOp, arith::CmpIOp,
                    memref::LoadOp>(op)) {
      return std::nullopt;
    }
  }
  if (!result.body || !isActive(result.body.getCondition(), kernel))
    return std::nullopt;
  return result;
}

bool canRunSideBySide(tile::KernelOp first, tile::KernelOp second,
                      int64_t scratchBytes) {
  if (first.getThreads() != second.getThreads())
    return false;
  auto a = guarded(first), b = guarded(second);
  return a && b && 2 * (a->scratchBytes + b->scratchBytes) <= scratchBytes;
}

std::string sideBySideName(tile::KernelOp first, tile::KernelOp second,
                           const SharedGrid &grid) {
  return llvm::formatv("{0}_beside_{1}_{2}x{3}_{4}", first.getSymName(),
                       second.getSymName(), grid.firstX, grid.firstY,
                       grid.secondY);
}

namespace {

class SideBySideBuilder {
public:
  SideBySideBuilder(OpBuilder &b, tile::KernelOp kernel)
      : b_(b), loc_(kernel.getLoc()), kernel_(kernel) {}

  /// The kernel's scratch, and what its params are here.
  IRMapping begin(tile::KernelOp part, size_t firstParam);
  void branch(tile::KernelOp first, IRMapping &firstMap, tile::KernelOp second,
              IRMapping &secondMap, const SharedGrid &grid);

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b_, loc_, value);
  }
  Value less(Value a, Value b) {
    return arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::slt, a, b);
  }
  Value numActive();
  void inlineBody(tile::KernelOp part, IRMapping &map, Value item,
                  int64_t sizeY, Block *into);

  OpBuilder &b_;
  Location loc_;
  tile::KernelOp kernel_;
};

} // namespace

IRMapping SideBySideBuilder::begin(tile::KernelOp part, size_t firstParam) {
  IRMapping map;
  for (auto [i, param] : llvm::enumerate(part.getParams().drop_back()))
    map.map(param, kernel_.getParams()[firstParam + i]);
  for (Operation *op : guarded(part)->outside)
    b_.clone(*op, map);
  return map;
}

Value SideBySideBuilder::numActive() {
  Value word =
      memref::LoadOp::create(b_, loc_, kernel_.getParams().back(), index(0));
  return arith::IndexCastOp::create(b_, loc_, b_.getIndexType(), word);
}

/// The part's body at the end of `into`, as its item number `item`.
void SideBySideBuilder::inlineBody(tile::KernelOp part, IRMapping &map,
                                   Value item, int64_t sizeY, Block *into) {
  b_.setInsertionPoint(into->getTerminator());
  Value size = index(sizeY);
  map.map(part.getGridX(), arith::DivUIOp::create(b_, loc_, item, size));
  map.map(part.getGridY(), arith::RemUIOp::create(b_, loc_, item, size));
  // Constants that the body has from outside of its condition.
  for (Operation &op : part.getBody().front())
    if (isa<arith::ConstantOp>(op))
      b_.clone(op, map);
  for (Operation &op : guarded(part)->body.thenBlock()->without_terminator())
    b_.clone(op, map);
}

void SideBySideBuilder::branch(tile::KernelOp first, IRMapping &firstMap,
                               tile::KernelOp second, IRMapping &secondMap,
                               const SharedGrid &grid) {
  Value item = kernel_.getGridX();
  auto active = scf::IfOp::create(b_, loc_, less(item, numActive()),
                                  /*withElseRegion=*/false);
  b_.setInsertionPoint(active.thenBlock()->getTerminator());
  Value numFirst = index(grid.numFirst());
  auto which = scf::IfOp::create(b_, loc_, less(item, numFirst),
                                 /*withElseRegion=*/true);
  inlineBody(first, firstMap, item, grid.firstY, which.thenBlock());
  b_.setInsertionPointToStart(which.elseBlock());
  Value rest = arith::SubIOp::create(b_, loc_, item, numFirst);
  inlineBody(second, secondMap, rest, grid.secondY, which.elseBlock());
}

tile::KernelOp buildSideBySide(OpBuilder &b, tile::KernelOp first,
                               tile::KernelOp second, const SharedGrid &grid) {
  SmallVector<Type> types;
  for (tile::KernelOp part : {first, second})
    for (BlockArgument param : part.getParams().drop_back())
      types.push_back(param.getType());
  types.push_back(first.getParams().back().getType());
  auto kernel = tile::KernelOp::create(b, first.getLoc(),
                                       sideBySideName(first, second, grid),
                                       types, first.getThreads());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&kernel.getBody().front());
  SideBySideBuilder builder(b, kernel);
  IRMapping firstMap = builder.begin(first, 0);
  IRMapping secondMap = builder.begin(second, first.getParams().size() - 1);
  builder.branch(first, firstMap, second, secondMap, grid);
  b.setInsertionPointToEnd(&kernel.getBody().front());
  tile::ReturnOp::create(b, kernel.getLoc());
  return kernel;
}

} // namespace g4
