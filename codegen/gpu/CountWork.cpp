//===- CountWork.cpp - What a thread of a GPU kernel does -----------------===//

#include "codegen/gpu/CountWork.h"

#include "codegen/gpu/GpuLowering.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Passes/PassBuilder.h"

#include <algorithm>

namespace g4 {

namespace {

constexpr int64_t kWidestAccess = 16; // bytes of one instruction
// Bytes in registers that a thread waits for at most: half of the 128 registers
// that leave room for two blocks of 256 threads.
constexpr int64_t kMostInFlight = 256;

/// Sums along a path. Asynchronous copies come in groups, of which some are
/// under way while a thread goes on.
struct Sum {
  KernelWork work;
  int64_t copiedBytes = 0, commits = 0;
};

/// A path's sums, as CountedWork has them.
struct Path {
  Sum once, round;

  int64_t length() const {
    return once.work.instructions + round.work.instructions;
  }
};

} // namespace

/// How often a loop runs: so many rounds in `entries` times.
struct Rounds {
  int64_t rounds = 1, entries = 1;
};

/// Adds `b`, as often as a loop runs.
static void add(Sum &a, const Sum &b, Rounds times = {}) {
  auto share = [&](int64_t number) {
    return number * times.rounds / times.entries;
  };
  for (auto member :
       {&KernelWork::instructions, &KernelWork::integers, &KernelWork::specials,
        &KernelWork::barriers, &KernelWork::matrixProducts,
        &KernelWork::sharedBytes, &KernelWork::storedBytes})
    a.work.*member += share(b.work.*member);
  a.work.bytesInFlight = std::max(a.work.bytesInFlight, b.work.bytesInFlight);
  for (size_t i = 0; i < a.work.loadedBytes.size(); ++i)
    a.work.loadedBytes[i] += share(b.work.loadedBytes[i]);
  a.copiedBytes += share(b.copiedBytes);
  a.commits += share(b.commits);
}

//===----------------------------------------------------------------------===//
// One instruction
//===----------------------------------------------------------------------===//

/// Of the function that `value` calls; empty if it calls none by name.
static llvm::StringRef calleeName(const llvm::Value *value) {
  auto *call = llvm::dyn_cast<llvm::CallInst>(value);
  const llvm::Function *callee = call ? call->getCalledFunction() : nullptr;
  return callee ? callee->getName() : "";
}

/// Instructions that a value of this type takes, done a lane at a time. What
/// has 64 bits is an index, which machines keep in 32 as far as they can.
static int64_t lanesOf(llvm::Type *type) {
  auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  if (!vector)
    return 1;
  int64_t count = vector->getNumElements();
  return type->getScalarSizeInBits() == 16 ? (count + 1) / 2 : count;
}

/// m * n * k of a matrix intrinsic, whose name has them as m16n8k16 or as
/// 32x32x8; 0 of any other.
static int64_t productsOf(llvm::StringRef name) {
  if (!name.contains(".mma.") && !name.contains(".mfma.") &&
      !name.contains(".wmma."))
    return 0;
  llvm::SmallVector<llvm::StringRef> parts;
  name.split(parts, '.');
  for (llvm::StringRef part : parts) {
    int64_t m = 0, n = 0, k = 0;
    bool isShaped = part.consume_front("m");
    if (!part.consumeInteger(10, m) &&
        part.consume_front(isShaped ? "n" : "x") &&
        !part.consumeInteger(10, n) &&
        part.consume_front(isShaped ? "k" : "x") && !part.consumeInteger(10, k))
      return m * n * k;
  }
  return 0;
}

static bool isSpecial(llvm::StringRef name) {
  for (const char *part : {".exp2", ".ex2", ".rcp", ".rsq", ".sqrt", ".log",
                           ".lg2", ".sin", ".cos", ".div.", ".tanh"})
    if (name.contains(part))
      return true;
  return false;
}

namespace {

/// What a single instruction adds.
class InstructionCounter {
public:
  InstructionCounter(llvm::Function &kernel, int64_t warpSize)
      : layout_(kernel.getDataLayout()), warpSize_(warpSize) {}

  void count(llvm::Instruction &instruction, Sum &sum) const;

private:
  void issue(Sum &sum, int64_t count) const { sum.work.instructions += count; }
  void countInteger(Sum &sum, int64_t count) const {
    issue(sum, count);
    sum.work.integers += count;
  }
  void countSpecial(Sum &sum, int64_t count) const {
    issue(sum, count);
    sum.work.specials += count;
  }
  void countAccess(llvm::Value *pointer, int64_t bytes, bool isLoad,
                   Sum &sum) const;
  void countLoaded(llvm::Value *pointer, int64_t bytes, Sum &sum) const;
  void countCall(llvm::CallInst &call, Sum &sum) const;

  const llvm::DataLayout &layout_;
  int64_t warpSize_;
};

} // namespace

void InstructionCounter::countLoaded(llvm::Value *pointer, int64_t bytes,
                                     Sum &sum) const {
  // A pointer that walks through memory is a phi of where it began.
  llvm::SmallVector<const llvm::Value *> objects;
  llvm::getUnderlyingObjects(pointer, objects);
  for (const llvm::Value *object : objects)
    if (auto *argument = llvm::dyn_cast<llvm::Argument>(object)) {
      sum.work.loadedBytes[argument->getArgNo()] += bytes;
      return;
    }
}

void InstructionCounter::countAccess(llvm::Value *pointer, int64_t bytes,
                                     bool isLoad, Sum &sum) const {
  issue(sum, (bytes + kWidestAccess - 1) / kWidestAccess);
  unsigned space = pointer->getType()->getPointerAddressSpace();
  if (space == kSharedSpace) {
    sum.work.sharedBytes += bytes;
    return;
  }
  if (space != kGlobalSpace)
    return; // parameters, constants
  if (!isLoad) {
    sum.work.storedBytes += bytes;
    return;
  }
  countLoaded(pointer, bytes, sum);
  // A basic block asks for all that it loads before it needs the first, as far
  // as there are registers.
  sum.work.bytesInFlight =
      std::min(sum.work.bytesInFlight + bytes, kMostInFlight);
}

void InstructionCounter::countCall(llvm::CallInst &call, Sum &sum) const {
  if (auto *assembly =
          llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand())) {
    if (!assembly->getAsmString().empty())
      countInteger(sum, 1);
    return;
  }
  const llvm::Function *callee = call.getCalledFunction();
  llvm::StringRef name = calleeName(&call);
  if (int64_t products = productsOf(name)) {
    issue(sum, 1);
    sum.work.matrixProducts += products / warpSize_;
  } else if (name.contains("cp.async") && name.contains(".shared.global")) {
    issue(sum, 1);
    int64_t bytes = name.ends_with(".4") || name.contains(".4.") ? 4 : 16;
    sum.work.sharedBytes += bytes;
    sum.copiedBytes += bytes;
    countLoaded(call.getArgOperand(1), bytes, sum);
  } else if (name.contains("cp.async.commit")) {
    issue(sum, 1);
    ++sum.commits;
  } else if (name.contains("barrier")) {
    issue(sum, 1);
    ++sum.work.barriers;
  } else if (name.contains("ldmatrix")) {
    issue(sum, 1);
    sum.work.sharedBytes += layout_.getTypeStoreSize(call.getType());
  } else if (isSpecial(name)) {
    countSpecial(sum, lanesOf(call.getType()));
  } else if (callee && callee->isIntrinsic() &&
             (callee->doesNotAccessMemory() || name.contains("shfl") ||
              name.contains("cp.async"))) {
    if (call.getType()->isIntOrIntVectorTy())
      countInteger(sum, lanesOf(call.getType()));
    else
      issue(sum, call.getType()->isVoidTy() ? 1 : lanesOf(call.getType()));
  }
}

void InstructionCounter::count(llvm::Instruction &instruction, Sum &sum) const {
  llvm::Type *type = instruction.getType();
  if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction))
    return countAccess(load->getPointerOperand(),
                       layout_.getTypeStoreSize(type), /*isLoad=*/true, sum);
  if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction))
    return countAccess(
        store->getPointerOperand(),
        layout_.getTypeStoreSize(store->getValueOperand()->getType()),
        /*isLoad=*/false, sum);
  if (auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction))
    return countCall(*call, sum);
  if (auto *address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction))
    return countInteger(sum, address->hasAllConstantIndices() ? 0 : 1);
  switch (instruction.getOpcode()) {
  case llvm::Instruction::PHI:
  case llvm::Instruction::BitCast:
  case llvm::Instruction::AddrSpaceCast:
  case llvm::Instruction::IntToPtr:
  case llvm::Instruction::PtrToInt:
  case llvm::Instruction::Trunc:
  case llvm::Instruction::ZExt:
  case llvm::Instruction::Freeze:
  case llvm::Instruction::ExtractElement:
  case llvm::Instruction::InsertElement:
  case llvm::Instruction::ExtractValue:
  case llvm::Instruction::InsertValue:
  case llvm::Instruction::ShuffleVector:
    return;
  case llvm::Instruction::FDiv:
  case llvm::Instruction::SIToFP:
  case llvm::Instruction::UIToFP:
  case llvm::Instruction::FPToSI:
  case llvm::Instruction::FPToUI:
    return countSpecial(sum, lanesOf(type));
  case llvm::Instruction::Br:
    return issue(sum,
                 llvm::cast<llvm::BranchInst>(instruction).isConditional());
  case llvm::Instruction::FAdd:
  case llvm::Instruction::FSub:
  case llvm::Instruction::FMul:
  case llvm::Instruction::FNeg:
  case llvm::Instruction::Mul: // by the multipliers of f32
    return issue(sum, lanesOf(type));
  case llvm::Instruction::ICmp:
  case llvm::Instruction::FCmp:
    return countInteger(sum, lanesOf(instruction.getOperand(0)->getType()));
  case llvm::Instruction::AtomicRMW:
  case llvm::Instruction::Ret:
    return issue(sum, 1);
  default:
    // Whole numbers, bits, comparisons, choices, conversions of widths.
    return countInteger(sum, lanesOf(type));
  }
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

// A bound that says no more than that a number has 32 bits is none.
constexpr int64_t kMostRounds = 1 << 16;

namespace {

/// A loop's count for the first thread of the first block, in one round of the
/// loop around it.
class CountOfFirst : public llvm::SCEVRewriteVisitor<CountOfFirst> {
public:
  CountOfFirst(llvm::ScalarEvolution &evolution, const llvm::Loop *outer,
               uint64_t round)
      : SCEVRewriteVisitor(evolution), outer_(outer), round_(round) {}

  const llvm::SCEV *visitUnknown(const llvm::SCEVUnknown *value) {
    // The number itself, as far as counting goes: loops of several rounds at a
    // time freeze their count.
    if (auto *frozen = llvm::dyn_cast<llvm::FreezeInst>(value->getValue()))
      return visit(SE.getSCEV(frozen->getOperand(0)));
    llvm::StringRef name = calleeName(value->getValue());
    for (const char *number :
         {".tid.x", ".ctaid.", ".workitem.id.x", ".workgroup.id."})
      if (name.contains(number))
        return SE.getZero(value->getType());
    return value;
  }
  const llvm::SCEV *visitAddRecExpr(const llvm::SCEVAddRecExpr *value) {
    uint64_t round = value->getLoop() == outer_ ? round_ : 0;
    return visit(value->evaluateAtIteration(
        SE.getConstant(value->getType(), round), SE));
  }

private:
  const llvm::Loop *outer_;
  uint64_t round_;
};

} // namespace

/// The test at a loop's end: it goes on while value < bound, where the value
/// grows by a constant.
struct LoopTest {
  const llvm::SCEVAddRecExpr *value;
  const llvm::SCEV *bound;
  int64_t step;
};

static std::optional<LoopTest> testOf(llvm::ScalarEvolution &evolution,
                                      llvm::Loop *loop) {
  llvm::BasicBlock *latch = loop->getLoopLatch();
  auto *branch = latch
                     ? llvm::dyn_cast<llvm::BranchInst>(latch->getTerminator())
                     : nullptr;
  if (!branch || !branch->isConditional())
    return std::nullopt;
  auto *test = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
  if (!test)
    return std::nullopt;
  auto predicate = branch->getSuccessor(0) == loop->getHeader()
                       ? test->getPredicate()
                       : test->getInversePredicate();
  const llvm::SCEV *left = evolution.getSCEV(test->getOperand(0)),
                   *right = evolution.getSCEV(test->getOperand(1));
  if (llvm::ICmpInst::isGT(predicate)) {
    std::swap(left, right);
    predicate = llvm::ICmpInst::getSwappedPredicate(predicate);
  }
  auto *value = llvm::dyn_cast<llvm::SCEVAddRecExpr>(left);
  if (!value || value->getLoop() != loop || !value->isAffine() ||
      !(llvm::ICmpInst::isLT(predicate) ||
        predicate == llvm::ICmpInst::ICMP_NE))
    return std::nullopt;
  auto *step =
      llvm::dyn_cast<llvm::SCEVConstant>(value->getStepRecurrence(evolution));
  if (!step || !step->getAPInt().isStrictlyPositive() ||
      step->getAPInt().getActiveBits() > 31)
    return std::nullopt;
  return LoopTest{value, right, step->getAPInt().getSExtValue()};
}

/// Of a loop whose bounds follow from the thread's number and from the round of
/// the loop around it, as where each warp or round has a slice of the depth.
static std::optional<Rounds>
roundsOfFirstThread(llvm::ScalarEvolution &evolution, llvm::Loop *loop) {
  std::optional<LoopTest> test = testOf(evolution, loop);
  if (!test)
    return std::nullopt;
  const llvm::Loop *outer = loop->getParentLoop();
  unsigned entries = outer ? evolution.getSmallConstantTripCount(outer) : 1;
  Rounds sum{.rounds = 0, .entries = std::max(entries, 1u)};
  if (sum.entries > kMostRounds)
    return std::nullopt;
  for (int64_t round = 0; round < sum.entries; ++round) {
    CountOfFirst count(evolution, outer, round);
    auto *first = llvm::dyn_cast<llvm::SCEVConstant>(
        count.visit(test->value->getStart()));
    auto *bound = llvm::dyn_cast<llvm::SCEVConstant>(count.visit(test->bound));
    if (!first || !bound || first->getAPInt().getSignificantBits() > 32 ||
        bound->getAPInt().getSignificantBits() > 32)
      return std::nullopt;
    // The test comes after a step. What begins at its bound stands behind a
    // branch that the first thread does not take.
    int64_t left = bound->getAPInt().getSExtValue() -
                   first->getAPInt().getSExtValue() + test->step;
    sum.rounds += std::max<int64_t>(0, (left + test->step - 1) / test->step);
  }
  return sum;
}

namespace {

/// The longest path through the blocks of a function or of a loop, in which an
/// inner loop is one step.
class PathFinder {
public:
  PathFinder(llvm::Function &kernel, int64_t warpSize,
             llvm::FunctionAnalysisManager &analyses)
      : kernel_(kernel), counter_(kernel, warpSize),
        loops_(analyses.getResult<llvm::LoopAnalysis>(kernel)),
        evolution_(analyses.getResult<llvm::ScalarEvolutionAnalysis>(kernel)) {
    llvm::ReversePostOrderTraversal<llvm::Function *> order(&kernel);
    order_.assign(order.begin(), order.end());
  }

  /// Of a round of `loop`, or with null of the whole function.
  Path longest(llvm::Loop *loop);

private:
  Path empty() const {
    Path path;
    for (Sum *sum : {&path.once, &path.round})
      sum->work.loadedBytes.assign(kernel_.arg_size(), 0);
    return path;
  }
  Path costOf(llvm::BasicBlock *step, llvm::Loop *loop);
  Path costOfRounds(llvm::Loop *loop);
  std::optional<Rounds> roundsOf(llvm::Loop *loop);
  llvm::BasicBlock *stepOf(llvm::BasicBlock *block, llvm::Loop *loop);

  llvm::Function &kernel_;
  InstructionCounter counter_;
  llvm::LoopInfo &loops_;
  llvm::ScalarEvolution &evolution_;
  std::vector<llvm::BasicBlock *> order_;
};

} // namespace

/// The step that a block belongs to within `loop`: itself, or the header of the
/// inner loop that it lies in; null outside of `loop`.
llvm::BasicBlock *PathFinder::stepOf(llvm::BasicBlock *block,
                                     llvm::Loop *loop) {
  llvm::Loop *inner = loops_.getLoopFor(block);
  if (inner == loop)
    return block;
  while (inner && inner->getParentLoop() != loop)
    inner = inner->getParentLoop();
  return inner ? inner->getHeader() : nullptr;
}

/// None if it depends on the step's data.
std::optional<Rounds> PathFinder::roundsOf(llvm::Loop *loop) {
  if (unsigned rounds = evolution_.getSmallConstantTripCount(loop))
    return Rounds{rounds};
  if (std::optional<Rounds> rounds = roundsOfFirstThread(evolution_, loop))
    return rounds;
  unsigned most = evolution_.getSmallConstantMaxTripCount(loop);
  if (most == 0 || most > kMostRounds)
    return std::nullopt;
  return Rounds{most};
}

Path PathFinder::costOfRounds(llvm::Loop *loop) {
  Path round = longest(loop), sum = empty();
  std::optional<Rounds> rounds = roundsOf(loop);
  add(rounds ? sum.once : sum.round, round.once, rounds.value_or(Rounds()));
  add(sum.round, round.round, rounds.value_or(Rounds()));
  return sum;
}

Path PathFinder::costOf(llvm::BasicBlock *step, llvm::Loop *loop) {
  if (llvm::Loop *inner = loops_.getLoopFor(step); inner != loop)
    return costOfRounds(inner);
  Path path = empty();
  for (llvm::Instruction &instruction : *step)
    counter_.count(instruction, path.once);
  return path;
}

Path PathFinder::longest(llvm::Loop *loop) {
  // To the end of each step, by its first block.
  llvm::DenseMap<llvm::BasicBlock *, Path> ways;
  Path best = empty();
  llvm::BasicBlock *begin = loop ? loop->getHeader() : order_.front();
  for (llvm::BasicBlock *block : order_) {
    if (stepOf(block, loop) != block || (loop && !loop->contains(block)))
      continue;
    Path way = empty();
    auto comeFrom = [&](llvm::BasicBlock *before) {
      llvm::BasicBlock *step = stepOf(before, loop);
      auto found = step ? ways.find(step) : ways.end();
      if (found != ways.end() && found->second.length() > way.length())
        way = found->second;
    };
    if (block != begin)
      for (llvm::BasicBlock *before : llvm::predecessors(block))
        comeFrom(before);
    Path cost = costOf(block, loop);
    add(way.once, cost.once);
    add(way.round, cost.round);
    if (way.length() > best.length())
      best = way;
    ways[block] = std::move(way);
  }
  return best;
}

//===----------------------------------------------------------------------===//
// A kernel
//===----------------------------------------------------------------------===//

/// Groups of asynchronous copies that are under way at most: the next is begun
/// when those that a wait leaves are.
static int64_t groupsUnderWay(llvm::Function &kernel) {
  int64_t groups = 0;
  for (llvm::BasicBlock &block : kernel)
    for (llvm::Instruction &instruction : block) {
      if (!calleeName(&instruction).contains("cp.async.wait.group"))
        continue;
      auto *left = llvm::dyn_cast<llvm::ConstantInt>(instruction.getOperand(0));
      groups = std::max(groups, 1 + (left ? left->getSExtValue() : 0));
    }
  return groups;
}

static CountedWork countWork(llvm::Function &kernel, int64_t warpSize,
                             llvm::FunctionAnalysisManager &analyses) {
  Path path = PathFinder(kernel, warpSize, analyses).longest(nullptr);
  int64_t commits = path.once.commits + path.round.commits;
  if (commits > 0) {
    int64_t copied = path.once.copiedBytes + path.round.copiedBytes;
    int64_t underWay = groupsUnderWay(kernel) * copied / commits;
    for (Sum *sum : {&path.once, &path.round})
      if (sum->copiedBytes > 0)
        sum->work.bytesInFlight = std::max(sum->work.bytesInFlight, underWay);
  }
  return {std::move(path.once.work), std::move(path.round.work)};
}

void countWork(llvm::Module &module, int64_t warpSize,
               std::vector<KernelCode::Entry> &kernels) {
  llvm::PassBuilder builder;
  llvm::FunctionAnalysisManager analyses;
  builder.registerFunctionAnalyses(analyses);
  for (KernelCode::Entry &entry : kernels)
    if (llvm::Function *kernel = module.getFunction(entry.symbol);
        kernel && !kernel->isDeclaration())
      entry.work = countWork(*kernel, warpSize, analyses);
}

} // namespace g4
