//===- ModelTables.h - Tables that follow from IR alone ---------*- C++ -*-===//
//
// What an artifact and the plan of one (PlanTables.h) say alike.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PACK_MODELTABLES_H
#define G4_COMPILER_PACK_MODELTABLES_H

#include "dialects/graph/Graph.h"
#include "dialects/tile/Tile.h"
#include "runtime/artifact/Artifact_generated.h"

#include <string>
#include <vector>

namespace g4 {

/// `facts` is the module's g4.model.
flatbuffers::Offset<artifact::Model>
modelTable(mlir::DictionaryAttr facts, flatbuffers::FlatBufferBuilder &b);

/// A weight whose layout is chosen, and where its bytes lie.
flatbuffers::Offset<artifact::Weight>
weightTable(graph::WeightOp weight, const artifact::Span &span,
            uint64_t checksum,
            flatbuffers::Offset<artifact::Synthetic> synthetic,
            flatbuffers::FlatBufferBuilder &b);

artifact::DeviceKind deviceOf(tile::TargetAttr target);

std::vector<std::string> featuresOf(tile::TargetAttr target);

} // namespace g4

#endif // G4_COMPILER_PACK_MODELTABLES_H
