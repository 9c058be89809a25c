//===- CalibrationFile.h - What g4c calibrate found -------------*- C++ -*-===//
//
// A .safetensors file, so that other programs can read it:
//
//   layers.3.expert_rows        U64 [E, E]: rows that went to experts i and j
//   <tensor of the checkpoint>.input_mean_square   F32 [K]: a number a channel
//
// and metadata: "text" (the last part of its path), "text_checksum", "rows".
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_CALIBRATIONFILE_H
#define G4_MODELS_CHECKPOINT_CALIBRATIONFILE_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace g4 {

struct CalibrationFile {
  std::string text;
  uint64_t textChecksum = 0;
  uint64_t rows = 0;
  struct Layer {
    int64_t numExperts = 0;
    std::vector<uint64_t> rows; // [numExperts, numExperts]
  };
  /// By layer, "layers.3".
  std::map<std::string, Layer> experts;
  /// By tensor: of each channel of a linear's input.
  std::map<std::string, std::vector<float>> meanSquares;
  /// By tensor, where they were asked for: the means of the products of each
  /// two channels, [channels, channels].
  std::map<std::string, std::vector<float>> moments;

  /// Errors: those of AtomicFile.
  g4rt::Status write(const std::string &path) const;

  /// Errors: those of SafetensorsFile::open; InvalidArgument naming the tensor,
  /// what was found and what is needed.
  static g4rt::Result<CalibrationFile> read(const std::string &path);
};

/// Success if a calibration has as many numbers of a tensor's inputs as are
/// needed.
///
/// Errors: InvalidArgument.
g4rt::Status checkInputs(size_t found, size_t needed);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_CALIBRATIONFILE_H
