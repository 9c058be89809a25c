//===- Npy.cpp - Arrays of test/reference/goldens -------------------------===//

#include "test/support/Npy.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "test/support/TempFolder.h"

namespace g4rt {

[[noreturn]] static void die(const std::string &path, const char *why) {
  std::fprintf(stderr, "%s: %s\n", path.c_str(), why);
  std::abort();
}

/// What stands behind `key` in the header, which is a Python dictionary.
static std::string valueOf(const std::string &header, const std::string &key,
                           char end) {
  size_t at = header.find(key);
  if (at == std::string::npos)
    return {};
  at += key.size();
  return header.substr(at, header.find(end, at) - at);
}

template <typename From, typename To>
static std::vector<To> convert(std::string_view bytes) {
  std::vector<To> numbers;
  for (size_t i = 0; i + sizeof(From) <= bytes.size(); i += sizeof(From)) {
    From number;
    std::memcpy(&number, bytes.data() + i, sizeof(number));
    numbers.push_back(static_cast<To>(number));
  }
  return numbers;
}

/// IEEE half precision.
static float halfToFloat(int32_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  float value = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                              : std::ldexp(static_cast<float>(1024 + mantissa),
                                           exponent - 25);
  return bits >> 15 & 1 ? -value : value;
}

static std::vector<int64_t> parseShape(const std::string &list) {
  std::vector<int64_t> shape;
  const char *at = list.c_str();
  for (char *end; *at; at = *end ? end + 1 : end) {
    long long size = std::strtoll(at, &end, 10);
    if (end == at)
      break;
    shape.push_back(size);
  }
  return shape;
}

Npy Npy::read(const std::string &path) {
  std::string file = readWholeFile(path);
  if (file.size() < 10 || file.compare(0, 7, "\x93NUMPY\x01") != 0)
    die(path, "no .npy file of version 1");
  uint16_t size;
  std::memcpy(&size, file.data() + 8, 2);
  std::string header = file.substr(10, size);
  if (header.find("'fortran_order': False") == std::string::npos)
    die(path, "not in C order");
  Npy array;
  array.shape = parseShape(valueOf(header, "'shape': (", ')'));
  std::string type = valueOf(header, "'descr': '", '\'');
  std::string_view bytes = std::string_view(file).substr(10 + size);
  if (type == "<f4")
    array.floats = convert<float, float>(bytes);
  else if (type == "<f2")
    for (int32_t half : convert<uint16_t, int32_t>(bytes))
      array.floats.push_back(halfToFloat(half));
  else if (type == "<i4")
    array.ints = convert<int32_t, int32_t>(bytes);
  else if (type == "<u2")
    array.ints = convert<uint16_t, int32_t>(bytes);
  else if (type == "|u1")
    array.ints = convert<uint8_t, int32_t>(bytes);
  else
    die(path, "numbers of an unknown type");
  size_t count = 1;
  for (int64_t dimension : array.shape)
    count *= static_cast<size_t>(dimension);
  if (count != array.floats.size() + array.ints.size())
    die(path, "its shape is not that of its bytes");
  return array;
}

} // namespace g4rt
