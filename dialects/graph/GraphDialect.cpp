//===- GraphDialect.cpp - The model graph dialect -------------------------===//

#include "dialects/graph/Graph.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace g4::graph;

FailureOr<g4::artifact::WeightClass>
g4::graph::parseWeightClass(AsmParser &parser) {
  StringRef name;
  SMLoc where = parser.getCurrentLocation();
  if (failed(parser.parseKeyword(&name)))
    return failure();
  auto found = artifact::findWeightClass(name);
  if (!found)
    return parser.emitError(where, "no class of weights is named ") << name;
  return *found;
}

#include "dialects/graph/GraphDialect.cpp.inc"
#include "dialects/graph/GraphEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/graph/GraphAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/graph/Graph.cpp.inc"

void G4Dialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/graph/GraphAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/graph/Graph.cpp.inc"
      >();
}
