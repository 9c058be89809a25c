//===- ToyModel.h - An artifact that one can compute by hand ----*- C++ -*-===//
//
// A model with everything that a program of an artifact may have and nothing
// more: a weight, buffers that share storage, a cache of pages and one with a
// window, two buckets, taps. Needs neither compiler nor checkpoint.
//
//   value of a token   3 * id + 1 (its weight)
//   all[t]             the sum of the values of all positions that t sees
//   window[t]          the same of the last 6 positions
//   logits[o, v]       all + v where v is even, window + v where it is odd
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_SUPPORT_TOYMODEL_H
#define G4_TEST_SUPPORT_TOYMODEL_H

#include "runtime/artifact/Artifact_generated.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

inline constexpr int64_t kToyVocab = 16, kToyPageSize = 4, kToyWindow = 6;

/// The kernels of ToyKernels.cpp, in the order of the code object's table.
enum ToyKernel : uint32_t {
  kToyEmbed,
  kToyStore,
  kToySumAll,
  kToySumWindow,
  kToyTiles,
  kToyLogits,
  kToyGrid,
  kToyScale,
  kToyNothing,
};

/// Change `tables` or `data`, then take the file.
struct ToyModel {
  ToyModel();

  /// Everything between the head and the metadata.
  std::string data;
  artifact::ArtifactT tables;

  artifact::WeightT &weight() { return *tables.weights[0]; }
  artifact::CodeObjectT &code() { return *tables.code[0]; }
  artifact::VariantT &variant() { return *tables.variants[0]; }
  artifact::ProgramT &program() { return *variant().program; }

  /// Lets each kernel be launched as the program launches it now.
  void describeUses();

  /// Makes the program one for GPUs: its kernels take from memory what changes
  /// from step to step, so that a graph of them can be captured.
  void makeGpuProgram();

  /// `tables` as a finished, size-prefixed buffer; it starts aligned to 8.
  std::string metadata() const;
  /// The bytes of the .g4 file, with all checksums as they must be.
  std::string file() const;
  /// What checkArtifact says of it; "" if it is content.
  std::string complaint() const;
};

/// `file` with the checksums of the metadata and of the head made right, so
/// that changed bytes are judged by what they say.
void repairChecksums(std::string &file);

/// The logits of a row that ends this sequence of ids.
std::vector<float> toyLogits(const std::vector<int32_t> &ids);

/// The shared object of ToyKernels.cpp, and one whose toyScale has the
/// factor 3.
std::string toyCode();
std::string otherToyCode();

} // namespace g4rt

#endif // G4_TEST_SUPPORT_TOYMODEL_H
