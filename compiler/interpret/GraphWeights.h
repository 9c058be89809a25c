//===- GraphWeights.h - Weights of an interpreted graph ---------*- C++ -*-===//
//
// A weight is read row by row from the mapped checkpoint, or made up from a
// seed, so that a graph can be run that has no checkpoint.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_INTERPRET_GRAPHWEIGHTS_H
#define G4_COMPILER_INTERPRET_GRAPHWEIGHTS_H

#include "dialects/graph/Graph.h"
#include "models/checkpoint/Checkpoint.h"

#include <functional>
#include <memory>

namespace g4 {

/// Gives row `row` of a weight. A row is a run of the last dimension; those of
/// a rank 3 weight lie one after the other.
using RowReader = std::function<void(int64_t row, std::span<float> out)>;

/// How the rows of a g4.weight with parts are read.
using WeightSource =
    std::function<g4rt::Result<RowReader>(graph::WeightOp weight)>;

/// The weights of a checkpoint, which must live as long as the source. Errors:
/// InvalidArgument naming the weight and the tensor.
WeightSource checkpointWeights(const Checkpoint &checkpoint);

/// Weights that depend on the seed, the names of their parts and nothing else:
/// merging weights does not change them. A vector lies in [0.5, 1.5); other
/// weights of K columns have mean 0 and variance 1/K, so that activations keep
/// their size. Parts have equally many rows, or as the attribute part_rows
/// says.
WeightSource randomWeights(uint64_t seed);

/// A number in [0, 1) that depends on the three alone, evenly distributed.
double randomUnit(uint64_t seed, llvm::StringRef name, uint64_t index);

/// The numbers of one weight as its format stores them.
class GraphWeight {
public:
  /// `op` with its values, or else with what `source` has for it.
  ///
  /// Errors: Unimplemented unless canInterpret(), those of the source.
  static g4rt::Result<GraphWeight> open(graph::WeightOp op,
                                        const WeightSource &source);

  /// Formats that runtime/artifact/WeightFormat.h describes.
  static bool canInterpret(quant::FormatAttr format);

  /// A weight whose rows `read` gives, in f32 whatever the type.
  static GraphWeight of(quant::WeightType type, RowReader read);
  /// A weight of its own, as randomWeights() makes them for this name.
  static GraphWeight random(quant::WeightType type, uint64_t seed,
                            std::string name);

  quant::WeightType type() const { return type_; }
  int64_t dim(unsigned i) const { return type_.getDimSize(i); }
  int64_t lastDim() const { return type_.getShape().back(); }
  /// Of all matrices.
  int64_t numRows() const;
  /// Row `row` < numRows(), rounded to what the format can store.
  std::vector<double> row(int64_t row) const;

private:
  quant::WeightType type_;
  RowReader read_;
};

} // namespace g4

#endif // G4_COMPILER_INTERPRET_GRAPHWEIGHTS_H
