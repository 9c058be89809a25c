//===- TileDialect.td - The tile dialect: one kernel --------*- tablegen -*-===//
//
// `g4t`: a kernel as loads, dots, reductions and stores of tiles. One program
// serves a CPU core, a GPU block and the interpreter: who holds which element of
// a tile is the tile's layout, and tile sizes, threads and pipeline stages are
// numbers that a kernel builder chose for a target. docs/architecture.md has the
// tour.
//
// A tile is a `tensor<RxCxT>` of rank 2, with a layout as its encoding; ops of
// arith and math work on tiles element by element. Statistics of rows are Rx1,
// vectors of channels 1xC. Memory is memrefs (global, or scratch with memory
// space #g4t.scratch) and packed weights; scalars are read with memref.load.
//
// On a CPU one thread runs a work item; on a GPU a block of `threads` threads
// does, together: scalars are the same in all of them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_TILE_TILEDIALECT_TD
#define G4_DIALECTS_TILE_TILEDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/quant/QuantTypes.td"

def G4T_Dialect : Dialect {
  let name = "g4t";
  let cppNamespace = "::g4::tile";
  let summary = "One kernel as loads, dots, reductions and stores of tiles.";
  let dependentDialects = [
    "::g4::quant::G4QDialect", "::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
}

class G4T_Attr<string name, string mnem, list<Trait> traits = []>
    : AttrDef<G4T_Dialect, name, traits> {
  let mnemonic = mnem;
}

def G4T_BlockedAttr : G4T_Attr<"Blocked", "blocked"> {
  let summary = "A tile spread over a grid of threads.";
  let description = [{
    The block's threads form a grid of `rowThreads` x `colThreads`, column
    fastest. Element [r, c] belongs to thread row r mod rowThreads and thread
    column (c / vec) mod colThreads: `vec` neighbouring columns stay together.
    A dimension of size 1 is held by all threads along it; of fewer rows than
    thread rows each is held by every R-th of them, and stored by the first.

    A tile without a layout is #g4t.blocked<1, 1, vec = 16>: one thread has all.

    Constraints:
      blocked_c1: rowThreads, colThreads and vec are positive powers of 2
  }];
  let parameters = (ins "int64_t":$rowThreads, "int64_t":$colThreads, "int64_t":$vec);
  let assemblyFormat = "`<` $rowThreads `,` $colThreads `,` `vec` `=` $vec `>`";
  let genVerifyDecl = 1;
}

def G4T_MmaAttr : G4T_Attr<"Mma", "mma"> {
  let summary = "A tile in the accumulators of a matrix instruction.";
  let description = [{
    Warps form a grid of `rowWarps` x `colWarps`, column fastest; each holds every
    rowWarps-th group of rows of the `intrinsic` and every colWarps-th group of its
    columns, in the order in which MatrixIntrinsic.cpp says its lanes hold them:
    of mma_16x8x16 lane l has rows l/4 and l/4 + 8, columns 2*(l%4) and the next.

    With `transposed` rows are the intrinsic's columns, and columns its rows, of
    one or two panels (MatrixIntrinsic::weightSums()). It is the result of a dot
    whose b, a weight, is the first operand of the intrinsic.

    Constraints:
      mma_c1: rowWarps and colWarps are positive powers of 2
      mma_c2: there is such an intrinsic
  }];
  let parameters = (ins "int64_t":$rowWarps, "int64_t":$colWarps,
                        DefaultValuedParameter<"bool", "false">:$transposed,
                        StringRefParameter<"", "::g4::kMma16x8x16">:$intrinsic);
  let skipDefaultBuilders = 1;
  let builders = [AttrBuilder<(ins "int64_t":$rowWarps, "int64_t":$colWarps,
                                   CArg<"bool", "false">:$transposed,
                                   CArg<"::llvm::StringRef", "::g4::kMma16x8x16">:$intrinsic), [{
    return $_get($_ctxt, rowWarps, colWarps, transposed, intrinsic);
  }]>];
  let extraClassDeclaration = [{
    const ::g4::MatrixIntrinsic &getDescription() {
      return *::g4::findMatrixIntrinsic(getIntrinsic());
    }
  }];
  let assemblyFormat = [{
    `<` $rowWarps `,` $colWarps (`,` `transposed` `=` $transposed^)?
        (`intrinsic` `=` $intrinsic^)? `>`
  }];
  let genVerifyDecl = 1;
}

def G4T_ScratchAttr : G4T_Attr<"Scratch", "scratch"> {
  let summary = "The memory space of a work item's scratch (shared) memory.";
}

def G4T_TargetAttr : G4T_Attr<"Target", "target"> {
  let summary = "A machine as numbers and answers, for the phases that choose.";
  let description = [{
    Made once by the back end's describe(). `device` is "cpu", "cuda" or "hip";
    `features` are names that the loader looks for on the machine; `intrinsic` is
    what multiplies matrices (MatrixIntrinsic.h), if anything does. With
    `integer_rows`, which the pipeline adds, dots of integer weights read rows
    of 8-bit integers (QuantizedRow.h).
  }];
  let parameters = (ins
    StringRefParameter<>:$name, StringRefParameter<>:$device,
    "int64_t":$warpSize, "int64_t":$scratchBytes,
    OptionalArrayRefParameter<"::mlir::StringAttr">:$features,
    DefaultValuedParameter<"bool", "false">:$integerRows,
    StringRefParameter<"", "\"\"">:$intrinsic);
  let builders = [AttrBuilder<(ins "::llvm::StringRef":$name, "::llvm::StringRef":$device,
                                   "int64_t":$warpSize, "int64_t":$scratchBytes,
                                   "::llvm::ArrayRef<::mlir::StringAttr>":$features,
                                   CArg<"::llvm::StringRef", "\"\"">:$intrinsic), [{
    return $_get($_ctxt, name, device, warpSize, scratchBytes, features, false, intrinsic);
  }]>];
  let assemblyFormat = [{
    `<` $name `,` `device` `=` $device `,` `warp` `=` $warpSize `,`
        `scratch` `=` $scratchBytes (`,` `features` `=` `[` $features^ `]`)?
        (`,` `integer_rows` `=` $integerRows^)?
        (`intrinsic` `=` $intrinsic^)? `>`
  }];
  let extraClassDeclaration = [{
    /// The same machine, with integer_rows.
    TargetAttr withIntegerRows() const {
      return get(getContext(), getName(), getDevice(), getWarpSize(),
                 getScratchBytes(), getFeatures(), true, getIntrinsic());
    }
    bool isCpu() const { return getDevice() == "cpu"; }
    bool has(::llvm::StringRef feature) const {
      return ::llvm::any_of(getFeatures(), [&](::mlir::StringAttr name) {
        return name.getValue() == feature;
      });
    }
  }];
}

def G4T_ReduceAdd : I32EnumAttrCase<"Add", 0, "add">;
def G4T_ReduceMax : I32EnumAttrCase<"Max", 1, "max">;
def G4T_ReduceMin : I32EnumAttrCase<"Min", 2, "min">;
def G4T_ReduceKind : I32EnumAttr<"ReduceKind", "how a reduction combines",
    [G4T_ReduceAdd, G4T_ReduceMax, G4T_ReduceMin]> {
  let cppNamespace = "::g4::tile";
  let genSpecializedAttr = 0;
}
def G4T_ReduceKindAttr : EnumAttr<G4T_Dialect, G4T_ReduceKind, "reduce_kind"> {
  let assemblyFormat = "$value";
}

def G4T_OrderKN : I32EnumAttrCase<"KN", 0, "kn">;
def G4T_OrderNK : I32EnumAttrCase<"NK", 1, "nk">;
def G4T_OrderFragments : I32EnumAttrCase<"Fragments", 2, "fragments">;
def G4T_OperandOrder : I32EnumAttr<"OperandOrder", "the order of a dot's b",
    [G4T_OrderKN, G4T_OrderNK, G4T_OrderFragments]> {
  let cppNamespace = "::g4::tile";
  let genSpecializedAttr = 0;
}
def G4T_OperandOrderAttr : EnumAttr<G4T_Dialect, G4T_OperandOrder, "order"> {
  let assemblyFormat = "$value";
}

class G4T_Op<string mnemonic, list<Trait> traits = []>
    : Op<G4T_Dialect, mnemonic, traits>;

/// Rank 2, static.
class G4T_TileOf<list<Type> elements>
    : Type<And<[StaticShapeTensorOf<elements>.predicate, HasAnyRankOfPred<[2]>]>,
           "tile [R, C] of " # !interleave(!foreach(t, elements, t.summary), " or "),
           "::mlir::RankedTensorType">;
def G4T_Tile : G4T_TileOf<[F32, BF16, F16, I32, I8, I1]>;
def G4T_FloatTile : G4T_TileOf<[F32]>;
def G4T_Weight : Type<CPred<"::llvm::isa<::g4::quant::WeightType>($_self)">,
                      "weight", "::g4::quant::WeightType">;

#endif // G4_DIALECTS_TILE_TILEDIALECT_TD
