//===- InputMoments.cpp - How large the inputs of a linear are ------------===//

#include "runtime/evaluate/InputMoments.h"

namespace g4rt {

InputMoments::InputMoments(int64_t channels, bool withProducts)
    : channels_(static_cast<size_t>(channels)), squares_(channels_),
      products_(withProducts ? channels_ * channels_ : 0) {}

void InputMoments::add(std::span<const float> inputs) {
  for (; inputs.size() >= channels_; inputs = inputs.subspan(channels_)) {
    auto input = inputs.first(channels_);
    ++count_;
    for (size_t k = 0; k < channels_; ++k)
      squares_[k] += double{input[k]} * input[k];
    if (!products_.empty())
      addProducts(input);
  }
}

void InputMoments::addProducts(std::span<const float> input) {
  for (size_t i = 0; i < channels_; ++i) {
    double x = input[i];
    double *row = &products_[i * channels_];
    for (size_t j = i; j < channels_; ++j)
      row[j] += x * input[j];
  }
}

float InputMoments::mean(double sum) const {
  return count_ == 0 ? 0
                     : static_cast<float>(sum / static_cast<double>(count_));
}

std::vector<float> InputMoments::meanSquares() const {
  std::vector<float> means;
  for (double sum : squares_)
    means.push_back(mean(sum));
  return means;
}

std::vector<float> InputMoments::moments() const {
  std::vector<float> means(products_.size());
  for (size_t i = 0; i < means.size() / channels_; ++i)
    for (size_t j = i; j < channels_; ++j)
      means[i * channels_ + j] = means[j * channels_ + i] =
          mean(products_[i * channels_ + j]);
  return means;
}

} // namespace g4rt
