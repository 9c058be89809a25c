//===- QuantTypes.cpp - Types of packed weights ---------------------------===//

#include "dialects/quant/QuantTypes.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/Builders.h"

#include <string>

using namespace mlir;
using namespace g4::quant;

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
                                 Type element, int64_t group, Type scale) {
  if (group == 0) {
    // format_c1
    if (!element.isF32() && !element.isBF16())
      return emitError() << "a plain format is f32 or bf16, got " << element;
    return success();
  }
  // format_c2
  if (!element.isInteger(4) && !element.isInteger(8))
    return emitError() << "a grouped format is i4 or i8, got " << element;
  if (group < 0 || group % 16 != 0)
    return emitError() << "group must be a multiple of 16, got " << group;
  if (!scale || !(scale.isF16() || scale.isBF16() || scale.isF32()))
    return emitError() << "scale must be f16, bf16 or f32";
  return success();
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
  if (!format.isPlain() && shape.back() % format.getGroup() != 0)
    return emitError() << "group " << format.getGroup()
                       << " does not divide the last dimension "
                       << shape.back();
  // weight_c3
  if (layout && layout.getPanel() != 0 && shape.size() < 2)
    return emitError() << "panels need at least 2 dimensions";
  // weight_c4
  if (!format.isPlain() && layout &&
      (!format.getElement().isInteger(4) || format.getGroup() != 32 ||
       !format.getScale().isBF16() || layout.getPanel() != 16 ||
       (layout.getInterleave() != 2 && layout.getMma() != 16)))
    return emitError() << "a grouped format with a layout is i4 in groups of "
                          "32 with bf16 scales, in panels of 16 pairs or with "
                          "mma 16, got "
                       << format << " in " << layout;
  return success();
}

WeightType WeightType::withLayout(LayoutAttr layout) const {
  return WeightType::get(getContext(), getShape(), getFormat(), layout);
}

Type WeightType::getOperandType() const {
  return getElementType().isF32() ? getElementType()
                                  : BFloat16Type::get(getContext());
}

std::string WeightType::packingName() const {
  LayoutAttr layout = getLayout();
  if (layout.getPanel() == 0)
    return "rows";
  if (layout.getMma() != 0 && !getFormat().isPlain())
    return "mma16x64g" + std::to_string(getFormat().getGroup());
  if (int64_t mma = layout.getMma())
    return "mma" + std::to_string(layout.getPanel()) + "x" +
           std::to_string(mma);
  std::string name = "panel" + std::to_string(layout.getPanel());
  if (!getFormat().isPlain())
    return name + "g" + std::to_string(getFormat().getGroup());
  int64_t interleave = layout.getInterleave();
  return interleave == 1 ? name : name + "x" + std::to_string(interleave);
}
