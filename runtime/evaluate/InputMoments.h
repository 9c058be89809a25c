//===- InputMoments.h - How large the inputs of a linear are ----*- C++ -*-===//

#ifndef G4_RUNTIME_EVALUATE_INPUTMOMENTS_H
#define G4_RUNTIME_EVALUATE_INPUTMOMENTS_H

#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// Means over the inputs of one linear, summed in f64.
class InputMoments {
public:
  /// Of every two channels as well where `withProducts`.
  InputMoments(int64_t channels, bool withProducts);

  /// Inputs one after the other, as many as there are whole ones.
  void add(std::span<const float> inputs);

  /// [channels]; zeros without an input.
  std::vector<float> meanSquares() const;
  /// [channels, channels], symmetric.
  std::vector<float> moments() const;

private:
  void addProducts(std::span<const float> input);
  float mean(double sum) const;

  size_t channels_;
  int64_t count_ = 0;
  std::vector<double> squares_;
  /// Sums of x[i] * x[j], j >= i, of row i in [i * channels, ...).
  std::vector<double> products_;
};

} // namespace g4rt

#endif // G4_RUNTIME_EVALUATE_INPUTMOMENTS_H
