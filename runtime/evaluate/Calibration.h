//===- Calibration.h - What a text does inside a model ----------*- C++ -*-===//
//
// Runs a text through a model and counts: to which experts each layer sends the
// rows, which pairs of experts work on the same row, and how large the numbers
// are that linears read, channel by channel.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EVALUATE_CALIBRATION_H
#define G4_RUNTIME_EVALUATE_CALIBRATION_H

#include "runtime/evaluate/EvaluationText.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace g4rt {

/// Of a layer: rows that were sent to expert i and to expert j. The diagonal
/// has the rows of one expert.
struct ExpertPairs {
  int64_t numExperts = 0;
  std::vector<uint64_t> rows; // [numExperts, numExperts], symmetric
};

struct CalibrationOptions {
  std::string text;
  int64_t window = EvaluationTextOptions().window;
  /// 0: one for each core of the process.
  int numThreads = 0;
  /// Told how many of all tokens are done; may be null.
  std::function<void(int64_t done, int64_t total)> progress = {};
  /// Channels of the input of a tensor's linear; more columns are several
  /// inputs, those of the experts of a row. Null: what a tap has.
  std::function<int64_t(const std::string &tensor)> channels = {};
  /// The products of each two channels as well: as many numbers as the square
  /// of the channels.
  bool moments = false;
};

struct Calibration {
  int64_t rows = 0;
  uint64_t textChecksum = 0;
  /// By layer, "layers.3".
  std::map<std::string, ExpertPairs> experts;
  /// By the name of a tap that ends in kInputTap, without that end: the mean of
  /// the square of every channel.
  std::map<std::string, std::vector<float>> meanSquares;
  /// The same, where they were asked for: the mean of the product of every two
  /// channels, [channels, channels].
  std::map<std::string, std::vector<float>> moments;
};

/// How the taps of the inputs of linears end: "<tensor>.input".
inline constexpr const char *kInputTap = ".input";

/// Errors: those of readEvaluationText, RowRunner::load and Executor::run;
/// InvalidArgument if a sequence is longer than the model was made for.
Result<Calibration> calibrate(ArtifactFile file,
                              const CalibrationOptions &options);

} // namespace g4rt

#endif // G4_RUNTIME_EVALUATE_CALIBRATION_H
