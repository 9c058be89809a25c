//===- ExecDialect.td - The host's program ------------------*- tablegen -*-===//
//
// `g4x`: what the host does in one step: launches of kernels over grids, their
// arguments, the buffers between them. The names are those of
// runtime/artifact/Program.fbs, which this dialect becomes.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_EXEC_EXECDIALECT_TD
#define G4_DIALECTS_EXEC_EXECDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def G4X_Dialect : Dialect {
  let name = "g4x";
  let cppNamespace = "::g4::exec";
  let summary = "The host's program of one step.";
  let useDefaultAttributePrinterParser = 1;
}

class G4X_Enum<string name, string description, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, description, cases> {
  let cppNamespace = "::g4::exec";
  let genSpecializedAttr = 0;
}

/// Sizes that the host knows before a step; Program.fbs says what each is.
def G4X_StepDim : G4X_Enum<"StepDim", "a size of the step", [
  I32EnumAttrCase<"One", 0, "one">, I32EnumAttrCase<"Tokens", 1, "tokens">,
  I32EnumAttrCase<"Outputs", 2, "outputs">,
  I32EnumAttrCase<"QueryTiles", 3, "query_tiles">,
  I32EnumAttrCase<"KeyPositions", 4, "key_positions">]>;

def G4X_StepInput : G4X_Enum<"StepInput", "an array that the host fills", [
  I32EnumAttrCase<"TokenIds", 0, "token_ids">,
  I32EnumAttrCase<"Positions", 1, "positions">,
  I32EnumAttrCase<"Slots", 2, "slots">,
  I32EnumAttrCase<"VisibleEnds", 3, "visible_ends">,
  I32EnumAttrCase<"OutputRows", 4, "output_rows">,
  I32EnumAttrCase<"TileFirstRows", 5, "tile_first_rows">,
  I32EnumAttrCase<"TileNumRows", 6, "tile_num_rows">]>;

def G4X_PageTable : G4X_Enum<"PageTable", "a table of KV pages", [
  I32EnumAttrCase<"Window", 0, "window">, I32EnumAttrCase<"Pages", 1, "pages">]>;

class G4X_Attr<string name, string mnem> : AttrDef<G4X_Dialect, name> {
  let mnemonic = mnem;
}

def G4X_ExtentAttr : G4X_Attr<"Extent", "extent"> {
  let summary = "ceil(dim * mul / div) + add.";
  let description = [{
    Constraints:
      extent_c1: mul and div are positive, add is not negative
  }];
  let parameters = (ins EnumParameter<G4X_StepDim>:$dim,
                        DefaultValuedParameter<"int64_t", "1">:$mul,
                        DefaultValuedParameter<"int64_t", "1">:$div,
                        DefaultValuedParameter<"int64_t", "0">:$add);
  let assemblyFormat = [{
    `<` $dim (`mul` $mul^)? (`div` $div^)? (`add` $add^)? `>`
  }];
  let genVerifyDecl = 1;
}

// What a kernel's parameter is bound to.
def G4X_WorkAttr : G4X_Attr<"Work", "work"> {
  let summary = "What one thread of a kernel does; Artifact.fbs says what each number is.";
  let description = [{
    Constraints:
      work_c1: no number is negative
  }];
  let parameters = (ins "int64_t":$instructions, "int64_t":$integers,
                        "int64_t":$specials, "int64_t":$barriers,
                        "int64_t":$matrix_products, "int64_t":$shared_bytes,
                        "int64_t":$stored_bytes, "int64_t":$bytes_in_flight,
                        "::mlir::DenseI64ArrayAttr":$loaded_bytes);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def G4X_OperandAttr : G4X_Attr<"Operand", "operand"> {
  let summary = "An operand of the dispatch.";
  let parameters = (ins "int64_t":$index);
  let assemblyFormat = "`<` $index `>`";
}
def G4X_ResultAttr : G4X_Attr<"Result", "result"> {
  let summary = "A result of the dispatch.";
  let parameters = (ins "int64_t":$index);
  let assemblyFormat = "`<` $index `>`";
}
def G4X_WeightAttr : G4X_Attr<"Weight", "weight"> {
  let summary = "A weight.";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}
def G4X_BufferRefAttr : G4X_Attr<"BufferRef", "buffer_ref"> {
  let summary = "A g4x.buffer.";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}
def G4X_CacheKeysAttr : G4X_Attr<"CacheKeys", "cache_keys"> {
  let summary = "The keys of a cache.";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}
def G4X_CacheValuesAttr : G4X_Attr<"CacheValues", "cache_values"> {
  let summary = "The values of a cache.";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}
def G4X_CacheKeyScalesAttr : G4X_Attr<"CacheKeyScales", "cache_key_scales"> {
  let summary = "The scales of the keys of a cache of 8 bits.";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}
def G4X_CacheValueScalesAttr : G4X_Attr<"CacheValueScales", "cache_value_scales"> {
  let summary = "The scales of the values of a cache of 8 bits.";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}
def G4X_InputAttr : G4X_Attr<"Input", "input"> {
  let summary = "A step input.";
  let parameters = (ins EnumParameter<G4X_StepInput>:$input);
  let assemblyFormat = "`<` $input `>`";
}
def G4X_DimAttr : G4X_Attr<"Dim", "dim"> {
  let summary = "A size of the step, as a number.";
  let parameters = (ins EnumParameter<G4X_StepDim>:$dim);
  let assemblyFormat = "`<` $dim `>`";
}
def G4X_DimAddressAttr : G4X_Attr<"DimAddress", "dim_address"> {
  let summary = "Where a size of the step lies in memory, as an i32.";
  let parameters = (ins EnumParameter<G4X_StepDim>:$dim);
  let assemblyFormat = "`<` $dim `>`";
}
def G4X_ActiveItemsAttr : G4X_Attr<"ActiveItems", "active_items"> {
  let summary = "Where the launch's grid_x of the step lies in memory, as an i32.";
}
def G4X_TableAttr : G4X_Attr<"Table", "table"> {
  let summary = "A page table.";
  let parameters = (ins EnumParameter<G4X_PageTable>:$table);
  let assemblyFormat = "`<` $table `>`";
}
def G4X_TableWidthAttr : G4X_Attr<"TableWidth", "table_width"> {
  let summary = "Pages a slot of a page table, as a number.";
  let parameters = (ins EnumParameter<G4X_PageTable>:$table);
  let assemblyFormat = "`<` $table `>`";
}

class G4X_Op<string mnemonic, list<Trait> traits = []>
    : Op<G4X_Dialect, mnemonic, traits>;

#endif // G4_DIALECTS_EXEC_EXECDIALECT_TD
