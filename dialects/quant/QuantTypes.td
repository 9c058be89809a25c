//===- QuantTypes.td - Types of packed weights --------------*- tablegen -*-===//
//
// `g4q` says how a weight is stored: in which format its numbers are and in
// which order they lie. It has no ops: a weight is read by the dot of a kernel
// and never unpacked in the IR.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_QUANT_QUANTTYPES_TD
#define G4_DIALECTS_QUANT_QUANTTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def G4Q_Dialect : Dialect {
  let name = "g4q";
  let cppNamespace = "::g4::quant";
  let summary = "How weights are stored.";
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

def G4Q_FormatAttr : AttrDef<G4Q_Dialect, "Format"> {
  let mnemonic = "format";
  let summary = "The numbers of a weight: plain, or integers with a scale a group.";
  let description = [{
    `#g4q.format<bf16>` is plain. `#g4q.format<i4, group = 32, scale = f16>` are
    4-bit integers, of which every 32 along K share one f16 scale; with
    `minimum` they share one of those too. `group = row` is one scale for the
    whole row. runtime/artifact/WeightFormat.cpp has the table of those that can
    be stored.

    Constraints:
      format_c1: a plain format is f32, bf16 or f16
      format_c2: a grouped format is i4, i6, i8 or f8E4M3FN, its group row or a
                 multiple of 16, its scale f16, bf16 or f32
  }];
  let parameters = (ins "::mlir::Type":$element,
                    DefaultValuedParameter<"int64_t", "0">:$group,
                    OptionalParameter<"::mlir::Type">:$scale,
                    DefaultValuedParameter<"bool", "false">:$minimum);
  let builders = [
    AttrBuilder<(ins "::mlir::Type":$element, "int64_t":$group, "::mlir::Type":$scale),
                [{ return $_get($_ctxt, element, group, scale, false); }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static FormatAttr of(::mlir::MLIRContext *context,
                         const artifact::WeightFormat &description);
    /// How it is stored; null where nothing stores it yet.
    const artifact::WeightFormat *getDescription() const;
  }];
}

def G4Q_LayoutAttr : AttrDef<G4Q_Dialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "The order of a weight's elements.";
  let description = [{
    `#g4q.layout<panel = 0, interleave = 1>` is row-major. With panel = P,
    panels of P rows lie one after the other, and inside a panel the P rows of
    `interleave` neighbouring columns are together; docs/artifact.md has the
    formula. A matrix whose sizes do not divide is padded with zeros. Integers
    of 4 bits come in panels of 16 pairs, `panel = 16, interleave = 2`, whose
    scales lie between them.

    With `mma = 16`, a panel of 16 rows is a sequence of tiles of 16 columns,
    each in the order in which the lanes of a warp hold an A fragment of mma
    m16n8k16: a lane's part is 16 bytes of bf16. Of integers of 4 bits a tile has
    64 columns, 4 such fragments, and the scales after them.

    Constraints:
      layout_c1: panel is 0 or a multiple of 8
      layout_c2: interleave is 1, 2 or 4, and 1 where panel is 0
      layout_c3: mma is 0 or 16; 16 comes with panel 16 and interleave 1
  }];
  let parameters = (ins "int64_t":$panel, "int64_t":$interleave,
                        DefaultValuedParameter<"int64_t", "0">:$mma);
  let builders = [AttrBuilder<(ins "int64_t":$panel, "int64_t":$interleave),
                              [{ return $_get($_ctxt, panel, interleave, 0); }]>];
  let assemblyFormat = [{
    `<` `panel` `=` $panel `,` `interleave` `=` $interleave (`,` `mma` `=` $mma^)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static LayoutAttr of(::mlir::MLIRContext *context,
                         const artifact::Packing &packing);
  }];
}

def G4Q_WeightType : TypeDef<G4Q_Dialect, "Weight"> {
  let mnemonic = "weight";
  let summary = "A weight tensor, by shape, format and layout.";
  let description = [{
    `!g4q.weight<[4096, 2816], <bf16>>` is a matrix whose layout is not chosen
    yet; `!g4q.weight<[4096, 2816], <bf16>, <panel = 16, interleave = 2>>` is
    what a kernel reads. Rank 3 is a sequence of matrices (experts).

    Constraints:
      weight_c1: 1 to 3 dimensions, each positive, at most 2^40 elements
      weight_c2: the group of a grouped format divides the last dimension
      weight_c3: a layout with panels needs at least 2 dimensions
      weight_c4: a grouped format with a layout is one of the table of formats,
                 in a layout that it has a packing for
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                    "FormatAttr":$format,
                    OptionalParameter<"LayoutAttr">:$layout);
  let assemblyFormat = "`<` `[` $shape `]` `,` $format (`,` $layout^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    int64_t getDimSize(unsigned i) const { return getShape()[i]; }
    ::mlir::Type getElementType() const { return getFormat().getElement(); }
    /// The weight as a sequence of matrices: a vector is a matrix of one row.
    int64_t getNumMatrices() const { return getRank() == 3 ? getDimSize(0) : 1; }
    int64_t getNumRows() const {
      return getRank() == 1 ? 1 : getDimSize(getRank() - 2);
    }
    int64_t getNumCols() const { return getShape().back(); }
    /// How it is stored; the format must have a description.
    const artifact::WeightFormat &getDescription() const {
      return *getFormat().getDescription();
    }
    /// One of the matrices as its bytes lie; the layout must be chosen, and be
    /// one that the format has a packing for.
    artifact::PackedMatrix getMatrix() const;
    /// The same weight in another layout.
    WeightType withLayout(LayoutAttr layout) const;
    /// What a dot reads its other operand in: f32 for f32 and f16, else bf16.
    ::mlir::Type getOperandType() const;
    /// The layout as the artifact names it: "rows", "panel16x2", "panel16g32".
    ::llvm::StringRef packingName() const;
  }];
}

#endif // G4_DIALECTS_QUANT_QUANTTYPES_TD
