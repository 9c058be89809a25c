//===- QuantTypes.cpp - Types of packed weights ---------------------------===//

#include "dialects/quant/QuantTypes.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/Builders.h"

#include <algorithm>

using namespace mlir;
using namespace g4::quant;
namespace artifact = g4::artifact;

#include "dialects/quant/QuantDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/quant/QuantAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/quant/QuantTypes.cpp.inc"

void G4QDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/quant/QuantAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/quant/QuantTypes.cpp.inc"
      >();
}

LogicalResult FormatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 Type element, int64_t group, Type scale,
                                 bool minimum) {
  if (group == 0) {
    // format_c1
    if (!element.isF32() && !element.isBF16() && !element.isF16())
      return emitError() << "a plain format is f32, bf16 or f16, got "
                         << element;
    return success();
  }
  // format_c2
  if (!element.isInteger(4) && !element.isInteger(6) && !element.isInteger(8) &&
      !isa<Float8E4M3FNType>(element))
    return emitError() << "a grouped format is i4, i6, i8 or f8E4M3FN, got "
                       << element;
  if (group != artifact::WeightFormat::kWholeRow &&
      (group < 0 || group % 16 != 0))
    return emitError() << "group must be row or a multiple of 16, got "
                       << group;
  if (!scale || !(scale.isF16() || scale.isBF16() || scale.isF32()))
    return emitError() << "scale must be f16, bf16 or f32";
  return success();
}

using artifact::NumberType;

Type g4::quant::typeOf(MLIRContext *context, NumberType type) {
  switch (type) {
  case NumberType::F32:
    return Float32Type::get(context);
  case NumberType::BF16:
    return BFloat16Type::get(context);
  case NumberType::I32:
    return IntegerType::get(context, 32);
  case NumberType::I4:
    return IntegerType::get(context, 4);
  case NumberType::F16:
    return Float16Type::get(context);
  case NumberType::I8:
    return IntegerType::get(context, 8);
  case NumberType::I6:
    return IntegerType::get(context, 6);
  case NumberType::F8E4M3:
    return Float8E4M3FNType::get(context);
  }
  llvm_unreachable("a type that the enum does not have");
}

FormatAttr FormatAttr::of(MLIRContext *context,
                          const artifact::WeightFormat &description) {
  return get(context, typeOf(context, description.element), description.group,
             description.isPlain() ? Type()
                                   : typeOf(context, description.scale),
             description.hasMinimum);
}

static NumberType numberTypeOf(Type type) {
  if (type.isF32())
    return NumberType::F32;
  if (type.isBF16())
    return NumberType::BF16;
  if (type.isF16())
    return NumberType::F16;
  if (isa<Float8E4M3FNType>(type))
    return NumberType::F8E4M3;
  if (type.isInteger(4))
    return NumberType::I4;
  return type.isInteger(6) ? NumberType::I6 : NumberType::I8;
}

const artifact::WeightFormat *FormatAttr::getDescription() const {
  NumberType element = numberTypeOf(getElement());
  const artifact::WeightFormat *found =
      getGroup() == 0
          ? artifact::findPlainFormat(element)
          : artifact::findFormat(element, getGroup(), numberTypeOf(getScale()),
                                 getMinimum());
  return found && of(getContext(), *found) == *this ? found : nullptr;
}

// <element[, group = N | row, scale = type[, minimum]]>
Attribute FormatAttr::parse(AsmParser &parser, Type) {
  Type element, scale;
  int64_t group = 0;
  bool minimum = false;
  if (parser.parseLess() || parser.parseType(element))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    if (parser.parseKeyword("group") || parser.parseEqual())
      return {};
    if (succeeded(parser.parseOptionalKeyword("row")))
      group = artifact::WeightFormat::kWholeRow;
    else if (parser.parseInteger(group))
      return {};
    if (parser.parseComma() || parser.parseKeyword("scale") ||
        parser.parseEqual() || parser.parseType(scale))
      return {};
    minimum = succeeded(parser.parseOptionalComma());
    if (minimum && parser.parseKeyword("minimum"))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<FormatAttr>(parser.getContext(), element, group,
                                       scale, minimum);
}

void FormatAttr::print(AsmPrinter &printer) const {
  printer << "<" << getElement();
  if (getGroup() != 0) {
    printer << ", group = ";
    if (getGroup() == artifact::WeightFormat::kWholeRow)
      printer << "row";
    else
      printer << getGroup();
    printer << ", scale = " << getScale();
    if (getMinimum())
      printer << ", minimum";
  }
  printer << ">";
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t panel, int64_t interleave,
                                 int64_t mma) {
  // layout_c1
  if (panel < 0 || panel % 8 != 0)
    return emitError() << "panel must be 0 or a multiple of 8, got " << panel;
  // layout_c2
  if (interleave != 1 && interleave != 2 && interleave != 4)
    return emitError() << "interleave must be 1, 2 or 4, got " << interleave;
  if (panel == 0 && interleave != 1)
    return emitError() << "rows are not interleaved, got " << interleave;
  // layout_c3
  if (mma != 0 && mma != 16)
    return emitError() << "mma must be 0 or 16, got " << mma;
  if (mma != 0 && (panel != 16 || interleave != 1))
    return emitError() << "mma needs panel 16 and interleave 1, got " << panel
                       << " and " << interleave;
  return success();
}

static bool isOf(const artifact::Packing &packing, LayoutAttr layout) {
  return std::max<int64_t>(layout.getPanel(), 1) == packing.rows &&
         layout.getInterleave() == packing.interleave &&
         (layout.getMma() != 0) == packing.isForMma;
}

/// Null if the format has no packing for the layout.
static const artifact::Packing *packingOf(FormatAttr format,
                                          LayoutAttr layout) {
  const artifact::WeightFormat *description = format.getDescription();
  if (!description)
    return nullptr;
  auto found = llvm::find_if(
      description->packings,
      [&](const artifact::Packing &packing) { return isOf(packing, layout); });
  return found == description->packings.end() ? nullptr : &*found;
}

LayoutAttr LayoutAttr::of(MLIRContext *context,
                          const artifact::Packing &packing) {
  return get(context, packing.rows == 1 ? 0 : packing.rows, packing.interleave,
             packing.isForMma ? 16 : 0);
}

LogicalResult WeightType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, FormatAttr format,
                                 LayoutAttr layout) {
  // weight_c1
  if (shape.empty() || shape.size() > 3)
    return emitError() << "a weight has 1 to 3 dimensions, got "
                       << shape.size();
  int64_t numElements = 1;
  for (int64_t size : shape)
    if (size <= 0 || __builtin_mul_overflow(numElements, size, &numElements) ||
        numElements > (int64_t{1} << 40))
      return emitError() << "dimensions must be positive and have at most 2^40 "
                            "elements";
  // weight_c2
  if (format.getGroup() > 0 && shape.back() % format.getGroup() != 0)
    return emitError() << "group " << format.getGroup()
                       << " does not divide the last dimension "
                       << shape.back();
  // weight_c3
  if (layout && layout.getPanel() != 0 && shape.size() < 2)
    return emitError() << "panels need at least 2 dimensions";
  // weight_c4
  if (format.getGroup() != 0 && layout && !packingOf(format, layout))
    return emitError() << "no packing is known of " << format << " in "
                       << layout;
  return success();
}

WeightType WeightType::withLayout(LayoutAttr layout) const {
  return WeightType::get(getContext(), getShape(), getFormat(), layout);
}

Type WeightType::getOperandType() const {
  // A number of f16 has more digits than one of bf16.
  if (getElementType().isF32() || getElementType().isF16())
    return Float32Type::get(getContext());
  return BFloat16Type::get(getContext());
}

artifact::PackedMatrix WeightType::getMatrix() const {
  const artifact::Packing *packing = packingOf(getFormat(), getLayout());
  assert(packing && "the layout is one of the format's");
  return {getFormat().getDescription(), packing, getNumRows(), getNumCols()};
}

StringRef WeightType::packingName() const { return getMatrix().packing->name; }
