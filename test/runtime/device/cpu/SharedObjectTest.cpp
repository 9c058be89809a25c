#include "runtime/device/cpu/SharedObject.h"

#include <gtest/gtest.h>

#include <cstring>
#include <elf.h>

#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

class SharedObjectTest : public testing::Test {
protected:
  StatusCode codeOf(std::string_view bytes) {
    Result<SharedObject> object = SharedObject::load(bytesOf(bytes));
    return object ? StatusCode::Ok : object.error().code();
  }
  template <typename T>
  std::string with(size_t offset, T value) {
    std::string bytes = code_;
    std::memcpy(bytes.data() + offset, &value, sizeof(value));
    return bytes;
  }

  std::string code_ = toyCode();
};

TEST_F(SharedObjectTest, FindsItsSymbolsAndNoOthers) {
  Result<SharedObject> object = SharedObject::load(bytesOf(code_));
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_NE(object->find("toyScale"), nullptr);
  EXPECT_EQ(object->find("toyAbsent"), nullptr);
}

TEST_F(SharedObjectTest, RefusesWhatIsNotElf) {
  for (std::string_view bytes : {std::string_view(), std::string_view("hello"),
                                 std::string_view("#!/bin/sh\n")})
    EXPECT_EQ(codeOf(bytes), StatusCode::DataLoss) << bytes;
  EXPECT_EQ(codeOf(std::string(4096, 'x')), StatusCode::DataLoss);
  EXPECT_EQ(codeOf("\x7f"
                   "ELF"),
            StatusCode::DataLoss);
}

TEST_F(SharedObjectTest, RefusesAnotherMachinesCode) {
  EXPECT_EQ(codeOf(with(EI_CLASS, uint8_t{ELFCLASS32})), StatusCode::DataLoss);
  EXPECT_EQ(codeOf(with(EI_DATA, uint8_t{ELFDATA2MSB})), StatusCode::DataLoss);
  EXPECT_EQ(codeOf(with(offsetof(Elf64_Ehdr, e_machine), uint16_t{EM_AARCH64})),
            StatusCode::DataLoss);
  EXPECT_EQ(codeOf(with(offsetof(Elf64_Ehdr, e_type), uint16_t{ET_EXEC})),
            StatusCode::DataLoss);
}

TEST_F(SharedObjectTest, RefusesHeadersOutsideOfTheBytes) {
  for (uint64_t offset : {uint64_t{code_.size()}, uint64_t{code_.size() - 8},
                          ~uint64_t{0}, ~uint64_t{63}})
    EXPECT_EQ(codeOf(with(offsetof(Elf64_Ehdr, e_phoff), offset)),
              StatusCode::DataLoss)
        << offset;
  EXPECT_EQ(codeOf(with(offsetof(Elf64_Ehdr, e_phnum), uint16_t{0xfffe})),
            StatusCode::DataLoss);
}

TEST_F(SharedObjectTest, RefusesASegmentThatEndsOutsideOfTheBytes) {
  Elf64_Ehdr head;
  std::memcpy(&head, code_.data(), sizeof(head));
  for (size_t i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr segment;
    size_t at = head.e_phoff + i * sizeof(segment);
    std::memcpy(&segment, code_.data() + at, sizeof(segment));
    if (segment.p_type != PT_LOAD)
      continue;
    for (uint64_t size : {uint64_t{1} << 20, ~uint64_t{0}}) {
      segment.p_filesz = segment.p_memsz = size;
      EXPECT_EQ(codeOf(with(at, segment)), StatusCode::DataLoss)
          << "segment " << i << " of " << size << " bytes";
    }
  }
}

TEST_F(SharedObjectTest, RefusesOrLoadsEveryPrefixAndDoesNotCrash) {
  // What is after the last segment (section headers) is not needed.
  for (size_t size = 0; size < code_.size(); size += 61) {
    StatusCode code = codeOf(std::string_view(code_).substr(0, size));
    if (size < 4096) {
      EXPECT_EQ(code, StatusCode::DataLoss) << size;
    } else {
      EXPECT_TRUE(code == StatusCode::DataLoss || code == StatusCode::Ok);
    }
  }
}

} // namespace
} // namespace g4rt
