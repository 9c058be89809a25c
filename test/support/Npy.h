//===- Npy.h - Arrays of test/reference for tests ---------------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_NPY_H
#define G4_TEST_SUPPORT_NPY_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4 {

/// An array of a .npy file, row-major. All that it may hold is exact in f64.
struct NpyArray {
  std::vector<int64_t> shape;
  std::vector<double> elements;

  /// The elements in the type that the file holds, or one that holds it.
  template <typename T>
  std::vector<T> as() const {
    return std::vector<T>(elements.begin(), elements.end());
  }
};

/// The array of a file of little-endian f2, f4, f8, i4, u2 or u1 in C order.
/// Ends the test program if it is not one. Source of the format:
/// numpy.lib.format.
NpyArray readNpy(const std::string &path);

} // namespace g4

#endif // G4_TEST_SUPPORT_NPY_H
