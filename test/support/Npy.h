//===- Npy.h - Arrays of test/reference/goldens -----------------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_NPY_H
#define G4_TEST_SUPPORT_NPY_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

/// An array of a .npy file of version 1 in C order; numbers are converted,
/// which is exact for all that goldens hold (f2, f4, i4, u1, u2).
struct Npy {
  /// Ends the test program if the file is not such an array.
  static Npy read(const std::string &path);

  std::vector<int64_t> shape;
  std::vector<float> floats; // where it holds floating point numbers
  std::vector<int32_t> ints; // where it holds integers

  /// The first number of row `i` of the last two dimensions.
  const float *row(int64_t i) const { return floats.data() + i * shape.back(); }
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_NPY_H
