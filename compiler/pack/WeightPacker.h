//===- WeightPacker.h - Weights into their layout ---------------*- C++ -*-===//

#ifndef G4_COMPILER_PACK_WEIGHTPACKER_H
#define G4_COMPILER_PACK_WEIGHTPACKER_H

#include "dialects/graph/Graph.h"
#include "models/checkpoint/Checkpoint.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace g4 {

/// Takes the packed bytes of a weight, piece by piece, in order, and may keep
/// them.
using ByteSink = std::function<g4rt::Status(std::vector<std::byte>)>;

/// Bytes of a weight as it is packed.
uint64_t packedBytes(quant::WeightType type);

/// Streams a weight whose layout is chosen: rows are read from the mapped
/// checkpoint, or made if the weight is synthetic, converted to the weight's
/// format (Encode.h) and put in their places, some MiB at a time. All cores
/// encode; the sink is called on the caller's thread.
///
/// Errors: InvalidArgument if the parts do not have the elements that the type
/// asks for, or hold NaN or infinity; and those of the sink.
g4rt::Status packWeight(graph::WeightOp weight, const Checkpoint &checkpoint,
                        const ByteSink &sink);

} // namespace g4

#endif // G4_COMPILER_PACK_WEIGHTPACKER_H
