//===- PredictionText.h - Predictions for people and programs ---*- C++ -*-===//

#ifndef G4_RUNTIME_PREDICT_PREDICTIONTEXT_H
#define G4_RUNTIME_PREDICT_PREDICTIONTEXT_H

#include "runtime/base/Json.h"
#include "runtime/predict/Prediction.h"

#include <string>
#include <vector>

namespace g4rt {

/// What `g4c predict` says of a model on a machine.
struct PredictionReport {
  std::string model, target;
  Machine machine;
  int64_t context = 0;
  /// A step of one token for each session, for each number of sessions.
  std::vector<StepPrediction> decode = {};
  /// A prompt of `context` tokens.
  std::vector<StepPrediction> prompt = {};
  /// Kernels that are shown of each step; 0: all.
  size_t numKernels = 0;

  /// Until the first token.
  double promptSeconds() const;
};

std::string predictionText(const PredictionReport &report);
json::value predictionJson(const PredictionReport &report);

} // namespace g4rt

#endif // G4_RUNTIME_PREDICT_PREDICTIONTEXT_H
