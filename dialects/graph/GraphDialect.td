//===- GraphDialect.td - The model graph dialect ------------*- tablegen -*-===//
//
// `g4`: a decoder-only transformer as a graph of its building blocks, on
// tensors, with no tile, no device and no memory but the KV caches.
// docs/architecture.md has the tour. Rows are the tokens of a step: dimension 0
// of every activation, always dynamic.
//
// Every op numbers its constraints; the verifier and the failing test of each
// carry the number (rms_norm_c2).
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_GRAPH_GRAPHDIALECT_TD
#define G4_DIALECTS_GRAPH_GRAPHDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/quant/QuantTypes.td"

def G4_Dialect : Dialect {
  let name = "g4";
  let cppNamespace = "::g4::graph";
  let summary = "A decoder-only transformer as a graph of its building blocks.";
  let dependentDialects = ["::g4::quant::G4QDialect"];
  let useDefaultAttributePrinterParser = 1;
}

class G4_Op<string mnemonic, list<Trait> traits = []>
    : Op<G4_Dialect, mnemonic, traits>;

/// [rows, channels] or [rows, groups, channels], f32.
def G4_Activation : RankedTensorOf<[F32]>;
/// [rows], one number a token.
def G4_Indices : RankedTensorOf<[I32]>;
def G4_Weight : Type<CPred<"::llvm::isa<::g4::quant::WeightType>($_self)">,
                     "weight", "::g4::quant::WeightType">;

/// What a linear does with its result before it is stored.
def G4_EpilogueNone : I32EnumAttrCase<"None", 0, "none">;
def G4_EpilogueGeluGated : I32EnumAttrCase<"GeluGated", 1, "gelu_gated">;
def G4_EpilogueGeluTimes : I32EnumAttrCase<"GeluTimes", 2, "gelu_times">;
def G4_EpilogueSoftcap : I32EnumAttrCase<"Softcap", 3, "softcap">;
def G4_Epilogue : I32EnumAttr<"Epilogue", "what follows a linear",
    [G4_EpilogueNone, G4_EpilogueGeluGated, G4_EpilogueGeluTimes,
     G4_EpilogueSoftcap]> {
  let cppNamespace = "::g4::graph";
  let genSpecializedAttr = 0;
}
def G4_EpilogueAttr : EnumAttr<G4_Dialect, G4_Epilogue, "epilogue">;

def G4_WeightClass : AttrParameter<"::g4::artifact::WeightClass", "a class of weights"> {
  let parser = "::g4::graph::parseWeightClass($_parser)";
  let printer = "$_printer << ::g4::artifact::nameOf($_self)";
}
def G4_WeightClassAttr : AttrDef<G4_Dialect, "WeightClass"> {
  let mnemonic = "weight_class";
  let summary = "What a weight is for, by a name of runtime/artifact/WeightClass.h.";
  let parameters = (ins G4_WeightClass:$value);
  let assemblyFormat = "$value";
}

#endif // G4_DIALECTS_GRAPH_GRAPHDIALECT_TD
